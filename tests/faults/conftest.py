"""A run over the imitation of Stripe: one worker, two layers above."""

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer, serving
from marketplace.gateways.stripe_connect.fake.state import Fault, State
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.recovering import resolve_unknown
from marketplace.payouts.sending import advance_runs, execute_run
from tests.builders.payouts import Finance, end_leases, inside, make_due_chain, make_finance
from tests.builders.settlement import Chain
from tests.builders.stripe import give_accounts


@dataclass(slots=True)
class Paying:
    """An approved run over Stripe, and what can be done with it."""

    session: Session
    state: State
    rail: StripeRail
    chain: Chain
    finance: Finance
    accounts: dict[uuid.UUID, str]
    run_id: uuid.UUID

    def execute(self) -> dict[str, int]:
        """Send what can be sent; how many payouts are in each state then."""
        return dict(execute_run(inside(self.session), self.finance.preparer, {"stripe": self.rail}, self.run_id))

    def sweep(self, *, asked_hours_ago: int = 0) -> dict[str, int]:
        """Real time passes, and the sweeps of payouts run."""
        end_leases(self.session, asked_hours_ago=asked_hours_ago)
        resolve_unknown(inside(self.session), {"stripe": self.rail})
        advance_runs(inside(self.session), {"stripe": self.rail})
        self.session.expire_all()
        return dict(Counter(self.session.scalars(select(Payout.state).where(Payout.run_id == self.run_id))))

    @property
    def workers_payout(self) -> Payout:
        """The first worker's."""
        payee = self.chain.workers[0].person
        wanted = select(Payout).where(Payout.run_id == self.run_id, Payout.payee_id == payee)
        return self.session.scalars(wanted.execution_options(populate_existing=True)).one()

    def transfers(self) -> Counter[str]:
        """How many transfers Stripe made for each payout."""
        return Counter(one["transfer_group"] for one in self.state.all_of("transfer"))

    def order(self, kind: str, *, times: int = 1) -> None:
        """The next transfers go wrong so."""
        self.state.faults.append(Fault("transfers", kind, times=times))


@pytest.fixture
def stripe_server() -> Iterator[FakeStripeServer]:
    with serving() as server:
        server.state.given = {"cny": 10**9}
        yield server


@pytest.fixture
def paying(session: Session, stripe_server: FakeStripeServer) -> Paying:
    return approved(session, stripe_server, claims=1)


def approved(session: Session, server: FakeStripeServer, *, claims: int) -> Paying:
    """A run of so many workers and two layers, approved."""
    chain = make_due_chain(session, claims=claims, items=claims)
    accounts = give_accounts(session, server.state)
    finance = make_finance(session)
    run = prepare_run(session, finance.preparer, "stripe")
    approve_run(session, finance.approver, run.id)
    rail = StripeRail("sk_test_imitation", server.url)
    return Paying(session, server.state, rail, chain, finance, accounts, run.id)

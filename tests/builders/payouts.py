"""Due installments, finance people, and the sandbox rail inside a test's own transaction."""

import datetime as dt
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.gateways.models import SandboxTransfer
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor
from marketplace.ledger.models import Journal
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout, PayoutEvent, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.rails.freezing import ask_to_lift
from marketplace.rails.port import Rail, Rails, Transactions
from marketplace.reconciliation.reading_back import ReadBack, unfreeze
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Installment
from tests.builders.jobs import make_party
from tests.builders.settlement import Chain, accept, another, hand_in, make_chain, move_clock_to


@dataclass(frozen=True, slots=True)
class Finance:
    """Two finance people of the platform."""

    preparer: Actor
    approver: Actor


def make_finance(session: Session) -> Finance:
    """Two people who may prepare, approve and execute."""
    one = make_party(session, "platform", "finance")
    return Finance(one, another(session, one, "finance"))


def unfrozen(session: Session, finance: Finance, rails: Rails, transactions: Transactions | None = None) -> ReadBack:
    """What came of reading the rails back, which the approver asked for and the preparer did."""
    ask_to_lift(session, finance.approver, "The rails can be read back.")
    return unfreeze(transactions or inside(session), finance.preparer, rails)


def inside(session: Session) -> Transactions:
    """Transactions that are savepoints of a test's session: an error inside undoes only the one it leaves."""

    @contextmanager
    def opened() -> Iterator[Session]:
        with session.begin_nested():
            yield session

    def open_one() -> AbstractContextManager[Session]:
        return opened()

    return open_one


def sandbox(session: Session) -> SandboxRail:
    """The sandbox rail, in savepoints of a test's session."""
    return SandboxRail(inside(session))


def mature(session: Session) -> int:
    """Move time to the next day on which something falls due, and let it; returns how many installments did."""
    due_on = session.scalar(select(func.min(Installment.due_on)).where(Installment.state == "scheduled"))
    assert due_on is not None
    move_clock_to(session, due_on)
    return fall_due(session)


def make_due_chain(session: Session, *, claims: int = 1, **overrides: object) -> Chain:
    """A chain of which as many claims were accepted, each by its own worker, and whose first half is due."""
    chain = make_chain(session, **overrides)  # type: ignore[arg-type]
    for _ in range(claims):
        handed = hand_in(session, chain)
        chain.workers.append(handed.worker)
        accept(session, chain, handed)
    mature(session)
    return chain


def make_approved_run(session: Session, finance: Finance | None = None) -> PayoutRun:
    """A run of all that is due, prepared by one and approved by another."""
    finance = finance or make_finance(session)
    run = prepare_run(session, finance.preparer, "sandbox")
    return approve_run(session, finance.approver, run.id)


def payout_of(session: Session, run: PayoutRun, payee: Actor) -> Payout:
    """The payout of a worker, or of a layer's organization, in the run."""
    payee_id = payee.organization_id or payee.person
    wanted = select(Payout).where(Payout.run_id == run.id, Payout.payee_id == payee_id)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def states(session: Session, run: PayoutRun) -> dict[str, int]:
    """How many payouts of the run are in each state."""
    rows = session.execute(select(Payout.state, func.count()).where(Payout.run_id == run.id).group_by(Payout.state))
    return dict(rows.all())


def end_leases(session: Session, *, asked_hours_ago: int = 0) -> None:
    """Real time passes: every lease of a call under way is over, and the first call was so long ago."""
    session.execute(
        text(
            "UPDATE payout SET lease_until = lease_until - interval '1 day', "
            "first_asked_at = first_asked_at - make_interval(hours => :hours)"
        ),
        {"hours": asked_hours_ago},
    )
    session.expire_all()


def execute(session: Session, finance: Finance, rail: Rail, run: PayoutRun) -> dict[str, int]:
    """Execute the run over that rail; how many payouts are in each state then."""
    return dict(execute_run(inside(session), finance.preparer, {"sandbox": rail}, run.id))


def transfers(session: Session) -> int:
    """How many transfers the sandbox made."""
    return session.scalar(select(func.count()).where(SandboxTransfer.refusal_code.is_(None))) or 0


def journal_kinds(session: Session) -> list[str]:
    """The kinds of the journals of payouts, sorted."""
    return sorted(session.scalars(select(Journal.kind).where(Journal.kind.in_(["J5", "J6", "J7"]))))


def note_looks(session: Session, payout: Payout) -> None:
    """Two looks at the rail, two hours apart, that found nothing."""
    session.add_all(
        PayoutEvent(
            payout_id=payout.id,
            kind="not_found",
            attempt=payout.attempt,
            state_before=None,
            state_after="unknown",
            body={},
            real_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours),
        )
        for hours in (2, 0)
    )
    session.flush()

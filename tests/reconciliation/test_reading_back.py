"""Restores are told by savepoints: the market's transaction is rolled back to them, the rail is in another database."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.gateways.sandbox import SandboxRail
from marketplace.gateways.sandbox_faults import FaultKind
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.recipes.accounts import tax_withheld
from marketplace.payouts import approving
from marketplace.payouts.models import DESTINATION, Payout, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.rails import freezing
from marketplace.rails.port import Found, PayoutInstruction
from marketplace.reconciliation.acknowledging import acknowledge
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.reading_back import ReadBack, unfreeze
from tests.builders.payouts import (
    Finance,
    execute,
    inside,
    journal_kinds,
    make_approved_run,
    make_due_chain,
    make_finance,
    mature,
    payout_of,
    states,
    unfrozen,
)
from tests.builders.settlement import Chain
from tests.builders.taxes import withhold_from
from tests.invariants import check_invariants

OPERATIONS = system_actor("tests")


class Market:
    """A market in the test's transaction and a rail outside of it."""

    def __init__(self, session: Session, outside: Engine) -> None:
        self.session, self.outside = session, outside
        self.chain: Chain = make_due_chain(session, items=5, items_per_task=5)
        self.finance: Finance = make_finance(session)
        self.tell_time()
        self.rail = SandboxRail(lambda: transaction(outside))
        self.backup()

    def tell_time(self) -> None:
        """The rail's clock shows what the market's does."""
        ahead = self.session.scalar(text("SELECT ahead_microseconds FROM market_clock"))
        with transaction(self.outside) as elsewhere:
            elsewhere.execute(text("UPDATE market_clock SET ahead_microseconds = :ahead"), {"ahead": ahead})

    def backup(self) -> None:
        self.time, self.kept = market_now(self.session), self.session.begin_nested()

    def restore(self) -> None:
        """The database is as it was at the backup, and what it did since is forgotten."""
        self.kept.rollback()
        self.session.expire_all()
        freezing.freeze(self.session, OPERATIONS, "restored", self.time)

    def read_back(self) -> ReadBack:
        return unfrozen(self.session, self.finance, {"sandbox": self.rail})

    def transfers(self) -> int:
        with transaction(self.outside) as elsewhere:
            return elsewhere.scalar(text("SELECT count(*) FROM sandbox_transfer")) or 0

    def paid_twice(self) -> list[str]:
        """Where more than one transfer went."""
        twice = text(
            "SELECT destination FROM sandbox_transfer WHERE refusal_code IS NULL"
            " GROUP BY destination HAVING count(*) > 1"
        )
        with transaction(self.outside) as elsewhere:
            return list(elsewhere.scalars(twice))

    def fail(self, kind: FaultKind, payee_id: uuid.UUID) -> None:
        self.rail.script("pay_out", kind, match=f"acct_{payee_id.hex}")

    def execute(self, run: PayoutRun) -> dict[str, int]:
        return execute(self.session, self.finance, self.rail, run)


@pytest.fixture
def market(session: Session, committing_engine: Engine) -> Market:
    return Market(session, committing_engine)


@pytest.mark.parametrize("kept", ["prepared", "approved", "executing", "refused"])
def test_what_was_sent_after_the_backup_is_adopted_and_not_sent_again(
    session: Session, market: Market, kept: str
) -> None:
    run = prepare_run(session, market.finance.preparer, "sandbox")
    if kept != "prepared":
        approving.approve_run(session, market.finance.approver, run.id)
    if kept in {"executing", "refused"}:
        market.fail("refuse" if kept == "refused" else "not_executed", market.chain.workers[0].person)
        market.execute(run)
    run_id, worker = run.id, market.chain.workers[0]
    market.backup()
    if kept == "prepared":
        approving.approve_run(session, market.finance.approver, run_id)
    if kept == "refused":
        approving.retry_payout(session, market.finance.approver, payout_of(session, run, worker).id)
    assert market.execute(run) == {"settled": 3}
    sent = market.transfers()

    market.restore()
    run = session.get_one(PayoutRun, run_id)
    assert "settled" not in states(session, run)
    outcome = market.read_back()

    assert (outcome.adopted, outcome.rebuilt, outcome.left) == (3, 0, [])
    assert freezing.current_freeze(session) is None
    assert market.execute(run) == {"settled": 3} or states(session, run) == {"reconciled": 3}
    assert market.transfers() == sent
    assert payout_of(session, run, worker).attempt == (2 if kept == "refused" else 1)
    with pytest.raises(DomainError, match="Nothing that is due"):
        prepare_run(session, market.finance.preparer, "sandbox")
    check_invariants(session)


def test_a_run_made_after_the_backup_is_rebuilt_and_nobody_is_paid_twice(session: Session, market: Market) -> None:
    run = make_approved_run(session, market.finance)
    worker = market.chain.workers[0]
    assert market.execute(run) == {"settled": 3}
    paid = {payout.id: payout.money for payout in session.query(Payout)}

    market.restore()
    assert session.query(Payout).count() == 0
    outcome = market.read_back()

    assert (outcome.adopted, outcome.rebuilt, outcome.left) == (0, 3, [])
    assert {payout.id: payout.money for payout in session.query(Payout)} == paid
    assert {payout.state for payout in session.query(Payout)} == {"reconciled"}
    assert session.get(Payout, max(paid)) is not None
    assert worker.person in {payout.payee_id for payout in session.query(Payout)}
    assert journal_kinds(session) == ["J5"] * 3 + ["J6"] * 3
    with pytest.raises(DomainError, match="Nothing that is due"):
        prepare_run(session, market.finance.preparer, "sandbox")
    check_invariants(session)


@pytest.mark.parametrize("kept", ["nothing", "an approved run"])
def test_what_was_withheld_after_the_backup_is_withheld_again_with_what_was_paid(
    session: Session, market: Market, kept: str
) -> None:
    worker = market.chain.workers[0]
    withhold_from(session, market.finance, worker, ("KE-KRA", 100_000))
    market.backup()
    run = make_approved_run(session, market.finance)
    if kept == "an approved run":
        market.backup()
    assert market.execute(run) == {"settled": 3}
    tax = balance(session, tax_withheld("KE-KRA", "CNY"))
    assert not tax.is_zero

    market.restore()
    assert balance(session, tax_withheld("KE-KRA", "CNY")).is_zero
    outcome = market.read_back()

    assert (outcome.adopted, outcome.rebuilt, outcome.left) == ((0, 3, []) if kept == "nothing" else (3, 0, []))
    assert balance(session, tax_withheld("KE-KRA", "CNY")) == tax
    check_invariants(session)


def test_two_runs_made_after_the_backup_are_rebuilt_one_on_the_other(session: Session, market: Market) -> None:
    first = make_approved_run(session, market.finance)
    assert market.execute(first) == {"settled": 3}
    mature(session)
    market.tell_time()
    second = make_approved_run(session, market.finance)
    assert market.execute(second) == {"settled": 3}
    paid = {payout.id: (payout.money, payout.carried_in) for payout in session.query(Payout)}
    assert any(carried for _, carried in paid.values()), "the second takes along what the first left over"

    market.restore()
    mature(session)
    outcome = market.read_back()

    assert (outcome.rebuilt, outcome.left) == (6, [])
    assert {payout.id: (payout.money, payout.carried_in) for payout in session.query(Payout)} == paid
    with pytest.raises(DomainError, match="Nothing that is due"):
        prepare_run(session, market.finance.preparer, "sandbox")
    check_invariants(session)


def test_of_a_prepared_run_only_what_the_rail_paid_is_adopted_and_the_rest_is_due_again(
    session: Session, market: Market
) -> None:
    run = prepare_run(session, market.finance.preparer, "sandbox")
    run_id = run.id
    market.backup()
    approving.approve_run(session, market.finance.approver, run_id)
    market.fail("not_executed", market.chain.layers[-1][0].organization)
    market.execute(run)
    sent = market.transfers()
    assert sent < 3

    market.restore()
    outcome = market.read_back()

    assert (outcome.adopted, outcome.given_up, outcome.left) == (sent, 3 - sent, [])
    again = make_approved_run(session, market.finance)
    assert market.execute(again) == {"settled": 3 - sent}
    assert market.transfers() == 3


def test_a_transfer_that_nothing_explains_keeps_payouts_frozen_until_it_is_acknowledged(
    session: Session, market: Market
) -> None:
    destination = f"acct_{market.chain.workers[0].person.hex}"
    lost = market.chain.job.id  # any id that no payout has
    market.rail.pay_out(PayoutInstruction(lost, 1, destination, Money.parse("7.77", "CNY")))
    market.restore()

    outcome = market.read_back()
    (left,) = outcome.left
    assert (left.amount, left.rail) == (-Money.parse("7.77", "CNY"), "sandbox")
    assert freezing.current_freeze(session) is not None
    assert left.line is not None
    with session.begin_nested() as two_days_later:
        age(session)
        assert reconcile(inside(session), {"sandbox": market.rail})["set_aside"] == 0
        two_days_later.rollback()
    acknowledge(session, market.finance.approver, left.line, "paid by hand in agreement with the worker")
    with pytest.raises(DomainError, match="explained already"):
        acknowledge(session, market.finance.approver, left.line, "twice")

    assert market.read_back().left == []
    assert freezing.current_freeze(session) is None
    with session.begin_nested() as afterwards:
        age(session)
        assert reconcile(inside(session), {"sandbox": market.rail})["set_aside"] == 1
        # The money is gone, and the books say so from then on.
        assert [result.check.name for result in run_checks(session).results if result.findings] == ["I6"]
        afterwards.rollback()


def age(session: Session) -> None:
    """The rail's lines were brought in two days ago."""
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '2 days'"))


def test_another_amount_than_ours_is_no_reason_to_adopt_it(session: Session, market: Market) -> None:
    run = make_approved_run(session, market.finance)
    payout = payout_of(session, run, market.chain.workers[0])
    market.backup()
    more = payout.money + Money.parse("0.01", "CNY")
    market.rail.pay_out(PayoutInstruction(payout.id, 1, DESTINATION.get(session, payout), more))
    market.restore()
    (left,) = market.read_back().left
    assert "differs" in left.why
    assert states(session, run) == {"approved": 3}
    assert freezing.current_freeze(session) is not None


def test_a_rail_that_does_not_answer_leaves_payouts_frozen(session: Session, market: Market) -> None:
    class Silent(SandboxRail):
        def find_transfer(self, transfer_group: str) -> list[Found]:  # noqa: ARG002 - the port's
            raise ConnectionResetError

    make_approved_run(session, market.finance)
    market.rail = Silent(lambda: transaction(market.outside))
    market.backup()
    market.restore()
    with pytest.raises(DomainError, match="does not say what became of"):
        market.read_back()
    assert freezing.current_freeze(session) is not None


def test_only_a_person_who_may_approve_payouts_lifts_the_freeze(session: Session, market: Market) -> None:
    market.restore()
    with pytest.raises(DomainError, match=r"payout_run\.approve"):
        unfreeze(inside(session), market.chain.client, {"sandbox": market.rail})
    assert market.read_back() == ReadBack()
    with pytest.raises(DomainError, match="not frozen"):
        market.read_back()


def test_a_rail_that_paid_and_is_not_connected_any_more_must_be_asked_first(session: Session, market: Market) -> None:
    make_approved_run(session, market.finance)
    freezing.freeze(session, OPERATIONS, "a drill", market.time - dt.timedelta(days=1))
    with pytest.raises(DomainError, match="not connected"):
        unfrozen(session, market.finance, {})

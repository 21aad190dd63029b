"""What goes wrong in our own processes and in the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.ledger.models import Journal
from marketplace.payouts.models import PayoutRun
from marketplace.payouts.recovering import resolve_unknown
from marketplace.payouts.sending import advance_runs, execute_run
from marketplace.rails.port import PayoutInstruction, PayoutOutcome
from tests.builders.payouts import (
    Finance,
    end_leases,
    inside,
    make_approved_run,
    make_due_chain,
    make_finance,
    sandbox,
    states,
    transfers,
)
from tests.invariants import check_invariants


class PausedRail(SandboxRail):
    """The process that calls it stands still for longer than its lease, before or after the order took effect."""

    def __init__(self, session: Session, meanwhile: Callable[[], object], *, before: bool) -> None:
        super().__init__(inside(session))
        self._meanwhile: Callable[[], object] | None = meanwhile
        self._before = before

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None and self._before:
            meanwhile()
        outcome = super().pay_out(instruction)
        if meanwhile is not None and not self._before:
            meanwhile()
        return outcome


@pytest.mark.parametrize("before", [True, False], ids=["before the order", "after it"])
def test_of_two_schedulers_one_paused_past_its_lease_the_other_goes_on_and_pays_once(
    session: Session, *, before: bool
) -> None:
    make_due_chain(session, items=1)
    finance = make_finance(session)
    run = make_approved_run(session, finance)
    other = {"sandbox": sandbox(session)}

    def the_other_scheduler() -> None:
        end_leases(session)
        assert resolve_unknown(inside(session), other) == 1
        advance_runs(inside(session), other)
        assert states(session, run) == {"settled": 3}

    paused = PausedRail(session, the_other_scheduler, before=before)
    assert execute_run(inside(session), finance.preparer, {"sandbox": paused}, run.id) == {"settled": 3}
    assert transfers(session) == 3
    assert session.scalar(select(func.count()).where(Journal.kind == "J6")) == 3


class Failing:
    """Transactions of which the n-th fails at its end, as the database makes them fail."""

    def __init__(self, session: Session, left: int, reason: type[Exception]) -> None:
        self._open, self._left, self._reason = inside(session), left, reason

    @contextmanager
    def transactions(self) -> Iterator[Session]:
        with self._open() as opened:
            yield opened
            opened.flush()
            self._left -= 1
            if self._left == -1:
                raise OperationalError("injected", None, self._reason("injected"))

    @property
    def failed(self) -> bool:
        return self._left < 0


@pytest.mark.slow
@pytest.mark.parametrize("reason", [DeadlockDetected, SerializationFailure])
def test_whichever_transaction_a_deadlock_or_serialization_failure_ends_everybody_is_paid_once(
    session: Session, reason: type[Exception]
) -> None:
    make_due_chain(session, items=1)
    finance = make_finance(session)
    run = make_approved_run(session, finance)
    number = 0
    while _story(session, finance, run, number, reason):
        number += 1
    assert number >= 10, "each payout takes two transactions, and the run some more"


def _story(session: Session, finance: Finance, run: PayoutRun, number: int, reason: type[Exception]) -> bool:
    """Send the run while that transaction fails, let the sweeps go on, and undo it all; whether it came to fail."""
    with session.begin_nested() as beginning:
        failing, rails = Failing(session, number, reason), {"sandbox": sandbox(session)}
        try:
            execute_run(failing.transactions, finance.preparer, rails, run.id)
        except OperationalError:
            session.expire_all()
        if session.get_one(PayoutRun, run.id, populate_existing=True).state == "approved":
            execute_run(inside(session), finance.preparer, rails, run.id)
        for _ in range(3):
            end_leases(session)
            resolve_unknown(inside(session), rails)
            advance_runs(inside(session), rails)
        assert states(session, run) == {"settled": 3}, f"transaction {number} failed"
        assert transfers(session) == 3, f"transaction {number} failed"
        check_invariants(session)
        beginning.rollback()
    return failing.failed

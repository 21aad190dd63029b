from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.payouts.models import PayoutRun
from marketplace.payouts.recovering import resolve_unknown
from marketplace.payouts.sending import advance_runs, execute_run
from marketplace.rails.port import PayoutInstruction, PayoutOutcome
from tests.builders.payouts import (
    Finance,
    end_leases,
    inside,
    journal_kinds,
    make_approved_run,
    sandbox,
    states,
    transfers,
)
from tests.builders.settlement import Chain
from tests.invariants import check_invariants


class KilledError(BaseException):
    """The process is gone: nothing of it handles this."""


class Dying:
    """Transactions and a rail that die at the n-th of their steps, before or after it took effect."""

    def __init__(self, session: Session, step: int) -> None:
        self._open = inside(session)
        self._rail = sandbox(session)
        self._left = step

    def step(self) -> None:
        if self._left == 0:
            raise KilledError
        self._left -= 1

    @contextmanager
    def transactions(self) -> Iterator[Session]:
        self.step()
        with self._open() as opened:
            yield opened
            # Killed before the commit: all of this transaction is undone.
            self.step()
        self.step()

    name = "sandbox"
    real_money = False

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        self.step()
        outcome = self._rail.pay_out(instruction)
        self.step()
        return outcome

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rail, name)


@pytest.mark.slow
def test_whenever_the_sender_is_killed_everybody_is_paid_once_in_the_end(
    session: Session, chain: Chain, finance: Finance
) -> None:
    run = make_approved_run(session, finance)
    killed = 0
    while _story(session, finance, run, killed):
        killed += 1
    # Three payouts of two transactions and one call each, and what lies around them.
    assert killed > 40


def _story(session: Session, finance: Finance, run: PayoutRun, step: int) -> bool:
    """Execute the run, be killed at that step, recover, and be paid; then undo it all. Whether it came to the step."""
    with session.begin_nested() as beginning:
        dying, killed = Dying(session, step), False
        try:
            execute_run(dying.transactions, finance.preparer, {"sandbox": dying}, run.id)
        except KilledError:
            killed = True
        rails = {"sandbox": sandbox(session)}
        if session.get_one(PayoutRun, run.id, populate_existing=True).state == "approved":
            execute_run(inside(session), finance.preparer, rails, run.id)
        for _ in range(3):
            end_leases(session)
            resolve_unknown(inside(session), rails)
            advance_runs(inside(session), rails)
        assert states(session, run) == {"settled": 3}, f"killed at step {step}"
        assert transfers(session) == 3, f"killed at step {step}"
        assert journal_kinds(session).count("J6") == 3, f"killed at step {step}"
        check_invariants(session)
        beginning.rollback()
    return killed

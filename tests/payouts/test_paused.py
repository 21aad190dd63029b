"""Two schedulers, one of which is paused past its lease in the middle of a payout: everybody is paid once."""

import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.payouts.recovering import resolve_unknown
from marketplace.payouts.sending import advance_runs
from marketplace.rails.port import PayoutInstruction, PayoutOutcome
from tests.builders.payouts import (
    Finance,
    end_leases,
    execute,
    inside,
    journal_kinds,
    make_approved_run,
    payout_of,
    sandbox,
    states,
    transfers,
)
from tests.builders.settlement import Chain


class Paused(SandboxRail):
    """The rail of a scheduler that stands still at its first call, `before` or after it reaches the rail.

    When it goes on, its lease is over and another scheduler has dealt with the payout.
    """

    def __init__(self, session: Session, *, before: bool) -> None:
        super().__init__(inside(session))
        self._session = session
        self._before = before
        self.stood_still = False

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        if self.stood_still:
            return super().pay_out(instruction)
        self.stood_still = True
        if self._before:
            self._others_go_on()
            return super().pay_out(instruction)
        outcome = super().pay_out(instruction)
        self._others_go_on()
        return outcome

    def _others_go_on(self) -> None:
        end_leases(self._session)
        others = {"sandbox": sandbox(self._session)}
        assert resolve_unknown(inside(self._session), others) == 1
        advance_runs(inside(self._session), others)


@pytest.mark.parametrize("before", [True, False], ids=["before the call", "after the call"])
def test_a_scheduler_paused_past_its_lease_changes_nothing_that_another_did(
    session: Session, chain: Chain, finance: Finance, before: bool
) -> None:
    run = make_approved_run(session, finance)
    paused = Paused(session, before=before)

    assert execute(session, finance, paused, run) == {"settled": 3}

    assert paused.stood_still
    assert transfers(session) == 3
    assert journal_kinds(session) == ["J5"] * 3 + ["J6"] * 3
    worker = payout_of(session, run, chain.workers[0])
    assert (worker.state, worker.attempt) == ("settled", 1)
    assert states(session, run) == {"settled": 3}

from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.payouts.approving import retry_payout
from marketplace.payouts.calling import take_lease
from marketplace.payouts.recovering import agree_absent, resolve_unknown
from marketplace.rails.port import PayoutInstruction, PayoutOutcome
from tests.builders.payouts import (
    Finance,
    end_leases,
    execute,
    inside,
    journal_kinds,
    make_approved_run,
    note_looks,
    payout_of,
    sandbox,
    transfers,
)
from tests.builders.settlement import Chain


@pytest.mark.parametrize("fault", ["unknown_before_executing", "unknown_after_executing"])
def test_silence_is_resolved_by_asking_and_the_worker_is_paid_once(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, fault: Any
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", fault, match=f"acct_{chain.workers[0].person.hex}")
    assert execute(session, finance, rail, run) == {"unknown": 1, "approved": 2}
    assert execute(session, finance, rail, run) == {"unknown": 1, "approved": 2}
    assert resolve_unknown(inside(session), {"sandbox": rail}) == 1
    assert payout_of(session, run, chain.workers[0]).state == "sent"
    assert execute(session, finance, rail, run) == {"settled": 3}
    assert transfers(session) == 3
    assert "J7" not in journal_kinds(session)


def test_an_adapter_that_breaks_has_told_us_nothing(session: Session, chain: Chain, finance: Finance) -> None:
    class Breaking(SandboxRail):
        def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
            super().pay_out(instruction)
            raise OSError("the socket broke")

    run = make_approved_run(session, finance)
    assert execute(session, finance, Breaking(inside(session)), run) == {"unknown": 1, "approved": 2}
    resolve_unknown(inside(session), {"sandbox": sandbox(session)})
    assert execute(session, finance, sandbox(session), run) == {"settled": 3}
    assert transfers(session) == 3


def test_an_old_unknown_is_never_sent_again_blindly(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, run)
    payout = payout_of(session, run, chain.workers[0])
    end_leases(session, asked_hours_ago=24)
    with pytest.raises(DomainError, match="Two looks"):
        agree_absent(session, finance.preparer, payout.id)
    for _ in range(2):
        resolve_unknown(inside(session), {"sandbox": rail})
        end_leases(session)
    assert transfers(session) == 0
    with pytest.raises(DomainError, match="Two looks"):
        agree_absent(session, finance.preparer, payout.id)


def test_nobody_says_a_payout_is_absent_while_the_rail_is_being_asked(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, run)
    payout = payout_of(session, run, chain.workers[0])
    end_leases(session, asked_hours_ago=25)
    note_looks(session, payout)
    agree_absent(session, finance.preparer, payout.id)
    take_lease(session, payout)
    with pytest.raises(DomainError, match="just being asked"):
        agree_absent(session, finance.approver, payout.id)


def test_two_looks_and_two_people_let_the_next_attempt_begin(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, run)
    payout = payout_of(session, run, chain.workers[0])
    end_leases(session, asked_hours_ago=25)
    note_looks(session, payout)
    assert agree_absent(session, finance.preparer, payout.id).state == "unknown"
    with pytest.raises(DomainError, match="payout_two_people"):
        agree_absent(session, finance.preparer, payout.id)
    assert agree_absent(session, finance.approver, payout.id).state == "refused"
    assert retry_payout(session, finance.approver, payout.id).attempt == 2
    assert execute(session, finance, rail, run) == {"settled": 3}

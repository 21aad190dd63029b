import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.payouts import approving, recovering
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import advance_runs, send_payout
from marketplace.rails import freezing
from marketplace.rails.freeze_models import PayoutFreeze, PayoutFreezeEvent
from tests.builders.payouts import (
    Finance,
    end_leases,
    execute,
    inside,
    make_approved_run,
    payout_of,
    states,
    transfers,
)
from tests.builders.settlement import Chain

OPERATIONS = system_actor("tests")


def freeze(session: Session) -> None:
    freezing.freeze(session, OPERATIONS, "a drill", market_now(session))


def lift(session: Session, finance: Finance) -> None:
    """Two of finance let payouts be sent again, without reading the rails back."""
    freezing.ask_to_lift(session, finance.approver, "The drill is over.")
    read_from = freezing.require_frozen(session).read_from
    asked = freezing.require_second(session, finance.preparer)
    freezing.lift(session, finance.preparer, read_from, asked.id)


def test_nothing_is_sent_while_payouts_are_frozen_and_all_of_it_afterwards(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    freeze(session)
    with pytest.raises(DomainError, match="Payouts are frozen: a drill") as refusal:
        execute(session, finance, rail, run)
    assert refusal.value.slug == "payouts_frozen"
    payout = payout_of(session, run, chain.workers[0])
    run.state = "executing"
    assert send_payout(inside(session), finance.preparer, {"sandbox": rail}, payout.id) is None
    assert advance_runs(inside(session), {"sandbox": rail}) == 0
    assert transfers(session) == 0
    lift(session, finance)
    assert execute(session, finance, rail, run) == {"settled": 3}


def test_a_market_of_which_nothing_says_that_it_may_pay_does_not(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    session.execute(text("DELETE FROM payout_freeze"))
    with pytest.raises(DomainError, match="nobody has read the rails back"):
        execute(session, finance, rail, run)
    assert transfers(session) == 0


def test_nobody_decides_over_payouts_while_they_are_frozen(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    payout_id = payout_of(session, run, chain.workers[0]).id
    freeze(session)
    decisions: dict[str, Any] = {
        "prepare": lambda: prepare_run(session, finance.preparer, "sandbox"),
        "approve": lambda: approving.approve_run(session, finance.approver, run.id),
        "call off": lambda: approving.cancel_run(session, finance.approver, run.id),
        "retry": lambda: approving.retry_payout(session, finance.approver, payout_id),
        "give up": lambda: approving.cancel_payout(session, finance.approver, payout_id),
        "declare absent": lambda: recovering.agree_absent(session, finance.approver, payout_id),
    }
    for name, decide in decisions.items():
        with pytest.raises(DomainError) as refusal:
            decide()
        assert refusal.value.slug == "payouts_frozen", name
    assert states(session, run) == {"approved": 3}


def test_silence_is_looked_into_but_not_asked_again_while_payouts_are_frozen(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, run)
    freeze(session)
    end_leases(session)
    assert recovering.resolve_unknown(inside(session), {"sandbox": rail}) == 1
    assert (transfers(session), payout_of(session, run, chain.workers[0]).state) == (0, "unknown")
    lift(session, finance)
    end_leases(session)
    recovering.resolve_unknown(inside(session), {"sandbox": rail})
    assert (transfers(session), payout_of(session, run, chain.workers[0]).state) == (1, "sent")


def test_a_second_freeze_reaches_back_to_the_earlier_moment_and_history_is_kept(
    session: Session, finance: Finance
) -> None:
    later = dt.datetime(2026, 5, 2, tzinfo=dt.UTC)
    earlier = later - dt.timedelta(days=3)
    for moment in (later, earlier, later):
        freezing.freeze(session, OPERATIONS, f"from {moment:%d}", moment)
        session.expire_all()
    row = session.scalars(select(PayoutFreeze)).one()
    assert (row.frozen, row.reason, row.read_from) == (True, "from 02; from 29; from 02", earlier)
    freezing.freeze(session, OPERATIONS, "all of it", None)
    session.expire_all()
    assert session.scalars(select(PayoutFreeze)).one().read_from is None
    lift(session, finance)
    session.expire_all()
    assert session.scalars(select(PayoutFreeze)).one().frozen is False
    kinds = session.scalars(select(PayoutFreezeEvent.kind).order_by(PayoutFreezeEvent.id)).all()
    assert kinds == ["frozen"] * 4 + ["lift_asked", "lifted"]


def test_a_person_shortens_nothing_where_nothing_says_that_payouts_may_be_sent(
    session: Session, finance: Finance
) -> None:
    moment = market_now(session)
    for actor, kept in ((finance.preparer, None), (OPERATIONS, moment)):
        session.execute(text("DELETE FROM payout_freeze"))
        freezing.freeze(session, actor, "restored by hand", moment)
        assert freezing.require_frozen(session).read_from == kept
        freezing.freeze(session, finance.preparer, "to be sure", moment + dt.timedelta(microseconds=1))
        assert freezing.require_frozen(session).read_from == kept


def test_from_a_moment_to_come_on_nothing_can_be_read_back(session: Session) -> None:
    with pytest.raises(DomainError) as refusal:
        freezing.freeze(session, OPERATIONS, "a drill", market_now(session) + dt.timedelta(days=365))
    assert [error.pointer for error in refusal.value.errors] == ["/read_from"]
    assert freezing.current_freeze(session) is None

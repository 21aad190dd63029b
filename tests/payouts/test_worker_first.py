"""What the books say afterwards of a margin that was sent before a worker below was paid (I15)."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.payouts.worker_first import broken
from marketplace.rails.methods import keep_destination
from marketplace.rails.port import PayoutInstruction, PayoutOutcome
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.pay_holds import hold_payee
from marketplace.settlement.stopping import hold_stopped
from tests.builders.payouts import Finance, execute, inside, make_approved_run, mature
from tests.builders.settlement import Chain, accept, hand_in, make_chain
from tests.builders.work import make_worker


@pytest.fixture
def chain(session: Session) -> Chain:
    """A chain whose worker is held for what only they can cure: they have not said where to be paid."""
    chain = make_chain(session, items=5, items_per_task=5)
    worker = make_worker(session)
    accept(session, chain, hand_in(session, chain, worker))
    chain.workers.append(worker)
    mature(session)
    return chain


def cure(session: Session, chain: Chain) -> None:
    keep_destination(session, chain.workers[0], "sandbox", "acct_mine")
    assert release_cured(session) == 1


def hold_by_finance(session: Session, chain: Chain, finance: Finance) -> None:
    ends_on = market_now(session).date() + dt.timedelta(days=5)
    hold_payee(session, finance.preparer, chain.workers[0].person, "Two accounts.", ends_on, days_max=30)
    assert hold_stopped(session) == 1


def test_a_margin_that_passed_a_worker_rightly_did_so_whatever_holds_the_worker_later(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    assert execute(session, finance, rail, make_approved_run(session, finance)) == {"settled": 2}
    assert broken(session) == []
    cure(session, chain)
    assert broken(session) == []
    hold_by_finance(session, chain, finance)
    assert broken(session) == []


def test_a_hold_that_the_worker_had_cured_excuses_no_margin_sent_later(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    cure(session, chain)
    hold_by_finance(session, chain, finance)
    run = make_approved_run(session, finance)
    with session.begin_nested() as savepoint:
        monkeypatch.setattr("marketplace.payouts.sending.workers_below_are_paid", lambda *_: True)
        assert execute(session, finance, rail, run) == {"settled": 2}
        assert len(broken(session)) == 2
        savepoint.rollback()


def test_a_margin_passed_a_worker_rightly_who_cures_it_while_the_rail_is_asked(
    session: Session, chain: Chain, finance: Finance
) -> None:
    class Slow(SandboxRail):
        def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
            if not cured:
                cure(session, chain)
                cured.append(True)
            return super().pay_out(instruction)

    cured: list[bool] = []
    assert execute(session, finance, Slow(inside(session)), make_approved_run(session, finance)) == {
        "settled": 1,
        "approved": 1,
    }
    assert broken(session) == []

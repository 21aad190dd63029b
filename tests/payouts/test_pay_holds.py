"""What finance holds no run pays; and who holds and who sends at the same time."""

import datetime as dt
import threading
import uuid

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.payouts.approving import approve_run, hold_installment, hold_payout
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import advance_runs, execute_run
from marketplace.settlement.maturing import fall_due, release_cured
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_hold_queries import holds_at
from marketplace.settlement.pay_holds import hold_payee, lock_pay, release_hold
from marketplace.settlement.stopping import hold_stopped
from tests.builders.at_once import at_once
from tests.builders.payouts import Finance, execute, make_approved_run, payout_of, states, transfers
from tests.builders.settlement import Chain, move_clock_to
from tests.payouts.test_concurrency import approved, due_market
from tests.payouts.test_concurrency import transfers as transfers_of

REASON = "Two accounts look alike."


def in_days(session: Session, days: int = 5) -> dt.date:
    return market_now(session).date() + dt.timedelta(days=days)


def hold(session: Session, finance: Finance, payee_id: uuid.UUID) -> uuid.UUID:
    return hold_payee(session, finance.preparer, payee_id, REASON, in_days(session), days_max=30).id


def test_a_run_leaves_out_what_is_held_and_pays_it_once_that_is_over(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0].person
    one = hold(session, finance, worker)
    # The sweep has not come by: the installment is still due.
    run = prepare_run(session, finance.preparer, "sandbox")
    payees = set(session.scalars(select(Payout.payee_id).where(Payout.run_id == run.id)))
    assert payees
    assert worker not in payees
    assert holds_at(session, run.prepared_at) == 1
    hold_stopped(session)
    release_hold(session, finance.approver, one, "A namesake.")
    release_cured(session)
    with_worker = make_approved_run(session, finance)
    assert execute(session, finance, rail, with_worker) == {"settled": 1}
    assert holds_at(session, run.prepared_at) == 1


def test_margins_wait_for_a_worker_whom_finance_holds(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    hold(session, finance, chain.workers[0].person)
    hold_stopped(session)
    run = make_approved_run(session, finance)
    assert execute(session, finance, rail, run) == {"approved": 2}
    assert transfers(session) == 0


def test_a_payout_of_an_approved_run_is_given_up_when_its_payee_is_held(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    hold(session, finance, chain.workers[0].person)
    execute(session, finance, rail, run)
    assert payout_of(session, run, chain.workers[0]).state == "cancelled"
    assert transfers(session) == 0
    assert hold_stopped(session) == 1


def test_a_payout_is_given_up_for_one_held_installment_and_the_rest_is_paid_by_the_next_run(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]
    wanted = select(Installment).where(Installment.payee_id == worker.person).order_by(Installment.due_on)
    first, second = session.scalars(wanted)
    move_clock_to(session, second.due_on)
    while fall_due(session):
        pass
    run = make_approved_run(session, finance)
    hold_installment(session, finance.preparer, first.id, REASON, in_days(session), days_max=30)
    execute(session, finance, rail, run)
    hold_stopped(session)
    again = make_approved_run(session, finance)
    execute(session, finance, rail, again)
    session.expire_all()
    assert (first.state, second.state) == ("held", "paid")


def test_a_payout_that_is_not_sent_is_held_by_itself(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    payout = payout_of(session, run, chain.workers[0])
    one = hold_payout(session, finance.preparer, payout.id, REASON, in_days(session), days_max=30)
    assert payout.state == "cancelled"
    assert one.payee_id == chain.workers[0].person
    assert hold_stopped(session) == 1
    execute(session, finance, rail, run)
    assert transfers(session) == 0


def test_a_payout_that_was_sent_cannot_be_held(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    with pytest.raises(DomainError, match="state_conflict"):
        hold_payout(session, finance.preparer, payout_of(session, run, chain.workers[0]).id, REASON, None, days_max=30)
    assert states(session, run) == {"settled": 3}


def test_an_installment_of_a_payout_that_is_on_its_way_is_not_held_but_its_payee_is(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]
    run = make_approved_run(session, finance)
    rail.script("pay_out", "delay", delay_seconds=3600)
    execute(session, finance, rail, run)
    payout = payout_of(session, run, worker)
    assert payout.state == "sent"
    one = session.scalars(select(Installment).where(Installment.payout_id == payout.id)).one()
    with pytest.raises(DomainError, match="on its way; hold its payee"):
        hold_installment(session, finance.preparer, one.id, REASON, in_days(session), days_max=30)
    hold(session, finance, worker.person)


def test_who_sends_waits_for_a_hold_that_is_just_being_placed(committing_engine: Engine) -> None:
    finance, transactions, rail = due_market(committing_engine, claims=1)
    run = approved(committing_engine, finance)
    with transaction(committing_engine) as session:
        worker = session.scalars(
            select(Payout.payee_id).where(Payout.run_id == run.id, Payout.payee_kind == "worker")
        ).one()
    sender = threading.Thread(target=lambda: execute_run(transactions, finance.preparer, {"sandbox": rail}, run.id))
    with transaction(committing_engine) as session:
        hold(session, finance, worker)
        sender.start()
        sender.join(0.5)
        assert sender.is_alive()
    sender.join()
    assert transfers_of(committing_engine) == 0
    with transaction(committing_engine) as session:
        state = select(Payout.state).where(Payout.run_id == run.id, Payout.payee_id == worker)
        assert session.scalar(state) == "cancelled"


def test_who_holds_waits_for_who_is_just_sending(committing_engine: Engine) -> None:
    finance, _, _ = due_market(committing_engine, claims=1)
    with transaction(committing_engine) as session:
        worker = session.scalars(select(Installment.payee_id).where(Installment.payee_kind == "worker").limit(1)).one()

    def place() -> None:
        with transaction(committing_engine) as session:
            hold(session, finance, worker)

    holder = threading.Thread(target=place)
    with transaction(committing_engine) as session:
        lock_pay(session, worker)
        holder.start()
        holder.join(0.5)
        assert holder.is_alive()
    holder.join()


def test_holds_and_runs_at_once_either_pay_or_hold_each_payee(committing_engine: Engine) -> None:
    finance, transactions, rail = due_market(committing_engine, claims=6)
    rails = {"sandbox": rail}
    with transaction(committing_engine) as session:
        workers = session.scalars(
            select(Installment.payee_id).where(Installment.payee_kind == "worker").distinct()
        ).all()

    def pay() -> None:
        with transaction(committing_engine) as session:
            run = prepare_run(session, finance.preparer, "sandbox")
        with transaction(committing_engine) as session:
            approve_run(session, finance.approver, run.id)
        execute_run(transactions, finance.preparer, rails, run.id)

    def place() -> None:
        for worker in workers[:3]:
            with transaction(committing_engine) as session:
                hold(session, finance, worker)

    def sweep() -> None:
        for _ in range(5):
            with transaction(committing_engine) as session:
                hold_stopped(session)

    at_once(pay, place, sweep)
    sweep()
    advance_runs(transactions, rails)
    with transaction(committing_engine) as session:
        found = session.execute(
            select(Installment.payee_id, Installment.state).where(
                Installment.payee_kind == "worker", Installment.due_at.is_not(None)
            )
        ).all()
    assert {state for payee, state in found if payee in workers[:3]} <= {"held", "paid"}
    assert {state for payee, state in found if payee in workers[3:]} == {"paid"}

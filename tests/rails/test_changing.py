"""Changing where one is paid: a fresh sign-in, a notice at once, 48 hours, and a way back until then."""

import datetime as dt
import uuid
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.db.clock import advance, market_now, real_now
from marketplace.db.engine import transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ports import Message
from marketplace.payouts.models import DESTINATION as PAYOUT_DESTINATION
from marketplace.payouts.models import Payout
from marketplace.rails.change_models import PayoutDestinationChange
from marketplace.rails.changing import DELAY, cancel_change, waiting_changes
from marketplace.rails.methods import (
    destination_of,
    keep_destination,
    let_change_take_effect,
    note_ready,
    payees_at,
)
from marketplace.rails.models import PayoutDestination
from tests.builders.at_once import at_once
from tests.builders.identity import TESTS, Mailbox, make_member, make_organization, make_worker, signed_in
from tests.builders.payees import NOTICE, ask_to_be_paid_at, let_time_pass, move_to
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, sandbox


def test_the_first_word_of_a_payee_counts_at_once_and_needs_no_fresh_sign_in(session: Session) -> None:
    worker = make_worker(session)
    keep_destination(session, worker, "sandbox", "acct_1")
    assert destination_of(session, worker.person, "sandbox") == "acct_1"
    assert waiting_changes(session, worker.person) == {}


def test_a_change_is_told_at_once_and_counts_after_48_hours(session: Session) -> None:
    worker, mailbox = make_worker(session), Mailbox()
    keep_destination(session, worker, "sandbox", "acct_of_the_worker")

    change = ask_to_be_paid_at(session, worker, "acct_of_a_thief", mailbox=mailbox)

    assert change.takes_effect_at - change.asked_at == DELAY == dt.timedelta(hours=48)
    assert "…hief" in mailbox.last.text
    assert "…rker" in mailbox.last.text
    assert "acct_of" not in mailbox.last.text
    let_time_pass(session, 47.9)
    assert let_change_take_effect(session) == 0
    assert destination_of(session, worker.person, "sandbox") == "acct_of_the_worker"
    let_time_pass(session, 0.1)
    assert let_change_take_effect(session) == 1
    assert destination_of(session, worker.person, "sandbox") == "acct_of_a_thief"
    assert let_change_take_effect(session) == 0


def test_another_rail_is_a_change_too_for_it_would_lead_the_money_elsewhere(session: Session) -> None:
    worker = make_worker(session)
    keep_destination(session, worker, "sandbox", "acct_1")
    ask_to_be_paid_at(session, worker, "acct_2", rail="bank")
    assert destination_of(session, worker.person, "bank") is None
    assert payees_at(session, "bank", "acct_2") == {worker.person}
    assert note_ready(session, "bank", "acct_2")
    let_time_pass(session)
    assert let_change_take_effect(session) == 1
    assert destination_of(session, worker.person, "bank") == "acct_2"


@pytest.mark.parametrize("minutes_ago", [None, 16])
def test_without_a_sign_in_of_a_moment_ago_nothing_is_changed(session: Session, minutes_ago: float | None) -> None:
    worker, mailbox = make_worker(session), Mailbox()
    keep_destination(session, worker, "sandbox", "acct_1")
    asking = worker if minutes_ago is None else signed_in(session, worker, minutes_ago=minutes_ago)
    with pytest.raises(DomainError, match="step_up_required"):
        keep_destination(session, asking, "sandbox", "acct_2", NOTICE)
    assert waiting_changes(session, worker.person) == {}
    assert mailbox.messages == []


def test_the_browser_of_somebody_else_is_no_fresh_sign_in(session: Session) -> None:
    worker, thief = make_worker(session), make_worker(session)
    keep_destination(session, worker, "sandbox", "acct_1")
    session_id = signed_in(session, thief).session_id

    with pytest.raises(DomainError, match="step_up_required"):
        keep_destination(session, replace(worker, session_id=session_id), "sandbox", "acct_2", NOTICE)


def test_a_change_taken_back_never_takes_effect(session: Session) -> None:
    worker = make_worker(session)
    keep_destination(session, worker, "sandbox", "acct_1")
    change = ask_to_be_paid_at(session, worker, "acct_2")

    cancel_change(session, worker, change.id)

    let_time_pass(session, 100)
    assert let_change_take_effect(session) == 0
    assert destination_of(session, worker.person, "sandbox") == "acct_1"
    with pytest.raises(DomainError, match="state_conflict"):
        cancel_change(session, worker, change.id)
    with pytest.raises(DomainError, match="not_found"):
        cancel_change(session, make_worker(session), change.id)


def test_the_same_wish_again_does_not_wait_longer_and_another_one_begins_anew(session: Session) -> None:
    worker, mailbox = make_worker(session), Mailbox()
    keep_destination(session, worker, "sandbox", "acct_1")
    first = ask_to_be_paid_at(session, worker, "acct_2", mailbox=mailbox)
    let_time_pass(session, 40)

    assert ask_to_be_paid_at(session, worker, "acct_2", mailbox=mailbox).id == first.id
    assert len(mailbox.messages) == 1
    second = ask_to_be_paid_at(session, worker, "acct_3", mailbox=mailbox)

    session.refresh(first)
    assert (first.state, second.state) == ("cancelled", "waiting")
    assert second.takes_effect_at > real_now(session) + dt.timedelta(hours=47)


def test_the_market_clock_brings_no_change_about(session: Session) -> None:
    worker = make_worker(session)
    keep_destination(session, worker, "sandbox", "acct_1")
    ask_to_be_paid_at(session, worker, "acct_2")
    advance(session, TESTS, market_now(session) + dt.timedelta(days=30), allowed=True)
    assert let_change_take_effect(session) == 0


def test_everybody_who_may_say_where_margins_go_is_mailed(session: Session) -> None:
    organization, mailbox = make_organization(session, "subcontractor"), Mailbox()
    manager, other = make_member(session, organization, "manager"), make_member(session, organization, "manager")
    make_member(session, organization, "reviewer")
    keep_destination(session, manager, "sandbox", "acct_1")

    change = ask_to_be_paid_at(session, manager, "acct_2", mailbox=mailbox)

    assert len(mailbox.messages) == 2
    assert organization.name in mailbox.last.text
    cancel_change(session, other, change.id)
    assert waiting_changes(session, organization.id) == {}


def test_a_change_nobody_could_be_told_of_does_not_come_about(session: Session) -> None:
    class Broken(Mailbox):
        def send(self, message: Message) -> None:
            super().send(message)
            raise OSError("no mail today")

    worker = make_worker(session)
    keep_destination(session, worker, "sandbox", "acct_1")
    with pytest.raises(OSError, match="no mail today"), session.begin_nested():
        ask_to_be_paid_at(session, worker, "acct_2", mailbox=Broken())
    assert waiting_changes(session, worker.person) == {}


def test_no_program_shortens_the_delay(session: Session) -> None:
    worker = make_worker(session)
    keep_destination(session, worker, "sandbox", "acct_1")
    change = ask_to_be_paid_at(session, worker, "acct_2")
    wanted = update(PayoutDestinationChange).where(PayoutDestinationChange.id == change.id)
    for shortened in (
        {"takes_effect_at": change.asked_at + dt.timedelta(hours=47)},
        {"state": "effective", "ended_at": change.asked_at},
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(wanted.values(shortened))


def test_an_approved_payout_goes_where_it_went_when_it_was_prepared(session: Session) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    worker = chain.workers[0]
    ask_to_be_paid_at(session, worker, "acct_new")
    finance = make_finance(session)
    run = make_approved_run(session, finance)
    let_time_pass(session)
    assert let_change_take_effect(session) == 1

    execute(session, finance, sandbox(session), run)

    paid = session.scalars(select(Payout).where(Payout.payee_id == worker.person)).one()
    assert PAYOUT_DESTINATION.get(session, paid) == f"acct_{worker.person.hex}"
    went = select(text("destination")).select_from(text("sandbox_transfer")).where(text("minor_units > 0"))
    assert f"acct_{worker.person.hex}" in session.scalars(went).all()
    assert "acct_new" not in session.scalars(went).all()


def test_what_is_held_for_want_of_an_account_waits_for_the_change_and_is_released_by_it(session: Session) -> None:
    worker = make_worker(session)
    keep_destination(session, worker, "sandbox", "acct_1")
    before = changed_at(session, worker.person)
    move_to(session, worker, "acct_2")
    assert changed_at(session, worker.person) > before


def changed_at(session: Session, payee_id: uuid.UUID) -> dt.datetime:
    found = text("SELECT changed_at FROM payout_destination WHERE payee_id = :payee_id")
    moment: dt.datetime = session.execute(found, {"payee_id": payee_id}).scalar_one()
    return moment


def test_of_two_first_words_at_once_one_counts_and_the_other_waits(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        worker = signed_in(session, make_worker(session))

    def say(number: int) -> None:
        with transaction(committing_engine) as session:
            keep_destination(session, worker, f"rail_{number}", "acct_1", NOTICE)

    at_once(*(partial(say, number) for number in range(4)))

    with transaction(committing_engine) as session:
        places = session.scalars(select(PayoutDestination.rail)).all()
        assert len(places) == 1
        assert set(waiting_changes(session, worker.person)) == {f"rail_{n}" for n in range(4)} - set(places)


def test_a_change_taken_back_in_the_moment_it_takes_effect_does_one_of_both(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        workers = [make_worker(session) for _ in range(6)]
        changes = []
        for worker in workers:
            keep_destination(session, worker, "sandbox", "acct_old")
            changes.append(ask_to_be_paid_at(session, worker, "acct_new").id)
        let_time_pass(session)

    def cancel(number: int) -> None:
        with suppress(DomainError), transaction(committing_engine) as session:
            cancel_change(session, workers[number], changes[number])

    def sweep() -> None:
        for _ in range(20):
            with transaction(committing_engine) as session:
                let_change_take_effect(session)

    at_once(*(partial(cancel, number) for number in range(6)), sweep, sweep)

    with transaction(committing_engine) as session:
        for worker, change_id in zip(workers, changes, strict=True):
            state = session.get_one(PayoutDestinationChange, change_id).state
            expected = {"effective": "acct_new", "cancelled": "acct_old"}[state]
            assert destination_of(session, worker.person, "sandbox") == expected

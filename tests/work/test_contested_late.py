"""Answers that came too late and were kept: contested within what their client agreed to, and no further."""

import datetime as dt
import json

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.identity.models import Organization, Person
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.appeals import decide_dispute, finalize_rejections, overturn_silent
from marketplace.work import holding, leases
from marketplace.work.claiming import Claimed, claim_next
from marketplace.work.dispute_models import Dispute
from marketplace.work.disputing import open_disputes, respond
from marketplace.work.late import take_up
from marketplace.work.late_keeping import submit_late
from marketplace.work.late_seats import contest_until
from marketplace.work.models import Answer, Batch, Claim, Seat, Task
from marketplace.work.parties import rejecting_sides
from marketplace.work.queries import all_seats_done, claim_view
from marketplace.work.review_queries import disputes
from marketplace.work.submitting import submit
from tests.builders.identity import make_member
from tests.builders.jobs import make_party
from tests.builders.work import Market, accept_all, answers_to, make_market
from tests.invariants import check_invariants
from tests.work.test_late_answers import LEASE, WEEK, committed, lost, market_with_free_reserve
from tests.work.test_submitting import pass_time


def decider(session: Session) -> Actor:
    return make_party(session, "platform", "dispute_decider")


def kept(session: Session, market: Market, batch: Batch | None = None) -> tuple[Actor, Claimed, Batch]:
    """Answers that came when the task was done by another: no late seat is made for what is done."""
    worker, claimed, batch, other, theirs = lost(session, market, batch)
    submit(session, other, theirs.id, answers_to(theirs), 1)
    decide_answers(session, market.reviewer, theirs.id, accept_all(session, theirs.id))
    claim = submit_late(session, worker, claimed.id, answers_to(claimed), 1)
    assert claim.state == "expired"
    assert claim.kept_at is not None
    return worker, claimed, batch


def agreed(session: Session) -> Market:
    """A job of one item whose client agreed to pay for a late answer, and has the money."""
    return market_with_free_reserve(session, late_answers_max=1)


def contested(session: Session, market: Market) -> tuple[Actor, Claimed, Dispute]:
    worker, claimed, _ = kept(session, market)
    (dispute,) = open_disputes(session, worker, claimed.id, "My network was gone for an hour.")
    return worker, claimed, dispute


def test_a_client_that_agreed_to_no_late_answers_pays_for_none_that_is_contested(session: Session) -> None:
    market = market_with_free_reserve(session)
    worker, claimed, _ = kept(session, market)
    event = session.scalars(select(AuditEvent.body).where(AuditEvent.kind == "claim.kept")).one()
    assert json.loads(event)["data"]["contest_until"] is None
    assert claim_view(session, worker, claimed.id).contest_until is None
    with pytest.raises(DomainError, match="not_found"):
        open_disputes(session, worker, claimed.id, "My network was gone for an hour.")
    assert not session.scalars(select(Seat.id).where(Seat.late)).all()


def test_contested_it_has_a_seat_and_money_and_is_paid_when_a_person_says_so(session: Session) -> None:
    market = agreed(session)
    worker, claimed, batch = kept(session, market)
    before = committed(session, market)
    (dispute,) = open_disputes(session, worker, claimed.id, "My network was gone for an hour.")
    answer = session.get_one(Answer, dispute.answer_id, populate_existing=True)
    assert (answer.state, answer.content) == ("lapsed", next(iter(answers_to(claimed).values())))
    assert committed(session, market) == before + batch.price_amount
    assert session.get_one(Claim, claimed.id, populate_existing=True).state == "decided"
    check_invariants(session)
    decide_dispute(session, decider(session), dispute.id, "overturned", "It came an hour late.")
    assert session.get_one(Answer, dispute.answer_id, populate_existing=True).state == "accepted_on_appeal"
    assert committed(session, market) == before
    check_invariants(session)


def test_who_would_pay_is_the_other_side_of_the_dispute(session: Session) -> None:
    market = agreed(session)
    _, _, dispute = contested(session, market)
    assert rejecting_sides(session, dispute.answer_id) == {market.job.organization_id}
    shown = [line.dispute.id for line in disputes(session, market.reviewer).data]
    assert shown == [dispute.id]
    assert disputes(session, make_party(session, "client", "reviewer")).data == []
    assert respond(session, market.reviewer, dispute.id, "It was done by then.").state == "answered"
    both, client = decider(session), session.get_one(Organization, market.job.organization_id)
    make_member(session, client, "requester", person=session.get_one(Person, both.person))
    with pytest.raises(DomainError, match="review_own_answer"):
        decide_dispute(session, both, dispute.id, "upheld", "We would pay for it.")


def test_silence_decides_for_the_worker(session: Session) -> None:
    _, _, dispute = contested(session, agreed(session))
    pass_time(session, WEEK + 1)
    assert overturn_silent(session) == 1
    assert session.get_one(Answer, dispute.answer_id, populate_existing=True).state == "accepted_on_appeal"
    check_invariants(session)


def test_upheld_the_money_is_free_again_once_no_appeal_comes(session: Session) -> None:
    market = agreed(session)
    _, _, dispute = contested(session, market)
    before = committed(session, market)
    decide_dispute(session, decider(session), dispute.id, "upheld", "Others had done it by then.")
    pass_time(session, WEEK + 1)
    assert finalize_rejections(session) == 1
    assert session.get_one(Answer, dispute.answer_id, populate_existing=True).state == "rejection_final"
    assert committed(session, market) < before
    check_invariants(session)


def test_it_is_contested_once_within_a_week_and_only_while_there_is_money(session: Session) -> None:
    market = make_market(session, items_count=1, late_answers_max=1)
    worker, claimed, _ = kept(session, market)
    with pytest.raises(DomainError, match="late_unfunded"), session.begin_nested():
        open_disputes(session, worker, claimed.id, "My network was gone for an hour.")
    assert session.get_one(Claim, claimed.id, populate_existing=True).kept_at is not None
    worker, claimed, _ = contested(session, agreed(session))
    with pytest.raises(DomainError, match="state_conflict"):
        open_disputes(session, worker, claimed.id, "Again.")
    worker, claimed, _ = kept(session, agreed(session))
    pass_time(session, int(dt.timedelta(days=7).total_seconds()))
    with pytest.raises(DomainError, match="dispute_too_late"):
        open_disputes(session, worker, claimed.id, "Too late for that, too.")


def test_no_more_is_contested_than_the_client_agreed_to(session: Session) -> None:
    market = make_market(session, items_count=2, funded="9.00", late_answers_max=1)
    worker, claimed, batch = kept(session, market)
    second, theirs, _ = kept(session, market, batch)
    open_disputes(session, worker, claimed.id, "My network was gone for an hour.")
    with pytest.raises(DomainError, match="late_unfunded"):
        open_disputes(session, second, theirs.id, "So was mine.")


def test_nothing_is_contested_of_a_task_that_was_taken_back(session: Session) -> None:
    worker, claimed, _ = kept(session, agreed(session))
    session.execute(update(Task).values(state="withdrawn"))
    with pytest.raises(DomainError, match="This work is over"):
        open_disputes(session, worker, claimed.id, "My network was gone for an hour.")
    session.execute(update(Task).values(state="done"))


def test_a_job_is_not_over_while_what_came_late_can_be_contested(session: Session) -> None:
    market = agreed(session)
    kept(session, market)
    session.execute(update(Batch).values(state="done"))
    assert not all_seats_done(session, market.job.id)
    pass_time(session, WEEK + 1)
    assert all_seats_done(session, market.job.id)


def test_taken_up_for_nothing_what_was_kept_can_be_contested_still(session: Session) -> None:
    market = market_with_free_reserve(session)
    worker, claimed, _, other, theirs = lost(session, market)
    submit_late(session, worker, claimed.id, answers_to(claimed), 1)
    holding.give_back(session, other, theirs.id)
    take_up(session, worker, claimed.id)
    pass_time(session, LEASE)
    assert leases.expire(session) == 1
    claim = session.get_one(Claim, claimed.id, populate_existing=True)
    market.job.late_answers_max = 1
    assert contest_until(claim, market.job) is not None


def test_what_is_submitted_after_all_did_not_come_too_late(session: Session) -> None:
    worker, claimed, _, other, theirs = lost(session, market_with_free_reserve(session))
    submit_late(session, worker, claimed.id, answers_to(claimed), 1)
    holding.give_back(session, other, theirs.id)
    assert submit_late(session, worker, claimed.id, answers_to(claimed), 1).state == "submitted"
    assert session.get_one(Claim, claimed.id, populate_existing=True).kept_at is None


def test_what_was_written_since_is_not_what_was_kept(session: Session) -> None:
    market = market_with_free_reserve(session)
    worker, claimed, _, other, theirs = lost(session, market)
    submit_late(session, worker, claimed.id, answers_to(claimed), 1)
    holding.give_back(session, other, theirs.id)
    claim = take_up(session, worker, claimed.id)
    assert claim.draft is not None
    assert holding.save_draft(session, worker, claimed.id, claim.draft).kept_at is not None
    assert holding.save_draft(session, worker, claimed.id, {}).kept_at is None


def test_who_has_the_task_by_another_claim_cannot_contest_it(session: Session) -> None:
    market = market_with_free_reserve(session)
    worker, claimed, batch, other, theirs = lost(session, market)
    submit_late(session, worker, claimed.id, answers_to(claimed), 1)
    holding.give_back(session, other, theirs.id)
    assert claim_next(session, worker, batch.id).task_id == claimed.task_id
    market.job.late_answers_max = 1
    with pytest.raises(DomainError, match="state_conflict"), session.begin_nested():
        open_disputes(session, worker, claimed.id, "I have it twice.")

"""The reviewers' queue, claims in hand, and how reviewers decide."""

import uuid
from functools import partial

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.jobs.review_policy import ReviewPolicy
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.sampling import draw_answers
from marketplace.work import appealing, disputing, review_queue, review_statistics
from marketplace.work.verdicts import Verdict
from tests.builders.at_once import at_once
from tests.builders.identity import make_staff
from tests.builders.payouts import inside
from tests.builders.settlement import another
from tests.builders.work import claim_and_submit, make_market, make_organization, make_worker, open_batch
from tests.work.test_breaker import rejected_much
from tests.work.test_reviewing import REASONS, answers_of
from tests.work.test_submitting import pass_time


def test_the_queue_is_in_order_of_age_or_of_what_accepts_itself_first(session: Session) -> None:
    market = make_market(session, items_count=1, auto_accept_seconds=7200)
    first, _ = claim_and_submit(session, make_worker(session), open_batch(session, market))
    pass_time(session, 60)
    hasty = make_market(session, items_count=1, auto_accept_seconds=600)
    hasty.job.organization_id = market.job.organization_id  # two jobs of one client, the second more in a hurry
    session.flush()
    second, _ = claim_and_submit(session, make_worker(session), open_batch(session, hasty))
    by_age = review_queue.queue(session, market.reviewer).data
    by_deadline = review_queue.queue(session, market.reviewer, order="deadline").data
    assert [line.id for line in by_age] == [first.id, second.id]
    assert [line.id for line in by_deadline] == [second.id, first.id]
    assert [line.seconds_left // 60 for line in by_deadline] == [9, 118]
    pages, cursor = [], None
    for _ in range(2):
        page = review_queue.queue(session, market.reviewer, order="deadline", limit=1, cursor=cursor)
        pages += [line.id for line in page.data]
        cursor = page.next_cursor
    assert (pages, cursor) == ([second.id, first.id], None)


def test_the_queue_is_narrowed_by_job_contract_and_what_was_drawn(session: Session) -> None:
    market = make_market(session, items_count=1, review=ReviewPolicy(mode="sample", first_every=1))
    claimed, _ = claim_and_submit(session, make_worker(session), open_batch(session, market))
    draw_answers(inside(session))
    other = make_market(session, items_count=1)
    for narrowed, found in (
        ({"sampled": True}, 1),
        ({"job_id": market.job.id}, 1),
        ({"contract_id": market.contract.id}, 1),
        ({"job_id": other.job.id}, 0),
        ({"contract_id": other.contract.id}, 0),
        ({"held": True}, 0),
    ):
        lines = review_queue.queue(session, market.reviewer, **narrowed).data
        assert [line.id for line in lines] == [claimed.id] * found


def test_what_is_held_counts_down_to_its_own_deadline(session: Session) -> None:
    _, _, decider = rejected_much(session)
    (line,) = review_queue.queue(session, decider, held=True, order="deadline").data
    assert line.seconds_left == pytest.approx(7 * 24 * 3600, abs=60)
    assert review_queue.take_next(session, decider, held=True).id == line.id


def test_the_platforms_deciders_are_not_given_what_others_review_and_auditors_read_it(session: Session) -> None:
    market = make_market(session, items_count=1)
    claimed, _ = claim_and_submit(session, make_worker(session), open_batch(session, market))
    decider, auditor = make_staff(session, "dispute_decider"), make_staff(session, "auditor")
    assert review_queue.queue(session, decider).data == []
    with pytest.raises(DomainError, match="nothing_to_review"):
        review_queue.take_next(session, decider)
    assert [line.id for line in review_queue.queue(session, auditor).data] == [claimed.id]
    assert review_queue.take_next(session, market.reviewer).id == claimed.id


def test_two_reviewers_are_not_given_the_same_claim_until_the_first_had_time(session: Session) -> None:
    market = make_market(session, items_count=2)
    batch = open_batch(session, market)
    older, _ = claim_and_submit(session, make_worker(session), batch)
    pass_time(session, 10)
    newer, _ = claim_and_submit(session, make_worker(session), batch)
    second, third = (another(session, market.reviewer, "reviewer") for _ in range(2))
    assert review_queue.take_next(session, market.reviewer).id == older.id
    assert review_queue.take_next(session, market.reviewer).id == older.id
    assert review_queue.take_next(session, second).id == newer.id
    with pytest.raises(DomainError, match="nothing_to_review"):
        review_queue.take_next(session, third)
    lines = review_queue.queue(session, second).data
    assert [(line.reserved_until is not None, line.reserved_by_me) for line in lines] == [(True, False), (True, True)]
    pass_time(session, 16 * 60)
    assert review_queue.take_next(session, third).id == older.id
    (answer,) = answers_of(session, older)
    decide_answers(session, market.reviewer, older.id, [Verdict(answer.id, "accept")])
    assert review_queue.take_next(session, third).id == newer.id


def test_reviewers_who_ask_at_one_moment_get_different_claims(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        market = make_market(session, items_count=6)
        batch = open_batch(session, market)
        for _ in range(6):
            claim_and_submit(session, make_worker(session), batch)
        reviewers = [another(session, market.reviewer, "reviewer") for _ in range(6)]
    taken: list[uuid.UUID] = []

    def take(actor: Actor) -> None:
        with transaction(committing_engine) as session:
            taken.append(review_queue.take_next(session, actor).id)

    assert at_once(*(partial(take, actor) for actor in reviewers)) == {"done": 6}
    assert len(set(taken)) == 6


def test_statistics_count_verdicts_what_was_overturned_and_how_long_it_took(session: Session) -> None:
    market = make_market(session, items_count=5)
    batch = open_batch(session, market, items_per_task=5)
    worker = make_worker(session)
    claimed, _ = claim_and_submit(session, worker, batch)
    answers = answers_of(session, claimed)
    pass_time(session, 600)
    decide_answers(
        session,
        market.reviewer,
        claimed.id,
        [
            Verdict(answers[0].id, "accept", correction={"label": "bad"}),
            Verdict(answers[1].id, "pay_not_use", "not_needed", "There is one."),
            *(Verdict(answer.id, "reject", **REASONS) for answer in answers[2:]),
        ],
    )
    first, second = make_organization(session, "platform", "dispute_decider", "dispute_decider")
    disputes = disputing.open_disputes(session, worker, claimed.id, "All were right.")
    for dispute, decision in zip(disputes, ("overturned", "overturned", "upheld"), strict=True):
        appeals.decide_dispute(session, first, dispute.id, decision, "So it is.")
    appealing.open_appeal(session, market.reviewer, disputes[1].id, "Look again.")
    appeals.decide_appeal(session, second, disputes[1].id, "granted", "The verdict was right.")
    (own,) = review_statistics.own(session, market.reviewer)
    assert (own.decided, own.accepted, own.corrected, own.rejected, own.paid_not_used) == (5, 1, 1, 3, 1)
    assert (own.contested, own.overturned) == (3, 1)
    assert own.rejected_share == 0.6
    assert own.overturned_share == pytest.approx(1 / 3)
    assert own.median_seconds == pytest.approx(600, abs=5)
    assert review_statistics.of_organization(session, market.requester) == [own]
    with pytest.raises(DomainError, match="forbidden"):
        review_statistics.of_organization(session, market.reviewer)
    (stranger,) = make_organization(session, "client", "requester")
    assert review_statistics.of_organization(session, stranger) == []
    pass_time(session, 31 * 24 * 3600)
    assert review_statistics.own(session, market.reviewer) == []
    assert review_statistics.own(session, market.reviewer, days=60) == [own]

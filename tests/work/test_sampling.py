"""Sampling: what is not drawn is accepted at once and says so; what is drawn, or disagrees, is reviewed."""

import itertools
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.jobs.locking import lock_job
from marketplace.jobs.review_policy import ReviewPolicy
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.quality.sampling import label_draws, worker_draws
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.sampling import draw_answers
from marketplace.work import queries, review_queries, review_queue, sampling
from marketplace.work.checks import draws_follow
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Claim, Review
from marketplace.work.review_models import Sampling, SamplingSeed
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.gold import make_gold_market
from tests.builders.payouts import inside
from tests.builders.work import answers_to, claim_and_submit, make_market, make_organization, make_worker, open_batch
from tests.work.test_reviewing import REASONS, answers_of

SAMPLED = ReviewPolicy(mode="sample", label_every=1000)


def states(session: Session, job_id: uuid.UUID) -> dict[uuid.UUID, str]:
    rows = session.execute(select(Answer.id, Answer.state).where(Answer.job_id == job_id))
    return {row.id: row.state for row in rows}


def test_what_is_not_drawn_is_accepted_and_says_so_to_everybody(session: Session) -> None:
    market = make_market(session, items_count=10, review=SAMPLED)
    worker = make_worker(session)
    claimed, _ = claim_and_submit(session, worker, open_batch(session, market, items_per_task=10))
    assert review_queue.queue(session, market.reviewer).data == []
    assert draw_answers(inside(session)) == 1
    assert draw_answers(inside(session)) == 0
    row = session.get_one(Sampling, claimed.id)
    found = states(session, market.job.id)
    waiting = {str(answer_id) for answer_id, state in found.items() if state == "submitted"}
    assert set(row.drawn) == waiting
    assert 2 <= len(waiting) <= 3  # two of ten by worker, and one of the first thousand with the label perhaps
    assert sorted(found.values()) == ["accepted"] * (10 - len(waiting)) + ["submitted"] * len(waiting)
    reviews = session.scalars(select(Review)).all()
    assert {(review.verdict, review.decided_by) for review in reviews} == {("accept", "sampling")}
    seen = queries.claim_view(session, worker, claimed.id)
    assert {r.decided_by for view in seen.answers.values() for r in view.reviews} == {"sampling"}
    assert [line.id for line in review_queue.queue(session, market.reviewer).data] == [claimed.id]


def test_a_draw_follows_from_the_secret_whose_digest_is_in_the_log(session: Session) -> None:
    market = make_market(session, items_count=60, review=ReviewPolicy(mode="sample", label_every=7))
    batch = open_batch(session, market, items_per_task=10)
    workers = [make_worker(session) for _ in range(2)]
    for n in range(6):
        claim_and_submit(session, workers[n % 2], batch, "good" if n < 3 else "bad")
    assert draw_answers(inside(session)) == 6
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "job.sampling_begun")).one()
    summary = review_queries.draw_summary(session, market.requester, market.job.id)
    assert (summary.seed, summary.answers) == (None, 60)
    assert summary.seed_digest in bytes(event.body).decode()
    (auditor,) = make_organization(session, "platform", "auditor")
    seed = session.get_one(SamplingSeed, market.job.id).seed
    assert review_queries.draw_summary(session, auditor, market.job.id).seed == seed.hex()
    assert sum(summary.drawn.values()) == sum(state == "submitted" for state in states(session, market.job.id).values())
    assert sampling.misdrawn(session, market.job) == []
    for content in session.scalars(select(Answer.content).where(Answer.job_id == market.job.id).limit(1)):
        assert content["label"] == "good"


def test_a_draw_that_somebody_steered_is_found(session: Session) -> None:
    market = make_market(session, items_count=20, review=SAMPLED)
    batch = open_batch(session, market, items_per_task=10)
    claimed, _ = claim_and_submit(session, make_worker(session), batch)
    job = lock_job(session, market.job.id)
    sampling.begin(session, market.requester, job)
    session.add(
        Sampling(
            claim_id=claimed.id,
            job_id=job.id,
            answers=10,
            drawn={},
            sampled_at=session.get_one(Claim, claimed.id).claimed_at,
        )
    )
    session.flush()
    assert sampling.misdrawn(session, job) == [claimed.id]
    assert [finding.subject for finding in draws_follow(session)] == [public("claim", claimed.id)]
    session.rollback()


def test_a_redo_comes_back_to_its_reviewer_and_is_not_drawn_again(session: Session) -> None:
    market = make_market(session, items_count=1, review=ReviewPolicy(mode="sample", first_every=1))
    worker = make_worker(session)
    claimed, _ = claim_and_submit(session, worker, open_batch(session, market))
    draw_answers(inside(session))
    (answer,) = answers_of(session, claimed)
    assert answer.state == "submitted"
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer.id, "redo", **REASONS)])
    submit(session, worker, claimed.id, answers_to(claimed, "bad"), 2)
    assert draw_answers(inside(session)) == 0
    assert [line.id for line in review_queue.queue(session, market.reviewer).data] == [claimed.id]


def test_answers_that_disagree_are_always_reviewed(session: Session) -> None:
    policy = ReviewPolicy(mode="sample", first_every=1000, label_every=1000, floor_ppm=0)
    market = make_market(session, items_count=1, redundancy=2, review=policy)
    batch = open_batch(session, market)
    claim_and_submit(session, make_worker(session), batch, "good")
    second, _ = claim_and_submit(session, make_worker(session), batch, "bad")
    draw_answers(inside(session))
    (answer,) = answers_of(session, second)
    assert (answer.state, list(session.get_one(Sampling, second.id).drawn)) == ("submitted", [str(answer.id)])


def test_jobs_that_have_every_answer_reviewed_draw_nothing(session: Session) -> None:
    market = make_market(session, items_count=1)
    claim_and_submit(session, make_worker(session), open_batch(session, market))
    assert draw_answers(inside(session)) == 0
    assert len(review_queue.queue(session, market.reviewer).data) == 1
    with pytest.raises(DomainError, match="not_found"):
        review_queries.draw_summary(session, market.requester, market.job.id)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"mode": "some"}, "/review/mode"),
        ({"first_every": 0}, "/review/first_every"),
        ({"then_every": 1001}, "/review/then_every"),
        ({"floor_ppm": -1}, "/review/floor_ppm"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(session: Session, change: dict[str, object], pointer: str) -> None:
    with pytest.raises(DomainError, match="invalid") as refused:
        make_market(session, review=ReviewPolicy(**change))  # type: ignore[arg-type]
    assert [error.pointer for error in refused.value.errors] == [pointer]


def quiet(policy: ReviewPolicy, worker: uuid.UUID, label: str) -> bytes:
    """The first secret under which none of six answers of this worker with this label is drawn."""
    seeds = (f"quiet {number}".encode() for number in itertools.count())
    return next(
        seed
        for seed in seeds
        if not any(
            worker_draws(policy, seed, worker.hex, index) or label_draws(policy, seed, label, index)
            for index in range(6)
        )
    )


@pytest.mark.parametrize(("label", "reviewed"), [("good", 0), ("bad", 6)])
def test_every_answer_of_a_claim_whose_known_item_was_answered_wrongly_is_reviewed(
    session: Session, label: str, reviewed: int
) -> None:
    policy = ReviewPolicy(mode="sample", first_every=1000, label_every=1000, floor_ppm=0)
    market = make_gold_market(session, items_count=6, gold=1, review=policy)
    batch = open_batch(session, market, items_per_task=6)
    worker = make_worker(session)
    assert worker.person_id is not None
    # The secret is one under which nothing of this claim is drawn, whatever id this worker has got.
    session.add(
        SamplingSeed(job_id=market.job.id, seed=quiet(policy, worker.person_id, label), created_at=batch.created_at)
    )
    session.flush()
    claimed = claim_next(session, worker, batch.id)
    submit(session, worker, claimed.id, {item.id: {"label": label} for item in claimed.items}, 1)
    assert draw_answers(inside(session)) == 1
    assert list(states(session, market.job.id).values()).count("submitted") == reviewed
    assert set(session.get_one(Sampling, claimed.id).drawn.values()) == ({"gold"} if reviewed else set())
    assert sampling.misdrawn(session, market.job) == []

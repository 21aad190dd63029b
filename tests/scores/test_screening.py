"""Jobs that ask for a score: who finds and claims their tasks, by whichever way."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.labels import KINDS
from marketplace.jobs.models import Job
from marketplace.jobs.screening import Screening, screening_errors
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.scores.reckoning import FRESH
from marketplace.work.claiming import claim_next, claim_several, claim_task
from marketplace.work.finding import open_batches
from marketplace.work.models import Batch, Task
from tests.builders.scores import scored
from tests.builders.screening import days_pass
from tests.builders.work import make_market, make_worker, open_batch


def asking(session: Session, score_min: int, score_unknown: str = "admit") -> Batch:
    screening = Screening(score_min=score_min, score_unknown=score_unknown)
    return open_batch(session, make_market(session, items_count=9, screening=screening))


def admitted(session: Session, worker: Actor, batch: Batch) -> bool:
    """Whether the worker finds the batch, which claims from it must agree with, of every kind."""
    found = batch.id in {line.id for line in open_batches(session, worker, limit=200).data}
    task_id = session.scalars(select(Task.id).where(Task.batch_id == batch.id).limit(1)).one()
    for take in (
        lambda: claim_task(session, worker, task_id),
        lambda: claim_next(session, worker, batch.id),
        lambda: claim_several(session, worker, 2, batch.id),
    ):
        if found:
            take()
            continue
        with pytest.raises(DomainError, match="screened_out") as refused:
            take()
        assert refused.value.data["score_min"] == session.get_one(Job, batch.job_id).screening_score_min
    return found


def test_who_scores_as_much_as_the_job_asks_for_is_admitted_and_who_scores_less_is_not(session: Session) -> None:
    worker = scored(session, right=16, wrong=4)
    assert admitted(session, worker, asking(session, 80))
    assert not admitted(session, worker, asking(session, 81))
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, scored(session, right=10, wrong=10))


@pytest.mark.parametrize(("unknown", "expected"), [("admit", True), ("refuse", False)])
def test_whose_score_is_not_known_is_admitted_or_refused_as_the_job_says(
    session: Session, unknown: str, expected: bool
) -> None:
    assert admitted(session, make_worker(session), asking(session, 80, unknown)) is expected
    over = scored(session, right=0, wrong=20)
    assert not admitted(session, over, asking(session, 80, unknown)), "known to be low"
    days_pass(session, FRESH.days + 1)
    assert admitted(session, over, asking(session, 80, unknown)) is expected, "not known any more"


def test_a_score_at_one_kind_of_labeling_says_nothing_of_another(session: Session) -> None:
    worker = scored(session, right=20)
    screening = Screening(score_min=80, score_unknown="refuse")
    kind = KINDS["free_text"].EXAMPLE
    market = make_market(session, items_count=2, screening=screening, kind="free_text", label_schema=dict(kind.schema))
    assert not admitted(session, worker, open_batch(session, market))


def test_the_refusal_says_in_words_what_is_asked_for(session: Session) -> None:
    worker = scored(session, right=10, wrong=10)
    with pytest.raises(DomainError) as refused:
        claim_next(session, worker, asking(session, 90).id)
    assert refused.value.detail == (
        "This job is for workers with a score of 90 or more, or none yet, for this kind of work."
    )
    with pytest.raises(DomainError) as refused:
        claim_next(session, worker, asking(session, 90, "refuse").id)
    assert refused.value.detail == "This job is for workers with a score of 90 or more for this kind of work."


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        (Screening(score_min=0), "/screening/score_min"),
        (Screening(score_min=101), "/screening/score_min"),
        (Screening(score_min=50, score_unknown="perhaps"), "/screening/score_unknown"),
        (Screening(score_unknown="refuse"), "/screening/score_unknown"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(asked: Screening, pointer: str) -> None:
    assert [error.pointer for error in screening_errors(asked)] == [pointer]


def test_a_job_that_asks_for_no_score_has_the_digest_that_it_always_had() -> None:
    assert Screening().to_wire() == {"countries": [], "languages": [], "skills": []}
    assert Screening(score_min=80).to_wire()["score_min"] == 80

"""Reads for clients: how far a job is, and what it brought."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Item, JobRate
from marketplace.kernel.actor import Actor
from marketplace.work import corrections
from marketplace.work.consensus_models import ItemConsensus
from marketplace.work.consensus_queries import of_items, own_or_staffs
from marketplace.work.models import Answer, Batch, Claim, Review, Seat, Task
from marketplace.work.overlap_queries import overlap_progress
from marketplace.work.states import PAID_ANSWER
from marketplace.work.views import Progress, Result


def progress(session: Session, actor: Actor, job_id: uuid.UUID) -> Progress:
    """Counts for the job's client and the platform's staff; raises forbidden, not_found."""
    actor.require("task.read")
    job = own_or_staffs(session, actor, job_id)
    items, prelabeled = session.execute(
        select(
            func.coalesce(func.sum(JobRate.item_count), 0), func.coalesce(func.sum(JobRate.prelabeled_item_count), 0)
        ).where(JobRate.job_id == job_id)
    ).one()
    total = session.execute(
        select(
            func.coalesce(func.sum(Batch.task_count), 0),
            func.coalesce(func.sum(Batch.task_count * Batch.seats_per_task + Batch.seats_added), 0),
            func.coalesce(func.sum(Batch.seats_released), 0),
            func.coalesce(func.sum(Batch.seats_withdrawn), 0),
        ).where(Batch.job_id == job_id)
    ).one()
    tasks, wanted, released, withdrawn = (int(value) for value in total)
    of_job = select(Batch.id).where(Batch.job_id == job_id)
    seats_open = session.execute(
        select(func.count()).select_from(Seat).where(Seat.batch_id.in_(of_job), Seat.state == "open")
    ).scalar_one()
    tasks_done = session.execute(
        select(func.count()).select_from(Task).where(Task.batch_id.in_(of_job), Task.state == "done")
    ).scalar_one()
    waiting = session.execute(
        select(func.count()).select_from(Claim).where(Claim.job_id == job_id, Claim.state == "submitted")
    ).scalar_one()
    states: Counter[str] = Counter()
    changes: Counter[bool | None] = Counter()
    for state, changed, count in session.execute(_answer_counts(job_id)):
        states[state] += count
        changes[changed] += count
    return Progress(
        items=int(items),
        items_withdrawn=sum(job_queries.withdrawn_counts(session, job_id).values()),
        tasks=tasks,
        tasks_done=tasks_done,
        seats_wanted=wanted,
        seats_released=released,
        seats_open=seats_open,
        seats_taken=released - withdrawn - seats_open,
        seats_withdrawn=withdrawn,
        waiting_for_review=waiting,
        answers=dict(sorted(states.items())),
        items_prelabeled=int(prelabeled),
        answers_as_prelabeled=changes[False],
        answers_unlike_prelabel=changes[True],
        overlap=None if job.overlap is None else overlap_progress(session, job_id),
    )


def _answer_counts(job_id: uuid.UUID) -> Select[str, bool | None, int]:
    return (
        select(Answer.state, Answer.prelabel_changed, func.count())
        .where(Answer.job_id == job_id)
        .group_by(Answer.state, Answer.prelabel_changed)
    )


def results(
    session: Session,
    actor: Actor,
    job_id: uuid.UUID,
    *,
    states: Sequence[str] = (),
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Result]:
    """The job's answers in the order they came; content only of what is paid for (rule 7: no data without pay).

    Agreement and consensus are those of the item's accepted answers (see `consensus_queries`), None until they are
    counted a moment after the verdict.
    """
    actor.require("result.read")
    own_or_staffs(session, actor, job_id)
    wanted = select(Answer, Item).join(Item, Item.id == Answer.item_id).where(Answer.job_id == job_id)
    if states:
        wanted = wanted.where(Answer.state.in_(states))
    page = paginate(session, wanted, keys=[Answer.id], cursor=cursor, limit=limit)
    answer_ids = [answer.id for answer, _ in page.data]
    together = of_items(session, [item.id for _, item in page.data])
    # A correction says what the content says: both are the client's once it is paid for.
    paid_ids = [answer.id for answer, _ in page.data if answer.state in PAID_ANSWER]
    corrected, deciders = corrections.of_answers(session, paid_ids), _deciders(session, answer_ids)
    found = [_result(answer, item, together.get(item.id)) for answer, item in page.data]
    return Page(
        [replace(one, correction=corrected.get(one.answer_id), decided_by=_decided_by(one, deciders)) for one in found],
        page.next_cursor,
    )


def _deciders(session: Session, answer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Whose the newest verdict on each answer is."""
    wanted = select(Review).where(Review.answer_id.in_(answer_ids)).order_by(Review.created_at, Review.id)
    return {review.answer_id: review.decided_by for review in session.scalars(wanted)}


def _decided_by(result: Result, deciders: Mapping[uuid.UUID, str]) -> str | None:
    if result.decided_at is None:
        return None
    by_dispute = result.state == "accepted_on_appeal"
    return "dispute" if by_dispute else deciders.get(result.answer_id)


def _result(answer: Answer, item: Item, together: ItemConsensus | None) -> Result:
    paid = answer.state in PAID_ANSWER
    return Result(
        answer_id=answer.id,
        item_id=item.id,
        external_id=item.external_id,
        rate_code=item.rate_code,
        ordinal=item.ordinal,
        state=answer.state,
        attempt=answer.attempt,
        used=paid and answer.state != "paid_not_used",
        content=answer.content if paid else None,
        submitted_at=answer.submitted_at,
        decided_at=answer.decided_at,
        agreement=None if together is None else together.agreement,
        consensus=None if together is None else together.value,
        adjudicated=together is not None and together.method == "adjudicated",
        prelabel_changed=answer.prelabel_changed if paid else None,
        correction=None,
        decided_by=None,
    )

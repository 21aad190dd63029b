"""Comparing the answers to finished tasks: items that agree stop early, the others want one more answer."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.contracts.models import Contract
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.overlap import Overlap
from marketplace.kernel.actor import system_actor
from marketplace.kernel.money import PPM, Money
from marketplace.quality.stopping import enough
from marketplace.work import events
from marketplace.work.parties import side_above
from marketplace.work.releasing import release

_STATEMENTS = load(__file__, "overlap.sql")
TASKS_AT_ONCE: Final = 200


def judge_one_job(session: Session) -> int:
    """Sweep: compare the answers to some finished tasks of one job; returns to how many tasks.

    What its items will not want any more is free again, and releases later seats.
    """
    job_id = session.execute(_STATEMENTS.job_to_judge).scalar_one_or_none()
    # Under the lock no task is finished, withdrawn or raised, and no other process compares the same ones.
    return 0 if job_id is None else judge(session, lock_job(session, job_id))


def judge(session: Session, job: Job, limit: int = TASKS_AT_ONCE) -> int:
    """Compare the answers to up to `limit` finished tasks of the job; the caller holds the job's lock."""
    overlap = job.overlap
    tasks = session.execute(_STATEMENTS.tasks_to_judge, {"job_id": job.id, "limit": limit}).all()
    if not tasks or overlap is None:
        return 0
    of_task: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in session.execute(_STATEMENTS.contents_of_tasks, {"task_ids": [task.id for task in tasks]}):
        of_task[row.task_id].append(row)
    deciders = _deciders(session, {task.contract_id for task in tasks})
    found: Counter[str] = Counter()
    lines: list[dict[str, Any]] = []
    stopped: list[int] = []
    freed = 0
    for task in tasks:
        answers = 0
        for row in of_task[task.id]:
            held = row.answers_held if task.extends else task.answers_held // task.item_count
            state = _state(job, overlap, row.contents or [], held, task.batch_state)
            found[state] += 1
            if state != "waiting":
                answers += held
            if task.extends or state not in {"agreed", "ended"}:
                lines.append(_line(task, row, state, held, deciders[task.contract_id]))
        stopped.append(answers)
        freed += answers * task.price_amount
    if lines:
        columns = {name: [line[name] for line in lines] for name in lines[0]}
        session.execute(_STATEMENTS.write_items, {"job_id": job.id, **columns})
    session.execute(_STATEMENTS.close_tasks, {"task_ids": [task.id for task in tasks], "stopped": stopped})
    _free(session, job, len(tasks), found, Money(freed, job.currency))
    return len(tasks)


def _state(job: Job, overlap: Overlap, contents: Sequence[dict[str, Any]], held: int, batch_state: str) -> str:
    chance = overlap.posterior_min_ppm
    if enough(
        contents,
        agreement_min=overlap.agreement_min_ppm / PPM,
        posterior_min=None if chance is None else chance / PPM,
        classes=len(job.label_schema.get("classes", ())),
    ):
        return "agreed"
    if held > 0:
        return "waiting"
    # Of tasks taken back half done there may be nothing to choose between.
    return "open" if batch_state == "open" or len(contents) > 1 else "ended"


def _deciders(session: Session, contract_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID | None]:
    """The side next above the one that opened the tasks, by contract; None where only the platform is another."""
    sellers = {
        contract_id: session.get_one(Contract, contract_id).seller_organization_id for contract_id in contract_ids
    }
    return {contract_id: side_above(session, contract_id, seller) for contract_id, seller in sellers.items()}


def _line(task: Any, row: Any, state: str, held: int, decider: uuid.UUID | None) -> dict[str, Any]:
    return {
        "item_ids": row.item_id,
        "root_batch_ids": task.root_batch_id,
        "ordinals": row.ordinal,
        "task_ids": task.id,
        "answers_held": held if state == "waiting" else 0,
        "for_organization_ids": decider,
        "states": state,
    }


def _free(session: Session, job: Job, tasks: int, found: Counter[str], freed: Money) -> None:
    if not freed.is_zero:
        reserve.uncommit(session, job.id, freed)
    audit.record(
        session,
        events.OVERLAP_JUDGED,
        system_actor("judge_overlap"),
        subject=("job", job.id),
        organizations=[job.organization_id],
        body={
            "tasks": tasks,
            "agreed": found["agreed"],
            "waiting": found["waiting"],
            "open": found["open"],
            "uncommitted": freed.to_wire(),
        },
    )
    if not freed.is_zero:
        release(session, job)


def drop_held(session: Session, job: Job, batch_ids: Collection[uuid.UUID]) -> Money:
    """No item of these batches, which are withdrawn, gets further answers; returns what was committed for that.

    The caller holds the job's lock and uncommits it. Items that waited are open for a third person to decide.
    """
    if job.overlap is None:
        return Money.zero(job.currency)
    amount = session.execute(_STATEMENTS.drop_held, {"batch_ids": sorted(batch_ids)}).scalar_one()
    return Money(int(amount), job.currency)


def end_items(session: Session, job: Job, batch_ids: Collection[uuid.UUID]) -> None:
    """Open the items of withdrawn tasks for a third person to decide, and uncommit what was held for them."""
    if job.overlap is None:
        return
    amount = session.execute(_STATEMENTS.end_items, {"batch_ids": sorted(batch_ids)}).scalar_one()
    if amount:
        reserve.uncommit(session, job.id, Money(int(amount), job.currency))

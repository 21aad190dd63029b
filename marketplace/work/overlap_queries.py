"""Reads of items that stop early or get further answers."""

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.work.models import Task
from marketplace.work.overlap_models import OverlapItem


@dataclass(frozen=True, slots=True)
class OverlapProgress:
    """How many items wait for one more answer to be asked for, are asked for it now, wait for a third person's
    decision, and got it; how many further answers are paid for in case they are wanted, and how many will never be.
    """

    items_waiting: int
    items_extended: int
    items_to_adjudicate: int
    items_adjudicated: int
    answers_held: int
    answers_stopped: int


def overlap_progress(session: Session, job_id: uuid.UUID) -> OverlapProgress:
    """The counts of one job."""
    by_state = select(OverlapItem.state, func.count(), func.sum(OverlapItem.answers_held))
    found = {
        state: (count, int(held))
        for state, count, held in session.execute(
            by_state.where(OverlapItem.job_id == job_id).group_by(OverlapItem.state)
        )
    }
    of_tasks = select(func.sum(Task.answers_held), func.sum(Task.answers_stopped)).where(Task.job_id == job_id)
    held, stopped = session.execute(of_tasks).one()
    nothing = (0, 0)
    return OverlapProgress(
        items_waiting=found.get("waiting", nothing)[0],
        items_extended=found.get("extended", nothing)[0],
        items_to_adjudicate=found.get("open", nothing)[0],
        items_adjudicated=found.get("adjudicated", nothing)[0],
        answers_held=int(held or 0) + sum(count for _, count in found.values()),
        answers_stopped=int(stopped or 0),
    )

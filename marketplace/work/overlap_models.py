"""Items on whose answers there was no agreement, and who may not answer them again."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base


class OverlapItem(Base):
    """An item whose answers did not agree when its first task was done; those that did agree have no row.

    `waiting` until it is put into a task for one more answer, `extended` while it is in one; then `agreed`, waiting
    again, or, when no more answers are to come, `open` for a third person to decide, who makes it `adjudicated`;
    `ended` when its tasks were withdrawn before there was anything to decide. `root_batch_id` is the batch it was
    opened in first, `task_id` its newest task, `since` (market time) when it came to its state, `answers_held` how
    many more answers it may get, for which the root batch's price is committed.
    """

    __tablename__ = "overlap_item"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'extended', 'agreed', 'open', 'adjudicated', 'ended')", name="state"),
        CheckConstraint("answers_held >= 0", name="answers_held"),
        CheckConstraint("answers_held = 0 OR state IN ('waiting', 'extended')", name="held_while_wanted"),
        CheckConstraint("answers_held > 0 OR state <> 'waiting'", name="waiting_for_something"),
        Index("ix_overlap_item_wanted", "root_batch_id", postgresql_where=text("state IN ('waiting', 'extended')")),
        Index("ix_overlap_item_task_id", "task_id"),
        Index("ix_overlap_item_open", "job_id", "since", "item_id", postgresql_where=text("state = 'open'")),
    )

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item.id"), primary_key=True)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    root_batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"))
    ordinal: Mapped[int]
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("task.id"))
    answers_held: Mapped[int]
    for_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    state: Mapped[str]
    since: Mapped[dt.datetime]


class TaskExclusion(Base):
    """A worker who answered an item of a task before, in another task, and may not claim this one."""

    __tablename__ = "task_exclusion"

    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("task.id"), primary_key=True)
    worker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"), primary_key=True)


class Adjudication(Base):
    """What a third person decided of an item without agreement: an answer that is there, or one of their own."""

    __tablename__ = "adjudication"
    __table_args__ = (APPEND_ONLY,)

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("overlap_item.item_id"), primary_key=True)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), index=True)
    answer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("answer.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str]
    decided_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    decided_at: Mapped[dt.datetime]

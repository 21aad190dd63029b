"""Disputes about rejections."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id


class Dispute(Base):
    """A worker contests a rejection, or a redo that lapsed; silence until `deadline_at` decides for the worker."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'answered', 'upheld', 'overturned')", name="state"),
        CheckConstraint("(state IN ('upheld', 'overturned')) = (decided_at IS NOT NULL)", name="decided"),
        Index("ix_dispute_waiting", "deadline_at", postgresql_where=text("state IN ('open', 'answered')")),
        Index("ix_dispute_opened_by", "opened_by_person_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer.id"), unique=True)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    opened_by_person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    opened_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime]
    response: Mapped[str | None]
    responded_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None]

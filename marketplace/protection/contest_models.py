"""What workers say against decisions about them."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


class DecisionContest(Base):
    """A worker's objection to one decision, which is an event of the log; operations answer it in words."""

    __tablename__ = "decision_contest"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answered"),
        Index("ix_decision_contest_waiting", "contested_at", postgresql_where=text("outcome IS NULL")),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"), primary_key=True)
    reason: Mapped[str]
    contested_at: Mapped[dt.datetime]
    outcome: Mapped[str | None]
    answered_at: Mapped[dt.datetime | None]
    answered_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))

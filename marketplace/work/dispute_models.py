"""Disputes about rejections, and the one appeal that each may have."""

import datetime as dt
import uuid
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id

APPEAL_WITHIN: Final = dt.timedelta(days=7)
"""How long the side that lost a dispute can appeal."""


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


class Appeal(Base):
    """The one appeal against how a dispute was decided: by the worker when it was upheld, else by the rejecting side.

    What was paid stays paid: an appeal of the rejecting side ("rejecting") only says whether its verdict was right, for
    its statistics. Silence until `deadline_at` decides for the worker.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("side IN ('worker', 'rejecting')", name="side"),
        CheckConstraint("state IN ('open', 'granted', 'dismissed')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        Index("ix_appeal_waiting", "deadline_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("dispute.id"), unique=True)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    side: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    opened_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    opened_by_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    reason: Mapped[str]
    opened_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime]
    decided_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None]


def appeal_until(dispute: Dispute, appeal: Appeal | None) -> dt.datetime | None:
    """Until when the side that lost a dispute can appeal; None while it is undecided, and once there was an appeal."""
    return None if dispute.decided_at is None or appeal is not None else dispute.decided_at + APPEAL_WITHIN

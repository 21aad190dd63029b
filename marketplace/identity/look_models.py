"""Looks of the platform's staff at the pages of others. Real time."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id


class Look(Base):
    """A member of staff looks at a person's pages, as a worker or in an organization; one at a time.

    Begun in one signed-in browser (`web_session_id`, which may be gone by now), of whose cookie only the SHA-256 is
    kept. It shows nothing any more when it has `ended_at`, from `expires_at` on, and without that sign-in.
    """

    __tablename__ = "look"
    __table_args__ = (
        CheckConstraint("face IN ('work', 'console')", name="face"),
        CheckConstraint("(face = 'work') = (organization_id IS NULL)", name="worker_has_no_organization"),
        CheckConstraint("staff_person_id <> person_id", name="at_another"),
        Index("ix_look_person_id", "person_id", "id"),
        Index("uq_look_going_on", "staff_person_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_look_expires_at", "expires_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    web_session_id: Mapped[uuid.UUID]
    staff_person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    face: Mapped[str]
    reason: Mapped[str]
    began_at: Mapped[dt.datetime] = mapped_column(server_default=func.statement_timestamp())
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]

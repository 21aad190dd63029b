"""Table: acceptances that were a clerical mistake, mirrored by two people (J10a)."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, and_, exists, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id
from marketplace.settlement.models import Earning


class AcceptanceMirror(Base):
    """One person of operations says that a journal J3 accepted answers by mistake, another confirms it or does not.

    Confirmed, `mirror_journal_id` takes fee and margins back; the worker's pay stays, and the platform bears it.
    """

    __tablename__ = "acceptance_mirror"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'confirmed', 'rejected')", name="state"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'proposed') = (decided_by_person_id IS NULL)", name="decided_by"),
        CheckConstraint("(state = 'confirmed') = (mirror_journal_id IS NOT NULL)", name="confirmed_has_its_journal"),
        CheckConstraint("decided_by_person_id <> proposed_by_person_id", name="two_people"),
        Index(
            "uq_acceptance_mirror_journal_id", "journal_id", unique=True, postgresql_where=text("state <> 'rejected'")
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    journal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal.id"))
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'proposed'"))
    proposed_by_person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    decided_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    mirror_journal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal.id"))


def taken_back() -> ColumnElement[bool]:
    """Over Earning: whether it is a margin whose acceptance was mirrored; a worker's is never taken back."""
    mirrored = exists().where(AcceptanceMirror.journal_id == Earning.journal_id, AcceptanceMirror.state == "confirmed")
    return and_(Earning.payee_kind == "layer", mirrored)

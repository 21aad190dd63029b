"""Reports of workers whom somebody asked to pay for work (rule 10)."""

import datetime as dt
import uuid
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id

FEE_REPORT_STATES: Final = ("open", "upheld", "dismissed")


class FeeReport(Base):
    """A worker says that an organization, or somebody for it, asked them for money in order to work.

    `freezes` says whether the report holds the organization's offers while it is open: the worker had to do with it
    before. An upheld one holds them until `frozen_until`. The organization never learns who reported.
    """

    __tablename__ = "fee_report"
    __table_args__ = (
        CheckConstraint(f"state IN {FEE_REPORT_STATES}", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'upheld') = (frozen_until IS NOT NULL)", name="upheld_ends"),
        CheckConstraint("(state = 'open') = (decision_reason IS NULL)", name="says_why"),
        Index(
            "uq_fee_report_open", "organization_id", "worker_id", unique=True, postgresql_where=text("state = 'open'")
        ),
        Index("ix_fee_report_worker_id", "worker_id", "id"),
        Index("ix_fee_report_freezing", "organization_id", postgresql_where=text("state IN ('open', 'upheld')")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    worker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"))
    amount: Mapped[str | None]
    how: Mapped[str]
    freezes: Mapped[bool]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    created_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decision_reason: Mapped[str | None]
    frozen_until: Mapped[dt.datetime | None]

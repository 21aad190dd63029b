"""Tasks that workers skipped, and why."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base

SKIP_REASONS = ("too_hard", "unclear", "broken_item", "distressing", "other")


class Skip(Base):
    """A worker gave a first attempt back and does not want the task again; `item_id` is what it was about, if named.

    Who it was is not for the organization that opened the task, and stands in the claim alone.
    """

    __tablename__ = "skip"
    __table_args__ = (
        CheckConstraint(f"reason IN {SKIP_REASONS}", name="reason"),
        CheckConstraint("reason <> 'broken_item' OR item_id IS NOT NULL", name="names_broken_item"),
        Index("ix_skip_contract_id", "contract_id", "reason", "item_id"),
        APPEND_ONLY,
    )

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"))
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("task.id"))
    item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("item.id"))
    reason: Mapped[str]
    created_at: Mapped[dt.datetime]

"""Changes of where payees are paid, which wait before they take effect."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.db.sealed import SealedField
from marketplace.kernel.ids import new_id


class PayoutDestinationChange(Base):
    """Where a payee wants to be paid from `takes_effect_at` on; all of its times are real time.

    No row can take effect earlier than 48 hours after it was asked for, whatever program writes it.
    """

    __tablename__ = "payout_destination_change"
    __table_args__ = (
        CheckConstraint("payee_kind IN ('worker', 'organization')", name="payee_kind"),
        CheckConstraint("state IN ('waiting', 'effective', 'cancelled')", name="state_known"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("takes_effect_at >= asked_at + interval '48 hours'", name="delayed"),
        CheckConstraint("state <> 'effective' OR ended_at >= takes_effect_at", name="effective_when_due"),
        Index(
            "uq_payout_destination_change_waiting",
            "payee_id",
            "rail",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_payout_destination_change_due", "takes_effect_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    payee_id: Mapped[uuid.UUID]
    rail: Mapped[str]
    payee_kind: Mapped[str]
    destination_sealed: Mapped[bytes]
    destination_digest: Mapped[bytes]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[dt.datetime]
    takes_effect_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


CHANGE = SealedField(PayoutDestinationChange, "destination", within=("rail",))

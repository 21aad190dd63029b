"""The table of what finance holds of what is due to a payee, why and how long."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id


class PayHold(Base):
    """That finance holds what is due to a payee: all of it and what falls due meanwhile, or these installments.

    It holds from `placed_at` on, and no more from the market day `ends_on` on, or until it is released where there is
    none. A worker's always ends. One that is asked for longer than one person alone may hold has that end as
    `asked_until`, and it becomes `ends_on` once another person confirms it.
    """

    __tablename__ = "pay_hold"
    __table_args__ = (
        Index("ix_pay_hold_open", "payee_id", postgresql_where=text("released_at IS NULL")),
        CheckConstraint("payee_kind IN ('worker', 'layer')", name="payee_kind_known"),
        CheckConstraint("cardinality(installment_ids) > 0", name="of_something"),
        CheckConstraint("payee_kind <> 'worker' OR ends_on IS NOT NULL", name="of_workers_ends"),
        CheckConstraint("asked_until >= ends_on", name="asked_for_longer"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed_at_a_moment"),
        CheckConstraint(
            "confirmed_by IS NULL OR (confirmed_by <> placed_by AND asked_until IS NOT NULL)", name="two_people"
        ),
        CheckConstraint(
            "(released_by IS NULL) = (released_at IS NULL) AND (released_by IS NULL) = (release_reason IS NULL)",
            name="released_with_a_reason",
        ),
        CheckConstraint(
            "placed_by <> payee_id AND confirmed_by <> payee_id AND released_by <> payee_id", name="not_ones_own"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    payee_kind: Mapped[str]
    payee_id: Mapped[uuid.UUID]
    installment_ids: Mapped[list[uuid.UUID] | None] = mapped_column(ARRAY(Uuid))
    reason: Mapped[str]
    ends_on: Mapped[dt.date | None]
    asked_until: Mapped[dt.date | None]
    placed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    placed_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[dt.datetime | None]
    released_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    released_at: Mapped[dt.datetime | None]
    release_reason: Mapped[str | None]

    @property
    def to_confirm(self) -> bool:
        """Whether it was asked for longer than it holds until another person confirms it."""
        return self.asked_until is not None and self.confirmed_by is None

    def state_on(self, today: dt.date) -> str:
        """holding, released or ended, on a market day."""
        if self.released_at is not None:
            return "released"
        return "holding" if self.ends_on is None or self.ends_on > today else "ended"

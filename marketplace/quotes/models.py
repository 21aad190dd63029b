"""Tables: rates, and in which currency payees want to be paid. Times are market time."""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, func
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.rates import Rate

FINANCE = "finance"
"""The source of the rates that people of finance set; any other is the name of the rail that gave it."""


class ExchangeRate(Base):
    """A rate as it was given: `rate` with all its digits, `value` the same for sums in the database; never changed."""

    __tablename__ = "exchange_rate"
    __table_args__ = (
        CheckConstraint("sold <> bought", name="two_currencies"),
        CheckConstraint("value > 0 AND value = CAST(rate AS numeric)", name="value_is_rate"),
        CheckConstraint("valid_until > taken_at", name="valid_for_a_while"),
        CheckConstraint("(source = 'finance') = (set_by IS NOT NULL)", name="finance_is_a_person"),
        Index(None, "sold", "bought", "taken_at"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    sold: Mapped[str]
    bought: Mapped[str]
    rate: Mapped[str]
    value: Mapped[Decimal] = mapped_column(Numeric)
    source: Mapped[str]
    set_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    taken_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    valid_until: Mapped[dt.datetime]

    @property
    def exact(self) -> Rate:
        """The rate as a number that changes amounts."""
        return Rate(self.sold, self.bought, self.rate)


class PayoutCurrency(Base):
    """The currency in which a payee wants to be paid on a rail; None is the one in which each amount is owed."""

    __tablename__ = "payout_currency"
    __table_args__ = (CheckConstraint("payee_kind IN ('worker', 'organization')", name="payee_kind"),)

    payee_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    rail: Mapped[str] = mapped_column(primary_key=True)
    payee_kind: Mapped[str]
    currency: Mapped[str | None]
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())

"""What payees' own banks did not take. Amounts at ledger scale, times market time."""

import datetime as dt
import uuid
from typing import Final

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

STATES: Final = ("open", "over")


class BankRefusal(Base):
    """A payment from a payee's account at a rail to their own bank that came back to that account.

    None of our money moved: what we transferred to the account stays settled. `reference` is the rail's id of the
    payment and `bank_account` its token of where it went. Open (`ended_at` not set) while it keeps payouts to that
    account from being made.
    """

    __tablename__ = "bank_refusal"
    __table_args__ = (
        UniqueConstraint("rail", "reference"),
        CheckConstraint("payee_kind IN ('worker', 'organization')", name="payee_kind"),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_bank_refusal_open", "payee_id", "rail", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    payee_kind: Mapped[str]
    payee_id: Mapped[uuid.UUID]
    rail: Mapped[str]
    reference: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    code: Mapped[str]
    bank_account: Mapped[str]
    made_at: Mapped[dt.datetime]
    noted_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    ended_at: Mapped[dt.datetime | None]

    @property
    def money(self) -> Money:
        """What the bank did not take."""
        return Money(self.amount, self.currency)

    @property
    def state(self) -> str:
        """Whether it still keeps payouts to that account from being made."""
        return "open" if self.ended_at is None else "over"

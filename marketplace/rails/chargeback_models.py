"""Payments that a rail took back because the payer disputed them. Amounts at ledger scale, times market time."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money


class Chargeback(Base):
    """One dispute of a client's payment; `reference` is the rail's id of it, and `fee` what the rail charged for it.

    Of the amount, `collected` was paid by the client, `written_off` is the platform's loss, `returned` the rail brought
    back; the rest is receivable (1230). For that, `frozen` of the client's money is kept (2160), and the platform has
    put in `topped_up` of its own. `steps` counts its journals.
    """

    __tablename__ = "chargeback"
    __table_args__ = (
        UniqueConstraint("rail", "reference"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("state IN ('open', 'won', 'lost')", name="state"),
        CheckConstraint(
            "fee_amount >= 0 AND frozen_amount >= 0 AND collected_amount >= 0 AND written_off_amount >= 0 "
            "AND returned_amount >= 0 AND topped_up_amount >= 0",
            name="parts_not_negative",
        ),
        CheckConstraint(
            "frozen_amount <= amount - collected_amount - written_off_amount - returned_amount", name="parts_fit"
        ),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_its_moment"),
        Index(None, "organization_id", "opened_at"),
        Index(None, "deposit_id"),
        Index(
            "ix_chargeback_unsettled",
            "id",
            postgresql_where=text(
                "collected_amount + written_off_amount + returned_amount < amount OR topped_up_amount > 0"
            ),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    deposit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("deposit.id"))
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    rail: Mapped[str]
    reference: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    fee_amount: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    frozen_amount: Mapped[int] = mapped_column(server_default=text("0"))
    collected_amount: Mapped[int] = mapped_column(server_default=text("0"))
    written_off_amount: Mapped[int] = mapped_column(server_default=text("0"))
    returned_amount: Mapped[int] = mapped_column(server_default=text("0"))
    topped_up_amount: Mapped[int] = mapped_column(server_default=text("0"))
    steps: Mapped[int] = mapped_column(server_default=text("0"))
    opened_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    closed_at: Mapped[dt.datetime | None]

    @property
    def label(self) -> str:
        """Its public id, which names its accounts 1230 and 2160."""
        return public("chargeback", self.id)

    @property
    def money(self) -> Money:
        """What was charged back."""
        return Money(self.amount, self.currency)

    @property
    def fee(self) -> Money:
        """What the rail charged for it."""
        return Money(self.fee_amount, self.currency)

    @property
    def frozen(self) -> Money:
        """What of the client's money is kept for it (2160)."""
        return Money(self.frozen_amount, self.currency)

    @property
    def collected(self) -> Money:
        """What the client has paid for it, once it was lost."""
        return Money(self.collected_amount, self.currency)

    @property
    def written_off(self) -> Money:
        """What the platform has given up."""
        return Money(self.written_off_amount, self.currency)

    @property
    def topped_up(self) -> Money:
        """What the platform has put in of its own while it is neither back nor paid."""
        return Money(self.topped_up_amount, self.currency)

    @property
    def receivable(self) -> Money:
        """What the client still owes (1230)."""
        gone = self.collected_amount + self.written_off_amount + self.returned_amount
        return Money(self.amount - gone, self.currency)

    @property
    def uncovered(self) -> Money:
        """What the client owes and no frozen money stands for."""
        return self.receivable - self.frozen

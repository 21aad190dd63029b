"""Tables: tax on its way to its authority, and of which payouts or documents for clients it is."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


class TaxRemittance(Base):
    """What is paid to one authority in one currency for a period, proposed by one person and approved by another.

    `tax` is what was `withheld` from payouts, or the `sales` tax inside the fees of invoices and credit notes.
    `reference` is what the bank calls the payment, once it is paid. Days and times are market time.
    """

    __tablename__ = "tax_remittance"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'approved', 'paid', 'rejected')", name="state_known"),
        CheckConstraint("tax IN ('withheld', 'sales')", name="tax_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("first_on <= last_on", name="period"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint("state NOT IN ('approved', 'paid') OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "(state = 'paid') = (journal_id IS NOT NULL) AND (state = 'paid') = (paid_at IS NOT NULL) "
            "AND (state = 'paid') = (reference IS NOT NULL)",
            name="paid_whole",
        ),
        Index(None, "authority", "currency"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    tax: Mapped[str]
    authority: Mapped[str]
    currency: Mapped[str]
    first_on: Mapped[dt.date]
    last_on: Mapped[dt.date]
    amount: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'proposed'"))
    proposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    paid_at: Mapped[dt.datetime | None]
    reference: Mapped[str | None]
    journal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal.id"), unique=True)

    @property
    def money(self) -> Money:
        """What is paid."""
        return Money(self.amount, self.currency)


class TaxRemittanceLine(Base):
    """What of a remittance was withheld from one payout; below nothing for one that came back after it was remitted."""

    __tablename__ = "tax_remittance_line"
    __table_args__ = (CheckConstraint("amount <> 0", name="not_nothing"), Index(None, "payout_id"), APPEND_ONLY)

    remittance_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tax_remittance.id"), primary_key=True)
    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payout.id"), primary_key=True)
    amount: Mapped[int]


class TaxRemittanceDocument(Base):
    """What of a remittance is sales tax of one invoice; below nothing for a credit note."""

    __tablename__ = "tax_remittance_document"
    __table_args__ = (CheckConstraint("amount <> 0", name="not_nothing"), Index(None, "invoice_id"), APPEND_ONLY)

    remittance_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tax_remittance.id"), primary_key=True)
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    amount: Mapped[int]

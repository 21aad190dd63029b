"""Tables: documents with their lines and taxes, the numbers given out, and what a document says of its two sides.

Amounts are at ledger scale, times market time. A document is written once and never changed.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


class InvoiceCounter(Base):
    """The last number given out in a series and year."""

    __tablename__ = "invoice_counter"
    __table_args__ = (CheckConstraint("last > 0", name="last_positive"),)

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last: Mapped[int]


class Invoice(Base):
    """A receipt of a deposit, an invoice of a month's fees, or a credit note, with its number.

    gross = net + tax, and the sum of its lines. `journal_id` is the journal that it documents: the deposit's, the
    refund's, or the one that put the tax of fees aside; fees without tax have none of their own. `month`, by its first
    day, is that of fees. `credits_id` names the receipt of which a refund gives money back, or which is
    cancelled. `issuer` and `customer` are the two sides as they were on that day.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("series", "year", "number"),
        UniqueConstraint("journal_id"),
        Index(None, "organization_id", "id"),
        Index(None, "subject_id"),
        Index(
            "uq_invoice_fees",
            "organization_id",
            "currency",
            "month",
            unique=True,
            postgresql_where=text("month IS NOT NULL"),
        ),
        CheckConstraint("kind IN ('receipt', 'invoice', 'credit_note')", name="kind_known"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("gross > 0 AND tax >= 0 AND net + tax = gross", name="adds_up"),
        CheckConstraint("EXTRACT(day FROM month) = 1", name="first_of_month"),
        CheckConstraint("month IS NOT NULL OR (journal_id IS NOT NULL AND tax = 0)", name="documents_a_journal"),
        CheckConstraint("EXTRACT(year FROM issued_on) = year", name="year_of_issue"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    series: Mapped[str]
    year: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int]
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    currency: Mapped[str]
    net: Mapped[int]
    tax: Mapped[int]
    gross: Mapped[int]
    month: Mapped[dt.date | None]
    journal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal.id"))
    credits_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invoice.id"))
    subject_noun: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    issuer: Mapped[dict[str, Any]]
    customer: Mapped[dict[str, Any]]
    issued_on: Mapped[dt.date]
    issued_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))

    @property
    def full_number(self) -> str:
        """Series, year and number: `R-2027-000042`."""
        return f"{self.series}-{self.year}-{self.number:06d}"

    @property
    def month_text(self) -> str | None:
        """Of fees, their month: `2027-01`."""
        return None if self.month is None else f"{self.month:%Y-%m}"

    @property
    def net_money(self) -> Money:
        """Without tax."""
        return Money(self.net, self.currency)

    @property
    def tax_money(self) -> Money:
        """The taxes inside."""
        return Money(self.tax, self.currency)

    @property
    def money(self) -> Money:
        """All of it."""
        return Money(self.gross, self.currency)


class InvoiceLine(Base):
    """One line of a document."""

    __tablename__ = "invoice_line"
    __table_args__ = (APPEND_ONLY,)

    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    text: Mapped[str]
    amount: Mapped[int]
    job_id: Mapped[uuid.UUID | None]


class InvoiceTax(Base):
    """What of a document's gross is tax of one authority, at `rate_ppm` parts per million of the net."""

    __tablename__ = "invoice_tax"
    __table_args__ = (
        CheckConstraint("rate_ppm > 0 AND amount >= 0", name="rate_and_amount"),
        APPEND_ONLY,
    )

    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    authority: Mapped[str] = mapped_column(primary_key=True)
    rate_ppm: Mapped[int]
    amount: Mapped[int]


class InvoicedMonth(Base):
    """A month, by its first day, of which all fees are invoiced."""

    __tablename__ = "invoiced_month"
    __table_args__ = (CheckConstraint("EXTRACT(day FROM month) = 1", name="first_of_month"), APPEND_ONLY)

    month: Mapped[dt.date] = mapped_column(primary_key=True)
    invoiced_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))


class BillingDetail(Base):
    """What documents say of an organization, from then on; the newest counts."""

    __tablename__ = "billing_detail"
    __table_args__ = (Index(None, "organization_id", "id"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    legal_name: Mapped[str]
    address: Mapped[str]
    tax_number: Mapped[str]
    set_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))


class SalesTaxRate(Base):
    """An authority's rate on fees of clients in a country from a day on; the newest for a day counts, 0 ends it."""

    __tablename__ = "sales_tax_rate"
    __table_args__ = (
        Index(None, "country", "valid_from"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        CheckConstraint("rate_ppm BETWEEN 0 AND 1000000", name="rate"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    country: Mapped[str]
    authority: Mapped[str]
    rate_ppm: Mapped[int]
    valid_from: Mapped[dt.date]
    set_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))

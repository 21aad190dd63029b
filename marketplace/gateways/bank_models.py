"""The bank rail's own tables: what is to be paid by bank, the files it went into, and what statements say.

Amounts are in minor units (cents), as banks count. `bank_detail` is the one place of bank details and of what banks
say of people; the other tables name its rows.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.db.sealed import SealedField
from marketplace.kernel.money import Money


class BankDetail(Base):
    """A text that is sealed: a payment file, an account, or what a bank says of a line."""

    __tablename__ = "bank_detail"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    content_sealed: Mapped[bytes]


CONTENT = SealedField(BankDetail, "content")


class BankFile(Base):
    """A payment file for the bank, as it was made; never changed. `sha256` is of its bytes; `content_id` holds them."""

    __tablename__ = "bank_file"
    __table_args__ = (CheckConstraint("count > 0 AND minor_units > 0", name="not_empty"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    count: Mapped[int]
    minor_units: Mapped[int]
    sha256: Mapped[bytes]
    content_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_detail.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))

    @property
    def money(self) -> Money:
        """The control sum."""
        return Money.from_minor_units(self.minor_units, self.currency)


class BankInstruction(Base):
    """An order to pay an account, once for its key; `file_id` is the one file it went into, once it is in one.

    `reference` is its end-to-end id, by which a statement shows it again; none where it was refused. `destination_id`
    holds the destination as it was asked for; none where a refund's payer is not known. `ended_code` says why the bank
    will not execute it, by its own report or by the word of two people.
    """

    __tablename__ = "bank_instruction"
    __table_args__ = (
        CheckConstraint("kind IN ('transfer', 'refund')", name="kind"),
        CheckConstraint("minor_units > 0", name="amount_positive"),
        CheckConstraint("(reference IS NULL) = (refusal_code IS NOT NULL)", name="reference_or_refusal"),
        CheckConstraint(
            "file_id IS NULL OR (reference IS NOT NULL AND destination_id IS NOT NULL)", name="only_whole_in_file"
        ),
        CheckConstraint(
            "(ended_code IS NULL) = (ended_at IS NULL) AND (ended_code IS NULL OR file_id IS NOT NULL)",
            name="ended_whole",
        ),
        Index("ix_bank_instruction_transfer_group", "transfer_group"),
        Index("ix_bank_instruction_file_id", "file_id"),
        Index(
            "ix_bank_instruction_waiting",
            "currency",
            "id",
            postgresql_where=text("file_id IS NULL AND reference IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    request_hash: Mapped[bytes]
    kind: Mapped[str]
    transfer_group: Mapped[str]
    destination_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bank_detail.id"))
    minor_units: Mapped[int]
    currency: Mapped[str]
    reference: Mapped[str | None] = mapped_column(unique=True)
    refusal_code: Mapped[str | None]
    refusal_message: Mapped[str | None]
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bank_file.id"))
    ended_code: Mapped[str | None]
    ended_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())

    @property
    def money(self) -> Money:
        """What is to be paid."""
        return Money.from_minor_units(self.minor_units, self.currency)


class BankExpectation(Base):
    """A deposit that a client announced; `reference` is what the client must quote, none where it was refused."""

    __tablename__ = "bank_expectation"
    __table_args__ = (
        CheckConstraint("minor_units > 0", name="amount_positive"),
        CheckConstraint("reference IS NULL OR refusal_code IS NULL", name="reference_or_refusal"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    request_hash: Mapped[bytes]
    payer: Mapped[str]
    minor_units: Mapped[int]
    currency: Mapped[str]
    reference: Mapped[str | None] = mapped_column(unique=True)
    refusal_code: Mapped[str | None]
    refusal_message: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())


class BankStatement(Base):
    """A statement of one of our accounts, as the bank gave it; never changed. `sha256` is of what it says."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        UniqueConstraint("account", "statement_id"),
        Index("ix_bank_statement_account", "account", "closed_on", "number"),
        Index(None, "number"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Identity(always=True))
    account: Mapped[str]
    statement_id: Mapped[str]
    currency: Mapped[str]
    opening: Mapped[int]
    closing: Mapped[int]
    closed_on: Mapped[dt.date]
    line_count: Mapped[int]
    sha256: Mapped[bytes]
    imported_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    imported_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


class BankLine(Base):
    """One movement of an account by a statement: positive came in, negative went out; never changed.

    `kind` and `reference` say what it is to us (`marketplace.rails.port.RailLine`); `said_id` holds what the bank said
    of it, and `other_id` the account on its other side, where it named one.
    """

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("statement_id", "ordinal"),
        CheckConstraint("minor_units <> 0", name="not_nothing"),
        CheckConstraint("(kind = 'charge') = (deposit IS NOT NULL)", name="charge_of_deposit"),
        Index("ix_bank_line_reference", "reference"),
        Index("ix_bank_line_imported_at", "imported_at"),
        Index("ix_bank_line_deposit", "deposit", postgresql_where=text("deposit IS NOT NULL")),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    statement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_statement.id"))
    ordinal: Mapped[int]
    kind: Mapped[str]
    minor_units: Mapped[int]
    currency: Mapped[str]
    booked_on: Mapped[dt.date]
    reference: Mapped[str]
    deposit: Mapped[str | None]
    bank_reference: Mapped[str]
    said_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_detail.id"))
    other_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bank_detail.id"))
    imported_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())

    @property
    def money(self) -> Money:
        """What moved."""
        return Money.from_minor_units(self.minor_units, self.currency)


class BankCsvLayout(Base):
    """How the columns of a bank's CSV are read (`marketplace.rails.csv_layouts.CsvLayout`, in `body`), by name."""

    __tablename__ = "bank_csv_layout"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    body: Mapped[dict[str, Any]]
    saved_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())


class BankReport(Base):
    """A bank's report on a payment file (pain.002); never changed. `sha256` is of its bytes."""

    __tablename__ = "bank_report"
    __table_args__ = (Index(None, "file_id"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_file.id"))
    sha256: Mapped[bytes]
    imported_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    imported_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())


class BankReportLine(Base):
    """What a report says of one payment of its file, and what that did; never changed."""

    __tablename__ = "bank_report_line"
    __table_args__ = (
        CheckConstraint("effect IN ('refused', 'noted', 'contradicted')", name="effect"),
        Index(None, "instruction_id"),
        APPEND_ONLY,
    )

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank_report.id"), primary_key=True)
    instruction_id: Mapped[int] = mapped_column(ForeignKey("bank_instruction.id"), primary_key=True)
    status: Mapped[str]
    reason: Mapped[str | None]
    effect: Mapped[str]

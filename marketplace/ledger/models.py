"""The rows of double entry: accounts, journals, postings, and the balances of controlled accounts.

Amounts are at ledger scale. Times are market time. An unbalanced journal cannot be written: a posting is one row
that names the account debited, the account credited, and one amount in the currency of both.
"""

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id

# What the server makes of the expression, so that models and tables compare equal. Empty parts stay, so that no two
# accounts share a key; the due date is counted in days because a date's text depends on the session's settings.
ACCOUNT_KEY = (
    "((((((((((code)::text || '/'::text) || currency) || '/'::text) || COALESCE((owner_id)::text, ''::text)) || "
    "'/'::text) || COALESCE((contract_id)::text, ''::text)) || '/'::text) || "
    "COALESCE(((due_on - '2000-01-01'::date))::text, ''::text)) || '/'::text) || COALESCE(label, ''::text)"
)


class Account(Base):
    """One account of the chart: a code, a currency, and the dimensions that the chart asks for (`chart.py`).

    `key` is all of them as one text, made by the database: one account, one key, one index to find it by.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("id", "currency", name="uq_account_id_currency"),
        CheckConstraint("code BETWEEN 1000 AND 5999", name="code"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        Index("ix_account_owner_id", "owner_id", "code"),
        # The platform's own are few among those of payees.
        Index("ix_account_own", "code", postgresql_where=text("owner_id IS NULL")),
        Index("ix_account_dated", "code", "currency", "due_on", "id", postgresql_where=text("due_on IS NOT NULL")),
        Index("ix_account_undated", "code", "currency", "id", postgresql_where=text("due_on IS NULL")),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[int] = mapped_column(SmallInteger)
    currency: Mapped[str]
    owner_id: Mapped[uuid.UUID | None]
    contract_id: Mapped[uuid.UUID | None]
    due_on: Mapped[dt.date | None]
    label: Mapped[str | None]
    key: Mapped[str] = mapped_column(Computed(ACCOUNT_KEY, persisted=True), unique=True)


class Journal(Base):
    """One business event of money: its kind ("J3"), what it is about, and the key that makes it happen once."""

    __tablename__ = "journal"
    __table_args__ = (
        CheckConstraint("kind ~ '^J[0-9]{1,2}[a-z]?$'", name="kind"),
        CheckConstraint("reverses_id <> id", name="not_of_itself"),
        Index("ix_journal_subject", "subject_id", "subject_noun"),
        Index("ix_journal_kind", "kind", "effective_on", "id"),
        Index("ix_journal_effective_on", "effective_on", postgresql_using="brin"),
        Index("ix_journal_fees_taken", "effective_on", postgresql_where=text("kind = 'J17'")),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    payload_hash: Mapped[bytes]
    subject_noun: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    effective_on: Mapped[dt.date]
    recorded_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    actor: Mapped[str]
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal.id"), unique=True)


class Posting(Base):
    """One debit and one credit of one amount in one currency."""

    __tablename__ = "posting"
    __table_args__ = (
        ForeignKeyConstraint(
            ["debit_account_id", "currency"], ["account.id", "account.currency"], name="fk_posting_debit_account"
        ),
        ForeignKeyConstraint(
            ["credit_account_id", "currency"], ["account.id", "account.currency"], name="fk_posting_credit_account"
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        # With the id, so that a stretch of an account's postings is a stretch of the index.
        Index("ix_posting_debit_account_id", "debit_account_id", "id"),
        Index("ix_posting_credit_account_id", "credit_account_id", "id"),
        Index("ix_posting_journal_id", "journal_id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    journal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal.id"))
    debit_account_id: Mapped[int]
    credit_account_id: Mapped[int]
    amount: Mapped[int]
    currency: Mapped[str]


class AccountBalance(Base):
    """What a controlled account holds on its credit side, kept with each posting and never below zero."""

    __tablename__ = "account_balance"
    __table_args__ = (CheckConstraint("balance >= 0", name="right_side"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    balance: Mapped[int]


class CoverageReport(Base):
    """What was there and what was owed to clients and payees at the end of a check, once a market day and currency."""

    __tablename__ = "coverage_report"
    __table_args__ = (UniqueConstraint("day", "currency"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    day: Mapped[dt.date]
    currency: Mapped[str]
    cash: Mapped[int]
    owed: Mapped[int]
    claims: Mapped[int]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    reported_at: Mapped[dt.datetime] = mapped_column(server_default=func.statement_timestamp())

"""The rows of snapshots: what hot accounts held, and what each code had been debited and credited, up to a posting."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import ForeignKey, Numeric, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base

UNDATED = dt.date.max
"""The day of what has none, which therefore comes last; a key has no holes."""


class AccountSnapshot(Base):
    """What one account had been debited less what it had been credited, by all postings up to `through_posting_id`.

    It follows from the postings: it may be removed and made again at any time. Times are real.
    """

    __tablename__ = "account_snapshot"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    through_posting_id: Mapped[int]
    debited: Mapped[int]
    taken_at: Mapped[dt.datetime] = mapped_column(server_default=func.statement_timestamp())
    compared_at: Mapped[dt.datetime] = mapped_column(server_default=func.statement_timestamp())


class CodeTotal(Base):
    """What all accounts of one code, currency and due date had been debited and credited, by all postings up to one.

    All rows are of the same posting. They follow from the postings, and may be removed and made again. Times are real.
    A turnover of all time has no bound that a balance has: it may outgrow eight bytes.
    """

    __tablename__ = "code_total"

    code: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(primary_key=True)
    due_on: Mapped[dt.date] = mapped_column(primary_key=True, server_default=text("'9999-12-31'"))
    through_posting_id: Mapped[int]
    debited: Mapped[Decimal] = mapped_column(Numeric)
    credited: Mapped[Decimal] = mapped_column(Numeric)
    compared_at: Mapped[dt.datetime] = mapped_column(server_default=func.statement_timestamp())


class AccountDay(Base):
    """What one account was debited and credited on one effective day, by all postings up to the horizon of such sums.

    `first_posting_id` and `last_posting_id` are the ends of the stretch in which its postings lie. It follows from the
    postings: it may be removed and made again at any time.
    """

    __tablename__ = "account_day"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    effective_on: Mapped[dt.date] = mapped_column(primary_key=True)
    debited: Mapped[int]
    credited: Mapped[int]
    postings: Mapped[int]
    first_posting_id: Mapped[int]
    last_posting_id: Mapped[int]


class KeptHorizon(Base):
    """Up to which posting something is kept that follows from the postings, and when it was held against all of them.

    Times are real.
    """

    __tablename__ = "kept_horizon"

    name: Mapped[str] = mapped_column(primary_key=True)
    through_posting_id: Mapped[int]
    compared_at: Mapped[dt.datetime] = mapped_column(server_default=func.statement_timestamp())

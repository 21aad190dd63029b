"""The rows of closed months: who proposed what and what became of it, and what every account had moved by then."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id

FIRST_OF_MONTH = "EXTRACT(day FROM month) = 1"


class PeriodProposal(Base):
    """Somebody of finance wants a month closed, or opened again: `digest` is of the totals that they saw.

    The newest proposal is the only one that can be approved; `month` is its first day. Only a reopening has a `reason`,
    and its digest is that of the close which it is to end. Times are market time.
    """

    __tablename__ = "period_proposal"
    __table_args__ = (
        CheckConstraint(FIRST_OF_MONTH, name="first_of_month"),
        CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        CheckConstraint("action IN ('close', 'reopen')", name="action"),
        CheckConstraint("(action = 'reopen') = (reason IS NOT NULL)", name="reason_of_reopening"),
        Index(None, "month"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    month: Mapped[dt.date]
    digest: Mapped[bytes]
    proposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    action: Mapped[str] = mapped_column(server_default="close")
    reason: Mapped[str | None]


class PeriodRefusal(Base):
    """That a proposal is refused, or taken back by who made it."""

    __tablename__ = "period_refusal"
    __table_args__ = (APPEND_ONLY,)

    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("period_proposal.id"), primary_key=True)
    refused_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    refused_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())


class ClosedPeriod(Base):
    """A close of a month, and of every one before it: until it is reopened nothing is recorded that is effective by
    the month's end.

    `tree_size` names the log's newest signed head at that moment; None where nothing was sealed yet.
    """

    __tablename__ = "closed_period"
    __table_args__ = (
        CheckConstraint(FIRST_OF_MONTH, name="first_of_month"),
        CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        Index(None, "month"),
        APPEND_ONLY,
    )

    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("period_proposal.id"), primary_key=True)
    month: Mapped[dt.date]
    digest: Mapped[bytes]
    closed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    tree_size: Mapped[int | None] = mapped_column(ForeignKey("audit_checkpoint.tree_size"))


class ClosedPeriodTotal(Base):
    """What one account had been debited and credited by the end of a closed month, from the beginning on."""

    __tablename__ = "closed_period_total"
    __table_args__ = (CheckConstraint("debits >= 0 AND credits >= 0", name="amounts"), APPEND_ONLY)

    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("closed_period.proposal_id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    debits: Mapped[int]
    credits: Mapped[int]


class ReopenedPeriod(Base):
    """That a close is in force no more, by a proposal of its own; the close and its totals stay as they are."""

    __tablename__ = "reopened_period"
    __table_args__ = (APPEND_ONLY,)

    closed_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("closed_period.proposal_id"), primary_key=True)
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("period_proposal.id"), unique=True)
    reopened_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    reopened_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())

"""The rows of closed months: who proposed and who closed them, and what every account had moved by then."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id

FIRST_OF_MONTH = "EXTRACT(day FROM month) = 1"


class PeriodProposal(Base):
    """Somebody of finance wants a month closed as the books stand: `digest` is of the totals that they saw.

    The newest proposal is the only one that can be approved; `month` is its first day. Times are market time.
    """

    __tablename__ = "period_proposal"
    __table_args__ = (
        CheckConstraint(FIRST_OF_MONTH, name="first_of_month"),
        CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    month: Mapped[dt.date]
    digest: Mapped[bytes]
    proposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())


class ClosedPeriod(Base):
    """A month that is closed, and every one before it with it: nothing recorded since is effective by its end."""

    __tablename__ = "closed_period"
    __table_args__ = (
        CheckConstraint(FIRST_OF_MONTH, name="first_of_month"),
        CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        APPEND_ONLY,
    )

    month: Mapped[dt.date] = mapped_column(primary_key=True)
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("period_proposal.id"), unique=True)
    digest: Mapped[bytes]
    closed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())


class ClosedPeriodTotal(Base):
    """What one account had been debited and credited by the end of a closed month, from the beginning on."""

    __tablename__ = "closed_period_total"
    __table_args__ = (CheckConstraint("debits >= 0 AND credits >= 0", name="amounts"), APPEND_ONLY)

    month: Mapped[dt.date] = mapped_column(ForeignKey("closed_period.month"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    debits: Mapped[int]
    credits: Mapped[int]

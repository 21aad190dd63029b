"""The table of what accounts of payees held, by how old it was, up to a posting; ageing is that and what came since."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


class KeptAge(Base):
    """What one account of a payee held of one day, by all postings up to its horizon.

    `kind` is dated, held, failed or in_flight; `since` is UNDATED but for what is dated. It follows from the postings:
    it may be removed and made again at any time.
    """

    __tablename__ = "kept_age"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="not_empty"),
        CheckConstraint("kind IN ('dated', 'held', 'failed', 'in_flight')", name="kind_known"),
        Index(None, "since", "account_id"),
        Index("ix_kept_age_bucket", "currency", "payee_kind", "kind", "since", "account_id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    since: Mapped[dt.date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    currency: Mapped[str]
    payee_kind: Mapped[str]
    payee_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID | None]
    payout_id: Mapped[uuid.UUID | None]
    reason: Mapped[str | None]
    amount: Mapped[int]

"""Tables: what is withheld from whom for which authority, and what was withheld from each payout."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id


class Withholding(Base):
    """What is withheld from a payee from a market day on, as one person proposes it and another approves it.

    It takes the place of whatever was in force before; one without lines ends all withholding. `salt` keeps the
    commitment to its lines in the log from being guessed.
    """

    __tablename__ = "withholding"
    __table_args__ = (
        CheckConstraint("payee_kind IN ('worker', 'layer')", name="payee_kind_known"),
        CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name="state_known"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint("proposed_by <> payee_id AND decided_by <> payee_id", name="not_ones_own"),
        Index("ix_withholding_payee_id", "payee_id", "valid_from", postgresql_where=text("state = 'approved'")),
        Index("uq_withholding_proposed", "payee_id", unique=True, postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    payee_kind: Mapped[str]
    payee_id: Mapped[uuid.UUID]
    valid_from: Mapped[dt.date]
    state: Mapped[str] = mapped_column(server_default=text("'proposed'"))
    salt: Mapped[bytes]
    proposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]


class WithholdingLine(Base):
    """One authority's share, in parts per million of what a payout pays before tax (base `pay`); never changed."""

    __tablename__ = "withholding_line"
    __table_args__ = (
        CheckConstraint("rate_ppm BETWEEN 1 AND 999999", name="rate_ppm"),
        CheckConstraint("base = 'pay'", name="base"),
        APPEND_ONLY,
    )

    withholding_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("withholding.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    authority: Mapped[str]
    rate_ppm: Mapped[int]
    base: Mapped[str] = mapped_column(server_default=text("'pay'"))


class PayoutWithholding(Base):
    """What one payout withholds for one authority, as it was prepared and approved; never changed."""

    __tablename__ = "payout_withholding"
    __table_args__ = (
        CheckConstraint("rate_ppm BETWEEN 1 AND 999999", name="rate_ppm"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        APPEND_ONLY,
    )

    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payout.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    authority: Mapped[str]
    rate_ppm: Mapped[int]
    amount: Mapped[int]

"""Tables: the margins of days that are over, summed, so that no report reads every answer there ever was."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base


class DayMargin(Base):
    """What the answers of one rate accepted on one day earned one seller of a contract, from its earnings alone."""

    __tablename__ = "day_margin"
    __table_args__ = (
        CheckConstraint("answers > 0 AND amount > 0", name="not_empty"),
        Index("ix_day_margin_contract_id", "contract_id", "accepted_on"),
        Index("ix_day_margin_organization_id", "organization_id", "accepted_on"),
        APPEND_ONLY,
    )

    accepted_on: Mapped[dt.date] = mapped_column(primary_key=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"), primary_key=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    rate_code: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str]
    answers: Mapped[int]
    amount: Mapped[int]


class DayMarginHorizon(Base):
    """That the margins up to a day are summed, or will be once every transaction up to one is over.

    Whatever is booked for such a day began before its row was written; `after_transaction` is the number of the one
    that wrote it.
    """

    __tablename__ = "day_margin_horizon"

    accepted_on: Mapped[dt.date] = mapped_column(primary_key=True)
    after_transaction: Mapped[int]
    summed_at: Mapped[dt.datetime | None]

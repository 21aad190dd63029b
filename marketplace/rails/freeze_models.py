"""Tables: whether payouts are frozen, and the history of that. `at` is market time, `read_from` the rails' own."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id


class PayoutFreeze(Base):
    """One row: whether payouts may be sent. Without the row they may not: a backup leaves it out.

    `read_from` is the moment from which on the rails must be read back before the freeze is lifted; None is their
    whole history.
    """

    __tablename__ = "payout_freeze"
    __table_args__ = (
        CheckConstraint("single", name="single_row"),
        CheckConstraint("frozen = (reason IS NOT NULL)", name="frozen_says_why"),
        CheckConstraint("frozen OR read_from IS NULL", name="read_while_frozen"),
    )

    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    frozen: Mapped[bool]
    reason: Mapped[str | None]
    read_from: Mapped[dt.datetime | None]


class PayoutFreezeEvent(Base):
    """What happened while payouts were frozen: `frozen`, `acknowledged`, `lift_asked` and `lifted`; never changed."""

    __tablename__ = "payout_freeze_event"
    __table_args__ = (
        Index(
            "uq_payout_freeze_event_acknowledged",
            text("(body ->> 'line')"),
            unique=True,
            postgresql_where=text("kind = 'acknowledged'"),
        ),
        CheckConstraint("kind IN ('frozen', 'acknowledged', 'lift_asked', 'lifted')", name="kind_known"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    body: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    real_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))

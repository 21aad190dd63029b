"""Items whose answer is known, to whom they were given, and under which ids workers see the items of such jobs."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id


class GoldItem(Base):
    """An item whose answer is known. It is none of the job's items: nobody else answers it, and it is no result.

    Made by the client for all claims, or by the seller of a contract for the claims of its own tasks.
    """

    __tablename__ = "gold_item"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "rate_code"], ["job_rate.job_id", "job_rate.code"]),
        CheckConstraint("state IN ('active', 'retired')", name="state"),
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired"),
        UniqueConstraint("job_id", "external_id"),
        Index("ix_gold_item_active", "job_id", "rate_code", postgresql_where=text("state = 'active'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[uuid.UUID]
    rate_code: Mapped[str]
    contract_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contract.id"))
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    external_id: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    media_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("media.id"))
    expected: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default=text("'active'"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    retired_at: Mapped[dt.datetime | None]
    retired_reason: Mapped[str | None]


class GoldDraw(Base):
    """A claim that got a gold item; never the same one for a worker twice.

    Its pay is committed in the reserve, and counted as spent of the allowance, while it is `open`; then it is `paid`
    with the claim, or `ended` without an answer.
    """

    __tablename__ = "gold_draw"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'paid', 'ended')", name="state"),
        CheckConstraint("amount > 0", name="amount"),
        UniqueConstraint("worker_id", "gold_item_id"),
        Index("ix_gold_draw_open", "job_id", postgresql_where=text("state = 'open'")),
    )

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    gold_item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("gold_item.id"), index=True)
    worker_id: Mapped[uuid.UUID]
    job_id: Mapped[uuid.UUID]
    amount: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))


class GoldAnswer(Base):
    """What a worker gave for a gold item, and how well it agrees with the expected answer."""

    __tablename__ = "gold_answer"
    __table_args__ = (
        CheckConstraint("score_ppm BETWEEN 0 AND 1000000", name="score_ppm"),
        Index(None, "gold_item_id", "submitted_at"),
        Index(None, "job_id", "worker_id", "submitted_at"),
        Index(None, "worker_id", "submitted_at"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("gold_draw.claim_id"), unique=True)
    gold_item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("gold_item.id"))
    job_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    score_ppm: Mapped[int]
    passed: Mapped[bool]
    submitted_at: Mapped[dt.datetime]


class MaskedItem(Base):
    """An item of a claim under the id that its worker sees, in jobs with gold: one of the job's, or a gold one.

    All items of all claims of such a job are masked, so that neither an id nor a name nor a number tells gold.
    """

    __tablename__ = "masked_item"
    __table_args__ = (
        CheckConstraint("(item_id IS NULL) <> (gold_item_id IS NULL)", name="one_of"),
        UniqueConstraint("claim_id", "place"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    place: Mapped[int] = mapped_column(SmallInteger)
    item_id: Mapped[uuid.UUID | None]
    gold_item_id: Mapped[uuid.UUID | None]

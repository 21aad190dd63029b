"""What stands beside verdicts: which answers were drawn for review, rejections that are held, and the breaker."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id


class SamplingSeed(Base):
    """The secret of one job that says which answers are drawn; the log holds its SHA-256 from the beginning on."""

    __tablename__ = "sampling_seed"
    __table_args__ = (APPEND_ONLY,)

    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    seed: Mapped[bytes]
    created_at: Mapped[dt.datetime]


class SamplingCount(Base):
    """How many answers of a job were looked at so far: of a worker (`key` is the id as hex), or with a label."""

    __tablename__ = "sampling_count"
    __table_args__ = (
        CheckConstraint("scope IN ('worker', 'label')", name="scope"),
        CheckConstraint("answers > 0", name="answers"),
    )

    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    answers: Mapped[int]


class Sampling(Base):
    """The draw among the first answers of one claim; those that are not in `drawn` were accepted at once.

    `drawn` maps answers, by id, to why: "worker", "label", "agreement" or "gold". `sequence` is the order in which
    claims of a job were looked at, which the counts follow.
    """

    __tablename__ = "sampling"
    __table_args__ = (
        CheckConstraint("answers > 0", name="answers"),
        Index("ix_sampling_job_id", "job_id", "sequence"),
        APPEND_ONLY,
    )

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    job_id: Mapped[uuid.UUID]
    sequence: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    answers: Mapped[int]
    drawn: Mapped[dict[str, str]] = mapped_column(JSONB)
    sampled_at: Mapped[dt.datetime]


class AnswerHold(Base):
    """A rejection that did not take effect, for its side had rejected too much; another side decides.

    `for_organization_id` is that side, null for the platform's. Nobody's decision until `deadline_at` accepts.
    """

    __tablename__ = "answer_hold"
    __table_args__ = (
        Index("uq_answer_hold_open", "answer_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_answer_hold_claim_id", "claim_id"),
        Index("ix_answer_hold_contract", "contract_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_answer_hold_for", "for_organization_id", "held_at"),
        Index("ix_answer_hold_deadline", "deadline_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer.id"))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    claim_id: Mapped[uuid.UUID]
    job_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    category: Mapped[str]
    comment: Mapped[str]
    rule: Mapped[str]
    held_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    held_by_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    for_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    held_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class Correction(Base):
    """What an accepted answer should have said: a reviewer's corrected copy, kept beside the worker's own words."""

    __tablename__ = "correction"
    __table_args__ = (APPEND_ONLY,)

    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer.id"), primary_key=True)
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("review.id"), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[dt.datetime]


class ReviewCount(Base):
    """Verdicts of reviewers on answers to one contract's tasks within one minute: all, and the rejections of them."""

    __tablename__ = "review_count"
    __table_args__ = (CheckConstraint("rejected BETWEEN 0 AND decided AND decided > 0", name="counts"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"), primary_key=True)
    minute: Mapped[dt.datetime] = mapped_column(primary_key=True)
    decided: Mapped[int]
    rejected: Mapped[int]


class ReviewReservation(Base):
    """A claim that a reviewer has in hand until `reserved_until` (market time); it binds nobody."""

    __tablename__ = "review_reservation"
    __table_args__ = (Index(None, "reserved_until"),)

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    reserved_until: Mapped[dt.datetime]


class ReviewBreaker(Base):
    """A time in which rejections on a contract's tasks are held; `decided` and `rejected` are what set it off.

    It ends when the counts fall back, or when a reviewer of another side lifts it and says why.
    """

    __tablename__ = "review_breaker"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended"),
        CheckConstraint("ended_because IN ('fell', 'lifted')", name="ended_because"),
        CheckConstraint("(ended_because = 'lifted') = (reason IS NOT NULL)", name="lifted_says_why"),
        Index("uq_review_breaker_open", "contract_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    job_id: Mapped[uuid.UUID]
    decided: Mapped[int]
    rejected: Mapped[int]
    tripped_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    ended_because: Mapped[str | None]
    lifted_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    lifted_by_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    reason: Mapped[str | None]

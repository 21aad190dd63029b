from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.jobs.consensus import ConsensusPolicy
from marketplace.jobs.gold import Gold
from marketplace.jobs.labels import KINDS
from marketplace.jobs.ordinals import Ordinals
from marketplace.jobs.overlap import Overlap
from marketplace.jobs.protection import Protection
from marketplace.jobs.review_policy import ReviewPolicy
from marketplace.jobs.screening import SCORE_UNKNOWN, Screening
from marketplace.jobs.states import JOB
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.terms import SettlementTerms

JOB_KINDS: Final = tuple(KINDS)
PRICE_VISIBILITIES: Final = ("full", "shares", "finance_only")
ACCEPTANCE_BY: Final = ("layer", "parent", "client")


def _one_of(column: str, values: Iterable[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in sorted(values))
    return f"{column} IN ({listed})"


class Job(Base):
    """What a client posts; amounts of it are in `currency`, seconds and months as named.

    `fee_ppm` is the platform's share in parts per million. `settlement_terms` is the wire
    form and holds for everyone unless a contract is stricter. `guideline_version` is the
    newest, 0 before the first. `redundancy_published` is what `redundancy` was at publication; it may
    have been raised since. `allowance` is the part of the reserve that no seat is released for.
    """

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("id", "currency"),
        CheckConstraint(_one_of("kind", JOB_KINDS), name="kind"),
        CheckConstraint(_one_of("state", JOB.states), name="state"),
        CheckConstraint(_one_of("price_visibility", PRICE_VISIBILITIES), name="price_visibility"),
        CheckConstraint(_one_of("acceptance_by", ACCEPTANCE_BY), name="acceptance_by"),
        CheckConstraint("redundancy BETWEEN 1 AND 100", name="redundancy"),
        CheckConstraint("fee_ppm BETWEEN 0 AND 1000000", name="fee_ppm"),
        CheckConstraint("worker_share_min_ppm BETWEEN 0 AND 1000000", name="worker_share_min_ppm"),
        CheckConstraint("severity BETWEEN 1 AND 5", name="severity"),
        CheckConstraint("inspection_days BETWEEN 0 AND 90", name="inspection_days"),
        CheckConstraint("quality_share_ppm BETWEEN 0 AND 1000000", name="quality_share_ppm"),
        CheckConstraint("claims_held_max BETWEEN 1 AND 1000", name="claims_held_max"),
        CheckConstraint("late_answers_max BETWEEN 0 AND 1000000", name="late_answers_max"),
        CheckConstraint("screening_score_min BETWEEN 1 AND 100", name="screening_score_min"),
        CheckConstraint(_one_of("screening_score_unknown", SCORE_UNKNOWN), name="screening_score_unknown"),
        CheckConstraint("allowance_amount >= 0", name="allowance"),
        CheckConstraint("media_retention_days BETWEEN 0 AND 3650", name="media_retention_days"),
        Index(
            "ix_job_retention",
            "settled_at",
            postgresql_where=text("media_retention_days IS NOT NULL AND media_purged_at IS NULL"),
        ),
        Index(None, "organization_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    title: Mapped[str]
    kind: Mapped[str]
    instructions: Mapped[str]
    label_schema: Mapped[dict[str, Any]] = mapped_column(JSONB)
    currency: Mapped[str]
    redundancy: Mapped[int]
    state: Mapped[str]
    version: Mapped[int]
    fee_ppm: Mapped[int]
    layers_max: Mapped[int]
    worker_share_min_ppm: Mapped[int | None]
    deferral_months_max: Mapped[int | None]
    settlement_terms: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    price_visibility: Mapped[str]
    acceptance_by: Mapped[str]
    auto_accept_seconds: Mapped[int]
    redo_max: Mapped[int]
    # Market days after an answer's acceptance in which its quality can be claimed; no margin of it is due before.
    inspection_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    # What of its own price for an answer a claimant gets back at most, from the layer that vouched for it.
    quality_share_ppm: Mapped[int] = mapped_column(server_default=text("0"))
    # Of market time, from settled_at on, for which the bytes of its media are kept; for ever where it is null.
    media_retention_days: Mapped[int | None]
    settled_at: Mapped[datetime | None]
    media_purged_at: Mapped[datetime | None]
    lease_seconds: Mapped[int]
    # How many first attempts at its tasks one worker may hold at once; as many as anywhere where it is null.
    claims_held_max: Mapped[int | None] = mapped_column(SmallInteger)
    # How many answers beyond its redundancy it pays for in all, given by who came late and lost their seat.
    late_answers_max: Mapped[int] = mapped_column(server_default=text("0"))
    severity: Mapped[int]
    screening_countries: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))
    screening_languages: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))
    screening_skills: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()), server_default=text("'{}'"))
    screening_score_min: Mapped[int | None] = mapped_column(SmallInteger)
    screening_score_unknown: Mapped[str] = mapped_column(server_default=text("'admit'"))
    review_policy: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    gold_wire: Mapped[dict[str, Any] | None] = mapped_column("gold", JSONB(none_as_null=True))
    overlap_wire: Mapped[dict[str, Any] | None] = mapped_column("overlap", JSONB(none_as_null=True))
    consensus_policy: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    guideline_version: Mapped[int]
    # `Protection` in its wire form: paid recovery from hard content
    protection_terms: Mapped[dict[str, Any] | None] = mapped_column("protection", JSONB(none_as_null=True))
    allowance_amount: Mapped[int] = mapped_column(default=0, server_default="0")
    redundancy_published: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.market_now())
    published_at: Mapped[datetime | None]

    @property
    def terms(self) -> SettlementTerms:
        """The settlement terms as a value."""
        return SettlementTerms.from_wire(self.settlement_terms)

    @property
    def allowance(self) -> Money:
        """What the client keeps back for gold answers, bonuses and paid recovery."""
        return Money(self.allowance_amount, self.currency)

    @property
    def review(self) -> ReviewPolicy:
        """What of its answers is reviewed, and how."""
        return ReviewPolicy.from_wire(self.review_policy)

    @property
    def consensus(self) -> ConsensusPolicy:
        """How the accepted answers to an item are made into one."""
        return ConsensusPolicy.from_wire(self.consensus_policy)

    @property
    def gold(self) -> Gold | None:
        """Which share of the claims gets an item whose answer is known; None for none."""
        return None if self.gold_wire is None else Gold.from_wire(self.gold_wire)

    @gold.setter
    def gold(self, value: Gold | None) -> None:
        self.gold_wire = None if value is None else value.to_wire()

    @property
    def overlap(self) -> Overlap | None:
        """How many answers an item gets beyond the first `redundancy`; None for no more than those."""
        return None if self.overlap_wire is None else Overlap.from_wire(self.overlap_wire)

    @overlap.setter
    def overlap(self, value: Overlap | None) -> None:
        self.overlap_wire = None if value is None else value.to_wire()

    @property
    def protection(self) -> Protection | None:
        """Paid recovery, if the client offers it."""
        return None if self.protection_terms is None else Protection.from_wire(self.protection_terms)

    @protection.setter
    def protection(self, value: Protection | None) -> None:
        self.protection_terms = None if value is None else value.to_wire()

    @property
    def screening(self) -> Screening:
        """Which workers it is for."""
        return Screening(
            tuple(self.screening_countries),
            tuple(self.screening_languages),
            tuple(self.screening_skills),
            self.screening_score_min,
            self.screening_score_unknown,
        )

    @screening.setter
    def screening(self, value: Screening) -> None:
        self.screening_countries = list(value.countries)
        self.screening_languages = list(value.languages)
        self.screening_skills = list(value.skills)
        self.screening_score_min, self.screening_score_unknown = value.score_min, value.score_unknown


class JobRate(Base):
    """One line of a job's rate card: the gross price per accepted answer of its items.

    `fee` is fixed at publication and is unknown before. `item_count` is the highest ordinal,
    `item_count_published` what that was at publication;
    `prelabeled_item_count` of these items came with a model's proposal.
    """

    __tablename__ = "job_rate"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "currency"], ["job.id", "job.currency"]),
        CheckConstraint("price_amount > 0", name="price"),
        CheckConstraint("fee_amount BETWEEN 0 AND price_amount", name="fee"),
        CheckConstraint("worker_pay_min_amount BETWEEN 0 AND price_amount", name="worker_pay_min"),
        CheckConstraint("item_count >= 0", name="item_count"),
        CheckConstraint("prelabeled_item_count BETWEEN 0 AND item_count", name="prelabeled_item_count"),
    )

    job_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    currency: Mapped[str]
    price_amount: Mapped[int]
    fee_amount: Mapped[int | None]
    worker_pay_min_amount: Mapped[int | None]
    item_count: Mapped[int] = mapped_column(default=0, server_default="0")
    prelabeled_item_count: Mapped[int] = mapped_column(default=0, server_default="0")
    item_count_published: Mapped[int | None]

    @property
    def price(self) -> Money:
        """Gross price per accepted answer."""
        return Money(self.price_amount, self.currency)

    @property
    def fee(self) -> Money | None:
        """The platform's fee inside the price; None before publication."""
        return None if self.fee_amount is None else Money(self.fee_amount, self.currency)

    @property
    def worker_pay_min(self) -> Money | None:
        """The least pay per answer that the client set, if any."""
        return None if self.worker_pay_min_amount is None else Money(self.worker_pay_min_amount, self.currency)


class Guideline(Base):
    """One version of a job's rules; a claim freezes the version it was made under."""

    __tablename__ = "guideline"
    __table_args__ = APPEND_ONLY

    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    rules: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=func.market_now())


class Media(Base):
    """Bytes we keep in the media storage; `storage_key` is where. An image has its size in pixels, a sound its length,
    a point cloud the number of its points.

    From `purged_at` (market time) on nobody is shown them any more; they are gone since `bytes_deleted_at` (real time).
    """

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("organization_id", "sha256"),
        CheckConstraint("byte_count > 0", name="byte_count"),
        CheckConstraint("num_nonnulls(width, duration_ms, point_count) = 1", name="one_measure"),
        CheckConstraint("(width IS NULL) = (height IS NULL)", name="height_with_width"),
        CheckConstraint("bytes_deleted_at IS NULL OR purged_at IS NOT NULL", name="deleted_when_purged"),
        Index("ix_media_to_delete", "id", postgresql_where=text("purged_at IS NOT NULL AND bytes_deleted_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    sha256: Mapped[bytes]
    content_type: Mapped[str]
    byte_count: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration_ms: Mapped[int | None]
    point_count: Mapped[int | None]
    storage_key: Mapped[str]
    filename: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.market_now())
    purged_at: Mapped[datetime | None]
    bytes_deleted_at: Mapped[datetime | None]


class RemoteMedia(Base):
    """A remote address some item names, and the media it was fetched into once.

    `state` is pending, stored, failed (then `reason` says why), or purged with its media; times are real time,
    for the outside world does not follow the market's clock.
    """

    __tablename__ = "remote_media"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'stored', 'failed', 'purged')", name="state"),
        CheckConstraint("(state IN ('stored', 'purged')) = (media_id IS NOT NULL)", name="stored_has_media"),
        Index("ix_remote_media_pending", "next_try_at", postgresql_where=text("state = 'pending'")),
    )

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    url_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    url: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending", server_default="pending")
    media_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("media.id"))
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Item(Base):
    """One thing to label; never changes.

    `ordinal` counts from 1 without gaps within job and rate. `content` is exactly one of
    {"text"}, {"media": "med_…"}, {"url"}; `prelabel` is a model's proposal, if it came with one
    (see `jobs.prelabels`); `digest` is the SHA-256 of their canonical bytes together with the rate code.
    """

    __tablename__ = "item"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "rate_code"], ["job_rate.job_id", "job_rate.code"]),
        UniqueConstraint("job_id", "rate_code", "ordinal"),
        UniqueConstraint("job_id", "external_id"),
        CheckConstraint("ordinal > 0", name="ordinal"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id, server_default=func.uuid7())
    job_id: Mapped[uuid.UUID]
    rate_code: Mapped[str]
    ordinal: Mapped[int]
    external_id: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    media_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("media.id"))
    digest: Mapped[bytes]
    prelabel: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class ItemWithdrawal(Base):
    """Items of one rate that the client took back in one act, as a set of ordinals: nobody is to label them any more.

    The items themselves stay; no ordinal is withdrawn twice.
    """

    __tablename__ = "item_withdrawal"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "rate_code"], ["job_rate.job_id", "job_rate.code"]),
        CheckConstraint("item_count > 0", name="item_count"),
        Index(None, "job_id", "rate_code"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[uuid.UUID]
    rate_code: Mapped[str]
    ordinals: Mapped[Ordinals] = mapped_column(INT8MULTIRANGE)
    item_count: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.market_now())


class JobReserve(Base):
    """What of a job's reserve is committed: for released seats not yet paid or finally refused.

    The whole reserve is the ledger's account 2020 of the job; this row is changed under the
    job's lock or its own. `allowance_spent` is what of the job's allowance was paid out.
    """

    __tablename__ = "job_reserve"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "currency"], ["job.id", "job.currency"]),
        CheckConstraint("committed_amount >= 0", name="committed"),
        CheckConstraint("allowance_spent_amount >= 0", name="allowance_spent"),
    )

    job_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    currency: Mapped[str]
    committed_amount: Mapped[int] = mapped_column(default=0, server_default="0")
    allowance_spent_amount: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def committed(self) -> Money:
        """The committed part."""
        return Money(self.committed_amount, self.currency)


class JobParty(Base):
    """An organization that has, or had, or was offered a contract of the job and may see it."""

    __tablename__ = "job_party"

    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True, index=True)

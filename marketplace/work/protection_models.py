"""Tables that protect workers while they work: time, exposure to hard content, and pauses of badly paid batches."""

import datetime as dt
import uuid

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


class ClaimTime(Base):
    """How long a worker was active on a claim, by the beats of the workbench or of their own program.

    `seconds` is the sum of the gaps between beats that were no longer than a minute; `last_added` the newest of them.
    Real time. A claim without a row sent no beat.
    """

    __tablename__ = "claim_time"
    __table_args__ = (CheckConstraint("seconds >= 0 AND beats > 0", name="counts"),)

    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    seconds: Mapped[int]
    beats: Mapped[int]
    last_added: Mapped[int]
    last_beat_at: Mapped[dt.datetime]


class ExposureConsent(Base):
    """That a worker agreed to see content of one severity; the newest word, the log keeps all."""

    __tablename__ = "exposure_consent"
    __table_args__ = (CheckConstraint("severity BETWEEN 3 AND 5", name="severity"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"), primary_key=True)
    severity: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    given_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]


class ExposureSetting(Base):
    """A worker's own daily limits, below those of the platform, and the time zone in which their day begins."""

    __tablename__ = "exposure_setting"
    __table_args__ = (
        CheckConstraint("items_max >= 0", name="items_max"),
        CheckConstraint("minutes_max >= 0", name="minutes_max"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"), primary_key=True)
    items_max: Mapped[int | None]
    minutes_max: Mapped[int | None]
    time_zone: Mapped[str | None]


class ExposurePolicy(Base):
    """One row: what the platform allows a worker a day of content of severity 3 and more."""

    __tablename__ = "exposure_policy"
    __table_args__ = (
        CheckConstraint("single", name="single_row"),
        CheckConstraint("items_max >= 0 AND minutes_max >= 0", name="limits"),
    )

    single: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=text("true"))
    items_max: Mapped[int] = mapped_column(server_default=text("300"))
    minutes_max: Mapped[int] = mapped_column(server_default=text("180"))


class ExposureDay(Base):
    """What a worker saw of one job's hard content on one day of theirs: items claimed, answered, seconds.

    Written for jobs of severity 3 and more only. `recoveries` counts how often recovery was paid for that day.
    """

    __tablename__ = "exposure_day"
    __table_args__ = (Index("ix_exposure_day_day", "day"),)

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    job_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    items: Mapped[int] = mapped_column(server_default=text("0"))
    answered: Mapped[int] = mapped_column(server_default=text("0"))
    seconds: Mapped[int] = mapped_column(server_default=text("0"))
    recoveries: Mapped[int] = mapped_column(server_default=text("0"))


class BatchPause(Base):
    """That nothing of a batch may be claimed for a reason of its own, whatever its job does, until `ended_at`.

    `words` say it for worker and opener, `country` is that of the wage floor. Further answers to its items are asked
    for in batches that extend it, which stand still with it.
    """

    __tablename__ = "batch_pause"
    __table_args__ = (
        CheckConstraint("reason IN ('wage_floor', 'recovery_unfunded')", name="reason"),
        Index("uq_batch_pause_live", "batch_id", "reason", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"))
    reason: Mapped[str]
    country: Mapped[str | None]
    words: Mapped[str]
    paused_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class PayFigure(Base):
    """What the last workers at one rate of a job really earned an hour, all their time there included.

    Amounts are quartiles over workers, per hour; none while fewer than three workers were at it. `item_ms_middle` is
    halfway between the quartiles of the time that an item took them: never of one of them alone. `claims` and
    `workers` say of how many; of the claims, `beaten` were timed by beats. Kept by the sweep `measure_pay`.
    """

    __tablename__ = "pay_figure"
    __table_args__ = (Index("ix_pay_figure_kind", "kind", "currency"),)

    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    rate_code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    currency: Mapped[str]
    lower_amount: Mapped[int | None]
    median_amount: Mapped[int | None]
    upper_amount: Mapped[int | None]
    item_ms_middle: Mapped[int | None]
    claims: Mapped[int]
    beaten: Mapped[int] = mapped_column(server_default=text("0"))
    workers: Mapped[int]
    measured_at: Mapped[dt.datetime]
    guarded_at: Mapped[dt.datetime | None]


class WageFloor(Base):
    """The least that workers of a country are to earn an hour, once `minutes_min` of their work at a batch is known."""

    __tablename__ = "wage_floor"
    __table_args__ = (
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("minutes_min > 0", name="minutes_min"),
    )

    country: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]
    currency: Mapped[str]
    minutes_min: Mapped[int]
    set_at: Mapped[dt.datetime]

    @property
    def money(self) -> Money:
        """For an hour."""
        return Money(self.amount, self.currency)


class BatchWithdrawal(Base):
    """When a batch was withdrawn: for a time after it its items are not opened anew at a lower pay without notice."""

    __tablename__ = "batch_withdrawal"

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    withdrawn_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))


class RateNotice(Base):
    """Notice to workers that items with pre-labels may be opened anew at a lower pay from `effective_at` on."""

    __tablename__ = "rate_notice"
    __table_args__ = (
        CheckConstraint("pay_amount > 0", name="pay"),
        CheckConstraint("effective_at > given_at", name="lies_ahead"),
        Index("ix_rate_notice_batch_id", "batch_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"))
    pay_amount: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    given_at: Mapped[dt.datetime]
    effective_at: Mapped[dt.datetime]

    @property
    def pay(self) -> Money:
        """For an accepted answer, then."""
        return Money(self.pay_amount, self.currency)

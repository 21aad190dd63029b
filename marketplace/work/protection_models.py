"""Tables that protect workers while they work: time, exposure to hard content, and pauses of badly paid batches."""

import datetime as dt
import uuid

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


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

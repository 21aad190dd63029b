"""Tables: the scores of workers, and whose are to be reckoned."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.scores.reckoning import Reckoned


class ScoreDue(Base):
    """A worker whose evidence grew on that day of the market; written by triggers, perhaps twice, read a day later."""

    __tablename__ = "score_due"
    __table_args__ = (Index("ix_score_due_worker_id", "worker_id", "day"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    worker_id: Mapped[uuid.UUID]
    day: Mapped[dt.date]


class WorkerScore(Base):
    """How well a worker does at one kind of labeling, 0 to 100; `percent` is null while too little is known.

    `answers` are those it was reckoned from, the newest of them given at `newest_at`. After `expires_at` too few of
    them are fresh: the score is unknown again, without anybody doing anything. What was given before `counts_from`
    does not count, since operations found for the worker.
    """

    __tablename__ = "worker_score"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        CheckConstraint("(percent IS NULL) = (expires_at IS NULL)", name="known_until"),
        CheckConstraint("(percent IS NULL) = (newest_at IS NULL)", name="newest_at"),
        CheckConstraint("(percent IS NULL) = (answers = 0)", name="answers"),
    )

    worker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    percent: Mapped[int | None] = mapped_column(SmallInteger)
    answers: Mapped[int] = mapped_column(server_default=text("0"))
    newest_at: Mapped[dt.datetime | None]
    computed_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    counts_from: Mapped[dt.datetime | None]

    def reckoned(self, now: dt.datetime) -> Reckoned | None:
        """The score as it was reckoned; None where it is not known, or not any more."""
        if self.percent is None or self.newest_at is None or self.expires_at is None or self.expires_at <= now:
            return None
        return Reckoned(self.percent, self.answers, self.newest_at, self.expires_at)

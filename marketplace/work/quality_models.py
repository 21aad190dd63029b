"""How good a job's answers are: counts and statistics that the sweep makes anew from answers and consensus."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


class QualityLine(Base):
    """Answers of a job counted together: all (`scope` job), or those of a contract and below, a label, or a worker.

    `contract_id` is whose tasks they are from, null for the whole job; a worker's line has only tasks that the
    contract opened itself. `answers` are those submitted, of which `accepted`, `redone` (sent back at least once) and
    `rejected`; of a label those accepted. `compared` accepted ones have a consensus with another's answer in it, and
    agree with it by `agreement` on average. `alpha` is Krippendorff's, of `alpha_items` items with two answers or
    more, with the bounds of its interval; null where the kind has no labels, for workers, and where it says nothing.
    """

    __tablename__ = "quality_line"
    __table_args__ = (
        CheckConstraint("scope IN ('job', 'contract', 'label', 'worker')", name="scope"),
        CheckConstraint("(scope = 'label') = (label IS NOT NULL)", name="label"),
        CheckConstraint("(scope = 'worker') = (worker_id IS NOT NULL)", name="worker"),
        Index("ix_quality_line_job_id", "job_id", "contract_id", "scope"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    contract_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contract.id"))
    scope: Mapped[str]
    label: Mapped[str | None]
    worker_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("worker.person_id"))
    answers: Mapped[int]
    accepted: Mapped[int]
    redone: Mapped[int]
    rejected: Mapped[int]
    compared: Mapped[int]
    agreement: Mapped[float | None] = mapped_column(Double())
    alpha: Mapped[float | None] = mapped_column(Double())
    alpha_low: Mapped[float | None] = mapped_column(Double())
    alpha_high: Mapped[float | None] = mapped_column(Double())
    alpha_items: Mapped[int]

    @property
    def acceptance_rate(self) -> float | None:
        """Accepted of those accepted or rejected; None for none."""
        decided = self.accepted + self.rejected
        return self.accepted / decided if decided else None


class QualityConfusion(Base):
    """How many accepted answers gave one label where the consensus is another, or the same; null contract: all."""

    __tablename__ = "quality_confusion"
    __table_args__ = (Index("ix_quality_confusion_job_id", "job_id", "contract_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    contract_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contract.id"))
    given: Mapped[str]
    together: Mapped[str]
    answers: Mapped[int]


class QualityReport(Base):
    """Of which state of a job's consensus its lines are: `answers_seen` as in `ConsensusModel`; times are real."""

    __tablename__ = "quality_report"

    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    answers_seen: Mapped[int]
    computed_at: Mapped[dt.datetime]

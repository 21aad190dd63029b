"""The consensus of each item, what was learned of a job's workers to find it, and which items it is to be found for."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Identity, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


class ConsensusDue(Base):
    """An item whose accepted answers changed; written by triggers, taken away by the sweep, perhaps there twice."""

    __tablename__ = "consensus_due"

    job_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    item_id: Mapped[uuid.UUID]
    due_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))


class ItemConsensus(Base):
    """What the accepted answers to an item say together; made by the sweep out of them, and by nobody else.

    `value` is null where no side won. `answers` are the ids of the answers it is made of, oldest first, and by the
    same places `weights` what each weighed and `agreements` how well each agrees with the value (0 to 1, empty
    without a value), as the worker gave it and not as a reviewer corrected it. `confidence` and `agreement` are as in
    `quality.voting.Consensus`. `method` is how it was found, "adjudicated" where a third person decided, and
    `model_version` by which model, null without one. `guideline_version` is the newest an answer was given under.
    `version` counts from 1 and grows when anything changes, a newer model that finds the same apart; `computed_at` is
    when it last did.
    """

    __tablename__ = "item_consensus"
    __table_args__ = (
        UniqueConstraint("job_id", "item_id"),
        CheckConstraint("cardinality(answers) > 0", name="answers"),
        CheckConstraint("cardinality(weights) = cardinality(answers)", name="weights"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        CheckConstraint("agreement BETWEEN 0 AND 1", name="agreement"),
        CheckConstraint("version > 0", name="version"),
    )

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item.id"), primary_key=True)
    job_id: Mapped[uuid.UUID]
    method: Mapped[str]
    value: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    confidence: Mapped[float | None] = mapped_column(Double())
    agreement: Mapped[float | None] = mapped_column(Double())
    answers: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))
    weights: Mapped[list[float]] = mapped_column(ARRAY(Double()))
    agreements: Mapped[list[float]] = mapped_column(ARRAY(Double()))
    guideline_version: Mapped[int]
    model_version: Mapped[int | None]
    version: Mapped[int]
    computed_at: Mapped[dt.datetime]


class ConsensusModel(Base):
    """How far a job's consensus is, and what its method has learned; its row is the lock of whoever computes.

    `version` counts fits, 0 before the first. `answers_seen` grows with every answer that comes into a consensus,
    `answers_fitted` is what it was at the last fit, `items_fitted` how many items were looked at then. `labels` and
    `priors` are those of Dawid and Skene's model, `average` is what is held of workers it has not seen. `fitted_at` is
    real time.
    """

    __tablename__ = "consensus_model"
    __table_args__ = (CheckConstraint("version >= 0 AND answers_fitted <= answers_seen", name="counts"),)

    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    version: Mapped[int]
    method: Mapped[str]
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    priors: Mapped[list[float]] = mapped_column(ARRAY(Double()))
    average: Mapped[float] = mapped_column(Double())
    answers_seen: Mapped[int]
    answers_fitted: Mapped[int]
    items_fitted: Mapped[int]
    converged: Mapped[bool | None]
    fitted_at: Mapped[dt.datetime | None]


class ConsensusWorker(Base):
    """What the newest model of a job holds of a worker: the weight of an answer, the accuracy, or the whole matrix.

    `confusion` is rows of true by columns of given labels, one row after the other; null but for the full model.
    """

    __tablename__ = "consensus_worker"

    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    worker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"), primary_key=True)
    weight: Mapped[float] = mapped_column(Double())
    confusion: Mapped[list[float] | None] = mapped_column(ARRAY(Double()))

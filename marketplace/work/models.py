"""Batches of tasks, their seats, the workers' claims on them, and what came of these.

Rows written by every claim and submission (claim, answer) have no foreign key to job, batch, price chain or item:
each such key would lock the one row they all share. They hang on seat and claim instead, which nobody shares, and
seats hang on tasks, tasks on batches.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE, JSONB, Range
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.terms import SettlementTerms
from marketplace.work import attempts as _attempts  # noqa: F401 - its table is declared with these
from marketplace.work import seat_rounds as _seat_rounds  # noqa: F401 - its table is declared with these
from marketplace.work import skip_models as _skip_models  # noqa: F401 - its table is declared with these

DECIDED_BY: Final = ("reviewer", "timer", "sampling")
"""Whose a verdict can be: nobody's in time, or not drawn for review."""
_HELD = "state = 'claimed' AND attempt = 1"


class Batch(Base):
    """One act of opening tasks: items of one rate, of one contract, at one pay per answer.

    `price_amount` is what the job's reserve gives for an answer (the client's price with the fee in it), and
    `pay_amount` what its worker gets. Everything but the state, the place in line, `claimable` and the counts of seats
    stays as written: claims refer to it. `seats_released` counts, task by task in the order of their position, how many
    seats have ever been made claimable, `seats_withdrawn` how many of these were taken back. Those added later stand in
    rounds. Only members of one of the teams of `team_ids` find and claim from it; everybody where it names none. By
    `priority`, `queued_from` and `seats_left` batches stand in line: see `work.queueing`.

    `answers_max` is the most answers an item of it may get, None for no more than its seats. One that
    `extends_batch_id` holds items of that batch on whose answers there was no agreement, for one more answer each.
    """

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'withdrawn', 'done')", name="state"),
        CheckConstraint("pay_amount > 0 AND pay_amount <= price_amount", name="pay_within_price"),
        CheckConstraint("items_per_task > 0 AND task_count > 0 AND item_count > 0", name="not_empty"),
        CheckConstraint("seats_per_task > 0 AND seats_added >= 0", name="seats_per_task"),
        CheckConstraint("seats_released BETWEEN 0 AND task_count * seats_per_task + seats_added", "seats_released"),
        CheckConstraint("seats_withdrawn BETWEEN 0 AND seats_released", name="seats_withdrawn"),
        CheckConstraint("lease_seconds > 0", name="lease_seconds"),
        CheckConstraint("extends_batch_id IS NULL OR answers_max IS NULL", name="extends_at_no_cost"),
        Index("ix_batch_extends_batch_id", "extends_batch_id", postgresql_where=text("extends_batch_id IS NOT NULL")),
        Index("ix_batch_job_id", "job_id", "opened_sequence"),
        Index("ix_batch_contract_id", "contract_id"),
        CheckConstraint("priority BETWEEN 0 AND 9", name="priority"),
        Index(
            "ix_batch_queue",
            "queued_from",
            "opened_sequence",
            postgresql_where=text("claimable AND state = 'open' AND seats_left"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    rate_code: Mapped[str]
    price_chain_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("price_chain.id"))
    price_amount: Mapped[int]
    pay_amount: Mapped[int]
    currency: Mapped[str]
    items_per_task: Mapped[int]
    item_count: Mapped[int]
    task_count: Mapped[int]
    seats_per_task: Mapped[int]
    seats_added: Mapped[int] = mapped_column(server_default=text("0"))
    seats_released: Mapped[int] = mapped_column(server_default=text("0"))
    seats_withdrawn: Mapped[int] = mapped_column(server_default=text("0"))
    answers_max: Mapped[int | None]
    extends_batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("batch.id"))
    lease_seconds: Mapped[int]
    team_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()), server_default=text("'{}'"))
    settlement_terms: Mapped[list[Any]] = mapped_column(JSONB)
    terms_hash: Mapped[bytes]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    claimable: Mapped[bool] = mapped_column(server_default=text("true"))
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    queued_from: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    seats_left: Mapped[bool] = mapped_column(server_default=text("true"))
    opened_sequence: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))

    @property
    def price(self) -> Money:
        """What the reserve gives for one answer."""
        return Money(self.price_amount, self.currency)

    @property
    def pay(self) -> Money:
        """What the worker gets for one accepted answer."""
        return Money(self.pay_amount, self.currency)

    @property
    def terms(self) -> SettlementTerms:
        """When it is paid."""
        return SettlementTerms.from_wire(self.settlement_terms)


class Task(Base):
    """A bundle of items; `position` is its place in the batch, from 0.

    The state kept here is open, done or withdrawn; a task is *full* while it is open and every seat of it is taken,
    which follows from the seats and is not written: a claim must write as little as possible. `seats_wanted` is what
    the job's redundancy was raised to while it was open, if it was; else it wants as many as its batch says.

    Where items may get more answers than seats: `to_judge` until its answers were compared, `answers_held` are those
    that its items may still want and whose price is committed, `answers_stopped` those they will never want.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'withdrawn')", name="state"),
        CheckConstraint("item_count > 0", name="item_count"),
        CheckConstraint("answers_held >= 0 AND answers_stopped >= 0", name="answers_held"),
        UniqueConstraint("batch_id", "position"),
        Index("ix_task_to_judge", "job_id", postgresql_where=text("to_judge AND state = 'done'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"))
    job_id: Mapped[uuid.UUID]
    position: Mapped[int]
    ordinals: Mapped[Sequence[Range[int]]] = mapped_column(INT8MULTIRANGE)
    item_count: Mapped[int]
    seats_wanted: Mapped[int | None]
    to_judge: Mapped[bool] = mapped_column(server_default=text("false"))
    answers_held: Mapped[int] = mapped_column(server_default=text("0"))
    answers_stopped: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default=text("'open'"))


class Seat(Base):
    """One place on a task; the row exists once the money for it is committed. The open ones, by id, are the queue.

    One made `late` is for one claim, beyond those that the task was opened with: it never stands open, and no batch
    counts it (see `work.late_seats`).
    """

    __tablename__ = "seat"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'claimed', 'done', 'withdrawn')", name="state"),
        Index("ix_seat_open", "batch_id", "id", postgresql_where=text("state = 'open'")),
        Index("ix_seat_open_task", "task_id", postgresql_where=text("state = 'open'")),
        CheckConstraint("NOT late OR state <> 'open'", name="late_is_never_open"),
        Index("ix_seat_late", "task_id", postgresql_where=text("late")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    batch_id: Mapped[uuid.UUID]
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("task.id"))
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    late: Mapped[bool] = mapped_column(server_default=text("false"))


class Claim(Base):
    """A worker's hold on a seat, with price chain, guideline version, terms and lease frozen in it.

    `shown_count` is how many items its worker sees, in jobs with gold (see `work.masking`).
    `attempt` counts from 1 and grows with each redo; `draft` is what the worker saved, by public item id. While it is
    held for the first time it takes one of the numbered places that its worker has for claims (`place`), and one of
    those in the job where that limits them; a redo, which nobody asked for, takes none. A claim that was `skipped`
    keeps its worker from the task. Where `kept_at` is set, its draft is the whole of what came after its lease had
    ended and its seat was gone.
    """

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint(
            "state IN ('claimed', 'submitted', 'decided', 'returned', 'expired', 'released')", name="state"
        ),
        CheckConstraint("(state = 'claimed') = (lease_until IS NOT NULL)", name="lease_while_claimed"),
        CheckConstraint("attempt > 0", name="attempt"),
        Index(
            "uq_claim_live_task_worker",
            "task_id",
            "worker_id",
            unique=True,
            postgresql_where=text("state IN ('claimed', 'submitted', 'decided') OR skipped"),
        ),
        Index("uq_claim_place", "worker_id", "place", unique=True, postgresql_where=text(_HELD)),
        Index(
            "uq_claim_place_in_job",
            "worker_id",
            "job_id",
            "place_in_job",
            unique=True,
            postgresql_where=text(f"{_HELD} AND place_in_job IS NOT NULL"),
        ),
        Index(
            "uq_claim_live_seat",
            "seat_id",
            unique=True,
            postgresql_where=text("state IN ('claimed', 'submitted', 'decided')"),
        ),
        Index("ix_claim_worker_batch", "worker_id", "batch_id", "id"),
        Index("ix_claim_lease", "lease_until", postgresql_where=text("state = 'claimed'")),
        Index(
            "ix_claim_ended",
            "batch_id",
            "decided_at",
            postgresql_where=text("state IN ('decided', 'expired', 'returned')"),
        ),
        Index("ix_claim_kept", "job_id", "kept_at", postgresql_where=text("kept_at IS NOT NULL")),
        Index("ix_claim_to_review", "job_id", "submitted_at", "id", postgresql_where=text("state = 'submitted'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    seat_id: Mapped[int] = mapped_column(ForeignKey("seat.id"))
    task_id: Mapped[uuid.UUID]
    batch_id: Mapped[uuid.UUID]
    job_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"))
    state: Mapped[str] = mapped_column(server_default=text("'claimed'"))
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    price_chain_id: Mapped[uuid.UUID]
    guideline_version: Mapped[int]
    terms_hash: Mapped[bytes]
    item_count: Mapped[int]
    shown_count: Mapped[int | None] = mapped_column(SmallInteger)
    lease_until: Mapped[dt.datetime | None]
    lease_extensions: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    claimed_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    decided_at: Mapped[dt.datetime | None]
    draft: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    @property
    def items_shown(self) -> int:
        """How many items its worker answers, those included that are none of the job's."""
        return self.item_count if self.shown_count is None else self.shown_count

    place: Mapped[int | None] = mapped_column(SmallInteger)
    place_in_job: Mapped[int | None] = mapped_column(SmallInteger)
    skipped: Mapped[bool] = mapped_column(server_default=text("false"))
    kept_at: Mapped[dt.datetime | None]


class Answer(Base):
    """What a worker gave for one item; `content` is the newest attempt's, earlier ones are in answer_attempt.

    `prelabel_changed` says whether it differs from the model's proposal that came with the item; None without one.
    """

    __tablename__ = "answer"
    __table_args__ = (
        CheckConstraint(
            "state IN ('submitted', 'accepted', 'redo_requested', 'rejected', 'paid_not_used', 'held', 'lapsed', "
            "'accepted_on_appeal', 'rejection_final', 'accepted_in_error')",
            name="state",
        ),
        CheckConstraint("attempt > 0", name="attempt"),
        UniqueConstraint("claim_id", "item_id"),
        Index("ix_answer_job_id", "job_id", "id"),
        Index("ix_answer_item_id", "item_id"),
        Index("ix_answer_contestable", "decided_at", postgresql_where=text("state IN ('rejected', 'lapsed')")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    item_id: Mapped[uuid.UUID]
    job_id: Mapped[uuid.UUID]
    ordinal: Mapped[int]
    price_chain_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(server_default=text("'submitted'"))
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    prelabel_changed: Mapped[bool | None]
    submitted_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]


class Review(Base):
    """A verdict on one attempt of an answer.

    Without a reviewer it was accepted by sampling, when it was not drawn for review, or else by the timer.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("verdict IN ('accept', 'redo', 'reject', 'pay_not_use')", name="verdict"),
        CheckConstraint("verdict = 'accept' OR (category IS NOT NULL AND comment IS NOT NULL)", name="says_why"),
        CheckConstraint("verdict <> 'reject' OR rule IS NOT NULL", name="rejection_cites_rule"),
        CheckConstraint("NOT by_sampling OR verdict = 'accept'", name="sampling_accepts"),
        Index("ix_review_answer_id", "answer_id", "created_at"),
        Index("ix_review_created_at", "created_at", postgresql_using="brin"),
        # What somebody wrote, for when they want it erased.
        Index("ix_review_commented", "reviewer_person_id", postgresql_where=text("comment IS NOT NULL")),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer.id"))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    verdict: Mapped[str]
    category: Mapped[str | None]
    comment: Mapped[str | None]
    rule: Mapped[str | None]
    by_sampling: Mapped[bool] = mapped_column(server_default=text("false"))
    reviewer_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    reviewer_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    created_at: Mapped[dt.datetime]

    @property
    def decided_by(self) -> str:
        """Whose verdict it is, one of DECIDED_BY."""
        if self.by_sampling:
            return "sampling"
        return "timer" if self.reviewer_organization_id is None else "reviewer"

"""What readers get: plain values put together from several tables."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from marketplace.jobs.labels import KINDS
from marketplace.jobs.labels.kind import Accessibility
from marketplace.jobs.models import Guideline, Job
from marketplace.kernel.money import Money
from marketplace.kernel.terms import SettlementTerms
from marketplace.work.claiming import ClaimItem
from marketplace.work.corrections import differences
from marketplace.work.dispute_models import Appeal, Dispute, appeal_until
from marketplace.work.late_seats import contest_until, is_kept
from marketplace.work.models import Answer, Batch, Claim, Review
from marketplace.work.overlap_queries import OverlapProgress
from marketplace.work.review_models import AnswerHold, Correction


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch as a worker who looks for work sees it; `open_seats` is exact up to `OPEN_SEATS_SHOWN_MAX`.

    `funded_percent` of all its seats, rounded down, had their money set aside so far; every open seat has.
    """

    id: uuid.UUID
    job_id: uuid.UUID
    job_title: str
    kind: str
    severity: int
    instructions: str
    organization_id: uuid.UUID
    rate_code: str
    items_per_task: int
    pay: Money
    lease_seconds: int
    settlement_terms: SettlementTerms
    terms_hash: bytes
    guideline_version: int
    auto_accept_seconds: int
    redo_max: int
    open_seats: int
    funded_percent: int

    @property
    def accessibility(self) -> Accessibility:
        """How it can be worked on, as of its kind."""
        return KINDS[self.kind].ACCESSIBILITY


class _LateAnswers:
    """What became of answers to a claim that came too late; of whatever shows a claim with its job."""

    __slots__ = ()

    claim: Claim
    job: Job

    @property
    def is_kept(self) -> bool:
        """Whether answers that came too late are kept."""
        return is_kept(self.claim)

    @property
    def contest_until(self) -> dt.datetime | None:
        """Until when answers that came too late can be contested; None where none are kept or would be paid."""
        return contest_until(self.claim, self.job)


@dataclass(frozen=True, slots=True)
class ClaimLine(_LateAnswers):
    """A claim in a list."""

    claim: Claim
    batch: Batch
    job: Job

    @property
    def id(self) -> uuid.UUID:
        """The claim's id."""
        return self.claim.id

    @property
    def auto_accept_at(self) -> dt.datetime | None:
        """When it accepts itself if nobody reviews it; None unless it waits for review."""
        if self.claim.state != "submitted" or self.claim.submitted_at is None:
            return None
        return self.claim.submitted_at + dt.timedelta(seconds=self.job.auto_accept_seconds)


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer with its verdicts, oldest first, its dispute, and how well answers to the item agree (0.0 to 1.0).

    `hold` is the rejection of it that waits for another side, `correction` a reviewer's corrected copy. Pages and wire
    take `content` from here and not from the row: it is None where `hidden` from this reader.
    """

    answer: Answer
    reviews: list[Review]
    dispute: Dispute | None
    agreement: float | None
    hidden: bool = False
    hold: AnswerHold | None = None
    correction: Correction | None = None
    appeal: Appeal | None = None

    @property
    def appeal_until(self) -> dt.datetime | None:
        """Until when its worker can appeal against how the dispute was decided; None where nothing is to appeal."""
        upheld = self.dispute is not None and self.dispute.state == "upheld"
        return appeal_until(self.dispute, self.appeal) if self.dispute is not None and upheld else None

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """What a reviewer corrected: (JSON pointer, what was said, what is right); empty without a correction."""
        return [] if self.correction is None else differences(self.answer.content, self.correction.content)

    @property
    def content(self) -> dict[str, Any] | None:
        """What was answered, None from the client for what was finally rejected (rule 7: no data without pay)."""
        return None if self.hidden else self.answer.content

    @property
    def prelabel_changed(self) -> bool | None:
        """Whether it changes what a model proposed; None without a proposal, and where the content is hidden."""
        return None if self.hidden else self.answer.prelabel_changed


@dataclass(frozen=True, slots=True)
class ClaimView(_LateAnswers):
    """A claim with everything its worker or its reviewer needs; answers by item id.

    `guideline` is the frozen version. `seconds_left` counts down the lease, None when none runs.
    """

    claim: Claim
    batch: Batch
    job: Job
    guideline: Guideline | None
    items: list[ClaimItem]
    answers: dict[uuid.UUID, AnswerView]
    seconds_left: int | None
    auto_accept_at: dt.datetime | None

    @property
    def items_to_answer(self) -> list[ClaimItem]:
        """The items the present attempt is about: all at first, then those sent back."""
        if self.claim.attempt == 1:
            return self.items
        return [i for i in self.items if i.id in self.answers and self.answers[i.id].answer.state == "redo_requested"]


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute with the answer it is about and the verdict that is contested; `content` as in `AnswerView`.

    `appeal` is the one appeal against how it was decided, if there was one.
    """

    dispute: Dispute
    answer: Answer
    claim: Claim
    job: Job
    rejection: Review | None
    hidden: bool = False
    appeal: Appeal | None = None

    @property
    def appeal_until(self) -> dt.datetime | None:
        """Until when the side that lost can appeal; None while undecided, and once there was an appeal."""
        return appeal_until(self.dispute, self.appeal)

    @property
    def content(self) -> dict[str, Any] | None:
        """What was answered, None from the client for what was finally rejected (rule 7: no data without pay)."""
        return None if self.hidden else self.answer.content


@dataclass(frozen=True, slots=True)
class DrawSummary:
    """What was drawn for review of a job that has a sample reviewed; `seed` is hex, None while it is secret."""

    job_id: uuid.UUID
    seed_digest: str
    seed: str | None
    answers: int
    drawn: dict[str, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is; counts. Of the `items`, those withdrawn are not to be answered.

    Seats that are `open` can be claimed, `taken` are held, waiting or decided. Of the answers to items with a
    pre-label, `answers_as_prelabeled` say what the model proposed, and `answers_unlike_prelabel` something else
    (rule 13). `tasks` and seats count extensions too; `overlap` is None for a job whose items get no further answers.
    """

    items: int
    items_withdrawn: int
    tasks: int
    tasks_done: int
    seats_wanted: int
    seats_released: int
    seats_open: int
    seats_taken: int
    seats_withdrawn: int
    waiting_for_review: int
    answers: dict[str, int]
    items_prelabeled: int
    answers_as_prelabeled: int
    answers_unlike_prelabel: int
    overlap: OverlapProgress | None


@dataclass(frozen=True, slots=True)
class Result:
    """An answer as the client gets it: `content` is None unless it is paid for; `used` is false for paid_not_used.

    `correction` is a reviewer's corrected copy. `decided_by` is reviewer, timer, sampling or dispute, None before.

    `prelabel_changed` says whether the worker changed what a model had proposed; None where nothing was proposed, and
    for answers that are not paid for: that one is as proposed would tell its content.
    """

    answer_id: uuid.UUID
    item_id: uuid.UUID
    external_id: str
    rate_code: str
    ordinal: int
    state: str
    attempt: int
    used: bool
    content: dict[str, Any] | None
    submitted_at: dt.datetime
    decided_at: dt.datetime | None
    agreement: float | None
    consensus: dict[str, Any] | None
    adjudicated: bool
    prelabel_changed: bool | None
    correction: Correction | None
    decided_by: str | None

"""Tasks, claims, answers, disputes on the wire."""

from typing import Annotated, Any, NotRequired, TypedDict

from marketplace.jobs.labels import KINDS
from marketplace.work.claiming import SEVERAL_MAX
from marketplace.work.finding import ORDERS
from marketplace.work.models import DECIDED_BY
from marketplace.work.skip_models import SKIP_REASONS
from marketplace.work.states import ANSWER, CLAIM
from workers_portal.api.describing import Says, an_id, one_of
from workers_portal.api.schemas.disputes import DisputeWire
from workers_portal.api.schemas.values import Amount, Instant, ListQuery, Terms


class ClaimItemWire(TypedDict):
    """An item to label: texts, or media behind a path that is good for fifteen minutes."""

    id: Annotated[str, an_id("item")]
    external_id: str
    ordinal: int
    content: dict[str, Any]
    prelabel: Annotated[dict[str, Any] | None, "A model's proposal, with the answer it proposes; null without one."]
    media_url: NotRequired[str | None]
    width: NotRequired[Annotated[int | None, "Pixels, of images kept here."]]
    height: NotRequired[int | None]
    duration_ms: NotRequired[Annotated[int | None, "Milliseconds, of sounds kept here."]]
    point_count: NotRequired[Annotated[int | None, "Points, of point clouds kept here."]]


class NewClaimWire(TypedDict):
    """A fresh claim with what is frozen in it."""

    id: Annotated[str, an_id("claim")]
    state: Annotated[str, one_of(CLAIM.states)]
    attempt: int
    batch_id: Annotated[str, an_id("batch")]
    task_id: Annotated[str, an_id("task")]
    job_id: Annotated[str, an_id("job")]
    pay_per_answer: Amount
    guideline_version: int
    settlement_terms: Terms
    claimed_at: Instant
    lease_until: Instant
    lease_seconds_left: int
    items: list[ClaimItemWire]


class ClaimWire(TypedDict):
    """A claim."""

    id: Annotated[str, an_id("claim")]
    state: Annotated[str, one_of(CLAIM.states)]
    attempt: int
    batch_id: Annotated[str, an_id("batch")]
    task_id: Annotated[str, an_id("task")]
    job_id: Annotated[str, an_id("job")]
    item_count: int
    guideline_version: int
    claimed_at: Instant
    lease_until: Instant | None
    submitted_at: Instant | None
    decided_at: Instant | None
    contest_until: Annotated[
        Instant | None,
        "Until when answers that came too late and were kept can be contested; null where there are none, or the job "
        "pays for none.",
    ]


class ClaimLineWire(ClaimWire):
    """A claim in a list."""

    title: str
    pay_per_answer: Amount
    auto_accept_at: Instant | None


class ReviewWire(TypedDict):
    """A verdict on one attempt."""

    attempt: int
    verdict: str
    category: str | None
    comment: str | None
    rule: Annotated[str | None, "The rule of the guideline it cites."]
    at: Instant
    by: Annotated[str, one_of(DECIDED_BY), "`sampling`: it was not drawn for review. `timer`: nobody decided in time."]
    by_timer: Annotated[bool, "Accepted because nobody decided in time."]


class AnswerWire(TypedDict):
    """One's answer with its verdicts, oldest first."""

    id: Annotated[str, an_id("answer")]
    state: Annotated[str, one_of(ANSWER.states)]
    attempt: int
    content: dict[str, Any] | None
    reviews: list[ReviewWire]
    correction: Annotated[dict[str, Any] | None, "What a reviewer says it should have said; it is paid all the same."]
    held_until: Annotated[
        Instant | None, "Rejected without effect: another side decides by then, or it counts as accepted."
    ]
    dispute: DisputeWire | None


class AnsweredItemWire(ClaimItemWire):
    """An item of a claim with one's answer."""

    to_answer: Annotated[bool, "Whether the present attempt asks for it."]
    answer: AnswerWire | None


class GuidelineWire(TypedDict):
    """The guideline that is frozen in a claim."""

    version: int
    text: str
    rules: list[dict[str, Any]]


class WholeClaimWire(ClaimWire):
    """A claim with its items, one's answers with their verdicts, the guideline, the draft."""

    title: str
    kind: str
    instructions: str
    label_schema: dict[str, Any]
    pay_per_answer: Amount
    settlement_terms: Terms
    lease_seconds_left: int | None
    auto_accept_at: Instant | None
    guideline: GuidelineWire | None
    draft: Annotated[dict[str, Any] | None, "Answers by item id, as they were saved."]
    items: list[AnsweredItemWire]


class NextRefusedWire(TypedDict):
    """Why no further task was claimed; the submission stands."""

    code: Annotated[str, "As in the problem that claiming by itself would have been answered with."]
    detail: str


class SubmittedWire(TypedDict):
    """What became of a submission."""

    claim_id: Annotated[str, an_id("claim")]
    attempt: int
    state: Annotated[str, one_of(CLAIM.states)]
    submitted_at: Instant | None
    answer_count: int
    replayed: Annotated[bool, "The same answers had come before; then nothing further is claimed."]
    next: Annotated[NewClaimWire | None, "With `claim_next`: the next task of the batch."]
    next_refused: Annotated[NextRefusedWire | None, "With `claim_next`: why there is none."]


class ShownTermsInput(TypedDict, total=False):
    """What one was shown of the work, as the list of tasks says it in `terms`; what is left out is not compared."""

    pay_per_answer: Amount
    terms_hash: Annotated[str, Says(pattern="^[0-9a-f]{64}$")]
    guideline_version: int


class ClaimInput(TypedDict, total=False):
    """What to claim: a task, or the next of a batch; the next of the first batch in line if none is named."""

    batch_id: Annotated[str, an_id("batch")]
    task_id: Annotated[str, an_id("task")]
    terms: ShownTermsInput


class SeveralInput(TypedDict):
    """How many tasks to claim together, of the batch named or of the first in line."""

    count: Annotated[int, Says(minimum=1, maximum=SEVERAL_MAX)]
    batch_id: NotRequired[Annotated[str, an_id("batch")]]
    terms: NotRequired[ShownTermsInput]


class NewClaimsWire(TypedDict):
    """Claims that were made together."""

    data: list[NewClaimWire]


class SkipInput(TypedDict):
    """Why a task is skipped; a broken item must be named unless the task has only one."""

    reason: Annotated[str, one_of(SKIP_REASONS)]
    item_id: NotRequired[Annotated[str | None, an_id("item")]]


class TasksQuery(ListQuery, total=False):
    """What one looks for."""

    kind: Annotated[list[Annotated[str, one_of(KINDS)]], "Only these kinds of labeling; may be given repeatedly."]
    language: Annotated[str, "Jobs that ask for this language, by its code of two letters.", Says(pattern="^[a-z]{2}$")]
    skill: Annotated[str, "Jobs that ask for this skill.", an_id("skill")]
    hourly_min: Annotated[
        str,
        "Work at which others are known to have earned this much an hour, by the median; with `currency`.",
        Says(pattern=r"^[0-9]+(\.[0-9]+)?$", example="2.50"),
    ]
    currency: Annotated[str, "Of `hourly_min`.", Says(pattern="^[A-Z]{3}$", example="USD")]
    severity_max: Annotated[int, "No harder content than this.", Says(minimum=1, maximum=5)]
    phone: Annotated[bool, "Kinds that are comfortable on a phone."]
    keyboard: Annotated[bool, "Kinds that can be done by keyboard alone."]
    without_hearing: Annotated[bool, "Kinds for which nothing has to be heard."]
    without_sight: Annotated[bool, "Kinds for which nothing has to be seen."]
    order: Annotated[str, "`pay` is by currency; `fit` is described above.", one_of(list(ORDERS))]


class ClaimsQuery(ListQuery, total=False):
    """Which of one's claims."""

    state: Annotated[list[Annotated[str, one_of(CLAIM.states)]], "Only those in this state; may be given repeatedly."]


class DraftInput(TypedDict):
    """Answers so far, by item id."""

    answers: dict[str, dict[str, Any]]


class LateInput(TypedDict):
    """All answers of a claim whose lease ended, by item id."""

    attempt: Annotated[int, "The claim's own count: 1, and more after each redo.", Says(minimum=1)]
    answers: dict[str, dict[str, Any]]


class SubmissionInput(TypedDict):
    """The answers of an attempt, by item id."""

    attempt: Annotated[int, "The claim's own count: 1, and more after each redo.", Says(minimum=1)]
    answers: dict[str, dict[str, Any]]
    claim_next: NotRequired[
        Annotated[bool, "Also claim the next task of the batch; the submission stands whether there is one or not."]
    ]

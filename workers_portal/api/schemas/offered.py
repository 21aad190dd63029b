"""Open tasks on the wire: what is told before a claim."""

from typing import Annotated, TypedDict

from workers_portal.api.describing import Says, an_id, one_of
from workers_portal.api.schemas.values import Amount, Day, Terms


class DatedShareWire(TypedDict):
    """A part of the pay and the day on which it falls due."""

    due_on: Day
    amount: Amount


class ExpectedPayWire(TypedDict):
    """Quartiles over workers of what they really earned an hour, redo, rejected answers and lost time included."""

    basis: Annotated[str, "Of this very work, or of all work of its kind.", one_of(["this_work", "this_kind"])]
    lower: Amount
    median: Amount
    upper: Amount
    claims: Annotated[int, "Of so many claims."]
    claims_timed_by_beats: Annotated[int, "Of these; the time of the others is that from claim to submission."]
    workers: Annotated[int, "By so many workers; three at the least."]
    task_seconds: Annotated[int | None, "How long a task takes, in the middle; null where only the kind is known."]


class TermsShownWire(TypedDict):
    """What a claim would freeze now."""

    pay_per_answer: Amount
    terms_hash: Annotated[str, "SHA-256 of the settlement terms, hex."]
    guideline_version: int


class ClientRejectionsWire(TypedDict):
    """Of the answers to this client's jobs that were decided in the last 90 days, those that stand rejected."""

    percent: Annotated[int, "Rounded up, so that 0 says none at all."]
    answers: Annotated[int, "Of so many answers; 20 at the least, by three workers or more."]


class DaysToPayWire(TypedDict):
    """Of the last 90 days' payments for answers to this client's jobs, the days from acceptance to payment."""

    average: Annotated[int, "Rounded up."]
    most: int
    payments: Annotated[int, "Of so many payments; 20 at the least, to three workers or more."]


class WorksWire(TypedDict):
    """How this kind of labeling can be worked on."""

    phone: bool
    keyboard: Annotated[bool, "Without a mouse or a touch."]
    without_hearing: bool
    without_sight: Annotated[bool, "With a screen reader."]


class OpenBatchWire(TypedDict):
    """Tasks of one batch that can be claimed now."""

    id: Annotated[str, an_id("batch")]
    job_id: Annotated[str, an_id("job")]
    title: str
    kind: str
    severity: Annotated[int, "How hard the content is to bear, 1 to 5.", Says(minimum=1, maximum=5)]
    instructions: str
    rate: Annotated[str, "The code of the rate that all its items have."]
    items_per_task: int
    pay_per_answer: Amount
    pay_per_task: Amount
    paid_if_accepted_today: list[DatedShareWire]
    paid_within_60_days: Annotated[Amount, "Of the pay for a task accepted today."]
    paid_within_240_days: Annotated[Amount, "Of the pay for a task accepted today."]
    deferred_until_at_most: Annotated[
        Day | None, "If accepted today: the last day on which pay may fall due in your country; null without a limit."
    ]
    deferral_rule: Annotated[str | None, "The law or rule of your country that says so; null without a limit."]
    settlement_terms: Terms
    terms: Annotated[TermsShownWire, "To be sent with a claim, so that it is made under these terms or not at all."]
    lease_seconds: int
    auto_accept_seconds: Annotated[int, "An answer nobody decides on for so long accepts itself."]
    redo_max: int
    open_seats: Annotated[int, "Places left, counted up to a bound."]
    funded_percent: Annotated[
        int,
        "Of all places of these tasks, those whose money was set aside so far; each open one has it.",
    ]
    works: WorksWire
    client_rejections: Annotated[ClientRejectionsWire | None, "Null: too few answers or workers yet."]
    client_days_to_pay: Annotated[DaysToPayWire | None, "Null: too few payments or workers yet."]
    hourly_pay: Annotated[ExpectedPayWire | None, "What the last workers earned an hour; null: not known yet."]

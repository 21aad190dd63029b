"""What protects workers, on the wire."""

from typing import Annotated, NotRequired, TypedDict

from marketplace.contracts.fee_reports import AMOUNT_MAX, HOW_MAX
from marketplace.protection.decisions import REASON_MAX
from marketplace.work.pace import PERCENT_MAX, PERCENT_MIN
from marketplace.work.timing import BEAT_SECONDS, GAP_SECONDS_MAX
from workers_portal.api.describing import Says, an_id, one_of
from workers_portal.api.schemas.money import EXTRA_KINDS
from workers_portal.api.schemas.values import Amount, Day, Instant


class BeatWire(TypedDict):
    """Active time on a claim so far."""

    claim_id: Annotated[str, an_id("claim")]
    active_seconds: Annotated[
        int, f"The time between beats no further apart than {GAP_SECONDS_MAX} seconds; only you see it."
    ]
    next_beat_seconds: Annotated[int, f"Send the next beat after so many seconds ({BEAT_SECONDS}) of further work."]


class ConsentWire(TypedDict):
    """That one agreed to see content of a severity."""

    severity: Annotated[int, Says(minimum=3, maximum=5)]
    given_at: Instant


class ExposureWire(TypedDict):
    """One's consents, one's limits, and where one stands today."""

    consents: list[ConsentWire]
    items_max: Annotated[int, "Items of severity 3 and more a day: the lower of one's own limit and the platform's."]
    minutes_max: Annotated[int, "Minutes of work on them a day: the lower of the two."]
    own_items_max: int | None
    own_minutes_max: int | None
    time_zone: Annotated[str | None, "In which one's day begins; null: UTC."]
    day: Day
    items: Annotated[int, "Seen today."]
    minutes: Annotated[int, "Worked on them today."]


class ConsentInput(TypedDict):
    """Agree to see content of a severity, or no longer."""

    severity: Annotated[int, Says(minimum=3, maximum=5)]
    given: bool


class LimitsInput(TypedDict, total=False):
    """One's own daily limits; what is null or left out is the platform's."""

    items_max: Annotated[int | None, Says(minimum=0)]
    minutes_max: Annotated[int | None, Says(minimum=0)]
    time_zone: Annotated[str | None, "A name of the time zone database.", Says(example="Asia/Manila")]


class FeeReportInput(TypedDict):
    """Who asked for money in order to work, how much, and how."""

    organization_id: Annotated[str, an_id("organization")]
    amount: NotRequired[
        Annotated[str | None, "As one was asked for it.", Says(maxLength=AMOUNT_MAX, example="200 KES")]
    ]
    how: Annotated[str, "When, where and in which words.", Says(minLength=1, maxLength=HOW_MAX)]


class FeeReportWire(TypedDict):
    """A report of one's own; the organization never learns whose it is."""

    id: Annotated[str, an_id("fee_report")]
    organization_id: Annotated[str, an_id("organization")]
    organization_name: str
    amount: str | None
    how: str
    freezes: Annotated[bool, "Whether the organization's offers stand still while it is open."]
    state: Annotated[str, one_of(["open", "upheld", "dismissed"])]
    created_at: Instant
    decided_at: Instant | None
    decision_reason: str | None
    frozen_until: Instant | None


class DecisionWire(TypedDict):
    """A decision about one, in words."""

    id: Annotated[str, an_id("event")]
    kind: Annotated[str, "The kind of event behind it."]
    at: Instant
    by_rule: Annotated[bool, "Whether a rule made it, and no person."]
    subject: Annotated[str, "The id of what it is about."]
    words: str
    reason: Annotated[str | None, "What was found, where the decision says so."]
    remedy: Annotated[str, "What it means, and what one can do beside contesting it here."]
    contested_at: Instant | None
    contest_reason: str | None
    outcome: Annotated[str | None, "What operations answered."]


class DecisionContestInput(TypedDict):
    """What is wrong with a decision."""

    reason: Annotated[str, Says(minLength=1, maxLength=REASON_MAX)]


class ExtraWire(TypedDict):
    """Something one is paid beside the price of answers."""

    id: Annotated[str, an_id("extra")]
    kind: Annotated[str, one_of(EXTRA_KINDS)]
    job_id: Annotated[str, an_id("job")]
    claim_id: Annotated[str | None, an_id("claim")]
    amount: Amount
    open: Annotated[Amount, "What of it the layer, and the guarantee fund in its place, could not pay yet."]
    note: str | None
    created_at: Instant


class TimeFactorInput(TypedDict):
    """How much time one's tasks are to give."""

    time_factor_percent: Annotated[int, Says(minimum=PERCENT_MIN, maximum=PERCENT_MAX)]


class TimeFactorWire(TypedDict):
    """How much time one's tasks give."""

    time_factor_percent: Annotated[int, "Of the lease that everybody gets.", Says(minimum=100, maximum=300)]

"""Disputes and appeals on the wire."""

from typing import Annotated, NotRequired, TypedDict

from marketplace.work.states import APPEAL, DISPUTE
from workers_portal.api.describing import Says, an_id, one_of
from workers_portal.api.schemas.values import Instant

Reason = Annotated[str, Says(minLength=1, maxLength=4000)]


class AppealWire(TypedDict):
    """The one appeal against how a dispute was decided."""

    dispute_id: Annotated[str, an_id("dispute")]
    side: Annotated[str, one_of(("worker", "rejecting")), "Whose it is; what was paid stays paid."]
    state: Annotated[str, one_of(APPEAL.states)]
    reason: str
    deadline_at: Annotated[Instant, "Silence until then decides for the worker."]
    decision: str | None
    decided_at: Instant | None


class DisputeWire(TypedDict):
    """A dispute about an answer."""

    id: Annotated[str, an_id("dispute")]
    state: Annotated[str, one_of(DISPUTE.states)]
    reason: str
    deadline_at: Instant
    response: Annotated[str | None, "What the rejecting side says to it."]
    decision: str | None
    decided_at: Instant | None
    appeal_until: Annotated[Instant | None, "Until when one can appeal against its having been upheld."]
    appeal: AppealWire | None


class OpenedDisputeWire(TypedDict):
    """A dispute just opened."""

    id: Annotated[str, an_id("dispute")]
    answer_id: Annotated[str, an_id("answer")]
    state: Annotated[str, one_of(DISPUTE.states)]
    deadline_at: Instant


class DisputeInput(TypedDict):
    """What is contested, and why."""

    answer_id: Annotated[str, an_id("answer")]
    reason: Annotated[str, Says(minLength=1, maxLength=4000)]


class OpenedDisputesWire(TypedDict):
    """The disputes that were just opened."""

    data: list[OpenedDisputeWire]


class DisputesInput(TypedDict):
    """Several answers of a claim contested for one reason; without `answer_ids` all that can be."""

    answer_ids: NotRequired[list[Annotated[str, an_id("answer")]]]
    reason: Reason


class AppealInput(TypedDict):
    """Why the decision is wrong."""

    reason: Reason

"""Disputes and appeals, as they are asked for and answered."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View
from client_api.schemas.reviews import CONTENT, PastVerdictView
from marketplace.work.states import APPEAL, DISPUTE


class AppealView(View):
    """The one appeal against how a dispute was decided."""

    side = fields.String(
        validate=validate.OneOf(("worker", "rejecting")),
        metadata={"description": "Whose it is. One of the rejecting side takes nothing back that was paid."},
    )
    state = fields.String(validate=validate.OneOf(sorted(APPEAL.states)))
    reason = fields.String()
    decision_reason = fields.String(attribute="decision", allow_none=True)
    opened_at = Instant()
    deadline_at = Instant(metadata={"description": "Silence until then decides for the worker."})
    decided_at = Instant(allow_none=True)


class DisputeView(View):
    """A worker contests a rejection, a redo that lapsed, or that answers came too late to count."""

    id = PublicId("dispute", attribute="dispute.id")
    answer_id = PublicId("answer", attribute="answer.id")
    claim_id = PublicId("claim", attribute="claim.id")
    job_id = PublicId("job", attribute="job.id")
    state = fields.String(attribute="dispute.state", validate=validate.OneOf(sorted(DISPUTE.states)))
    reason = fields.String(attribute="dispute.reason")
    response = fields.String(attribute="dispute.response", allow_none=True)
    decision_reason = fields.String(attribute="dispute.decision", allow_none=True)
    content = fields.Dict(keys=fields.String(), allow_none=True, metadata=CONTENT)
    rejection = fields.Nested(PastVerdictView, allow_none=True)
    came_late_at = Instant(
        attribute="claim.kept_at",
        allow_none=True,
        metadata={"description": "When the answers came, if that was after their lease and their seat was gone."},
    )
    opened_at = Instant(attribute="dispute.opened_at")
    deadline_at = Instant(
        attribute="dispute.deadline_at", metadata={"description": "Silence until then decides for the worker."}
    )
    decided_at = Instant(attribute="dispute.decided_at", allow_none=True)
    appeal_until = Instant(
        allow_none=True,
        metadata={"description": "Until when the side that lost can appeal; null while undecided and after an appeal."},
    )
    appeal = fields.Nested(AppealView, allow_none=True)


class DisputeQuery(ListQuery):
    """Filters of the list of disputes."""

    waiting = fields.Boolean(load_default=False, metadata={"description": "Only those still undecided."})


class DisputeDecisionInput(Input):
    """How a dispute ends."""

    decision = fields.String(
        required=True,
        validate=validate.OneOf(("upheld", "overturned")),
        metadata={
            "description": "`upheld`: the rejection stands, unless the worker appeals; `overturned`: they are paid."
        },
    )
    reason = fields.String(required=True, validate=validate.Length(1, 4000))


class AppealDecisionInput(Input):
    """How an appeal ends."""

    decision = fields.String(required=True, validate=validate.OneOf(("granted", "dismissed")))
    reason = fields.String(required=True, validate=validate.Length(1, 4000))


class ResponseInput(Input):
    """Why the rejecting side stands by its verdict."""

    response = fields.String(required=True, validate=validate.Length(1, 4000))

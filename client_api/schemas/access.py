from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View
from client_api.schemas.skills import TEXT
from marketplace.contracts.access import BLOCK_DAYS_MAX, EFFECTS, SCOPES
from marketplace.contracts.access_queries import STATES
from marketplace.web.api_parts import example_id


class AccessRuleInput(Input):
    """Whom to allow or block, where, for how long, and why; exactly one of worker and organization."""

    effect = fields.String(
        required=True,
        validate=validate.OneOf(EFFECTS),
        metadata={
            "description": "`block` keeps a worker from finding and claiming, an organization from being offered "
            "parts. Where any worker (or organization) is allowed, only those allowed come in. Blocks go first."
        },
    )
    scope = fields.String(
        required=True,
        validate=validate.OneOf(SCOPES),
        metadata={
            "description": "`job`: one job of yours with all that is opened or offered below it; `contract`: tasks "
            "opened and parts offered from one contract under which you sell; `all`: whatever you have and will have."
        },
    )
    worker_id = PublicId("person", load_default=None, allow_none=True)
    organization_id = PublicId(
        "organization", load_default=None, allow_none=True, metadata={"description": "A subcontractor."}
    )
    job_id = PublicId("job", load_default=None, allow_none=True, metadata={"description": "With the scope `job`."})
    contract_id = PublicId(
        "contract", load_default=None, allow_none=True, metadata={"description": "With the scope `contract`."}
    )
    reason = fields.String(required=True, validate=TEXT, metadata={"description": "The one concerned reads it."})
    expires_at = Instant(
        load_default=None,
        allow_none=True,
        metadata={"description": f"By the market's clock; a block needs it, at most {BLOCK_DAYS_MAX} days ahead."},
    )


class AccessRuleView(View):
    """A rule, its end and what the one concerned said against it; who is concerned is not told which job it was."""

    id = PublicId("access_rule")
    organization_id = PublicId("organization", metadata={"description": "Who made it."})
    organization_name = fields.String()
    effect = fields.String(validate=validate.OneOf(EFFECTS))
    scope = fields.String(validate=validate.OneOf(SCOPES))
    job_id = PublicId("job", allow_none=True)
    contract_id = PublicId("contract", allow_none=True)
    worker_id = PublicId("person", allow_none=True)
    subject_organization_id = PublicId(
        "organization", allow_none=True, metadata={"description": "The organization concerned."}
    )
    state = fields.String(validate=validate.OneOf(STATES))
    reason = fields.String()
    created_at = Instant()
    expires_at = Instant(allow_none=True)
    ended_at = Instant(allow_none=True, metadata={"description": "When it was ended before its time."})
    end_reason = fields.String(allow_none=True)
    contested_at = Instant(allow_none=True)
    contest_reason = fields.String(allow_none=True)


class AccessRuleQuery(ListQuery):
    """Filters of the list of access rules."""

    effect = fields.String(validate=validate.OneOf(EFFECTS))
    live = fields.Boolean(metadata={"description": "Only those that hold now, or only those that do not any more."})
    worker_id = PublicId("person")
    organization_id = PublicId("organization", metadata={"description": "The organization concerned."})


ACCESS_RULE_EXAMPLE = {
    "effect": "block",
    "scope": "all",
    "worker_id": example_id("person"),
    "reason": "Answers on 14 January were copied from another worker.",
    "expires_at": "2027-04-15T00:00:00Z",
}
ACCESS_END_EXAMPLE = {"reason": "It was another worker; we are sorry."}

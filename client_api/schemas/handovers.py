"""Fields of handovers of contracts."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.contracts import EXPIRES_SECONDS_MAX
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, TermsField, View, whole
from marketplace.contracts.states import HANDOVER


class HandoverInput(Input):
    """To whom a contract is offered, as it stands."""

    to_organization_id = PublicId(
        "organization",
        required=True,
        metadata={"description": "An approved subcontractor that stands neither above nor below in the chain."},
    )
    expires_in_seconds = whole(60, EXPIRES_SECONDS_MAX, load_default=7 * 86_400)


class HandoverAcceptInput(Input):
    """What was read before it is accepted."""

    terms_digest = fields.String(
        required=True,
        validate=validate.Regexp(r"^[0-9a-f]{64}$"),
        metadata={
            "description": "`passes_over.terms_digest` as you read it. Where prices, terms, items or tasks are others "
            "by now, the answer is `state_conflict`: read the handover again.",
        },
    )


class HandoverQuery(ListQuery):
    """Which handovers are listed."""

    contract_id = PublicId("contract")
    state = fields.String(validate=validate.OneOf(sorted(HANDOVER.states)))


class HandoverRateView(View):
    """A rate of the contract: what its seller gets per accepted answer, and its items."""

    code = fields.String()
    price = MoneyField()
    items = fields.Integer()
    free_items = fields.Integer(metadata={"description": "Neither offered below nor put into tasks."})


class SoldOnView(View):
    """What the contract sells below itself already."""

    to = fields.String(validate=validate.OneOf(("layer", "workers")))
    rate_code = fields.String()
    price = MoneyField(metadata={"description": "Per accepted answer."})
    items = fields.Integer()


class PassesOverView(View):
    """A contract as who accepts it takes it over; numbers of claims are of this moment."""

    rates = fields.List(fields.Nested(HandoverRateView), metadata={"description": "Its rate card, as it stands."})
    sold_on = fields.List(fields.Nested(SoldOnView))
    settlement_terms = TermsField(
        attribute="contract.settlement_terms", metadata={"description": "When the seller's margin is paid."}
    )
    terms_digest = fields.String(
        attribute="digest",
        metadata={
            "description": "SHA-256, hex, of the rate card, the terms, and what is sold below: what accepting binds "
            "to, and is sent with it. Work that goes on does not change it."
        },
    )
    claims_under_way = fields.Integer(metadata={"description": "Of its tasks, which workers have now."})
    claims_to_review = fields.Integer(metadata={"description": "Which wait for a verdict of its seller."})
    disputes_open = fields.Integer(metadata={"description": "Rejections that workers contest."})


class HandoverView(View):
    """An offer to sell under a contract from its acceptance on, by who took it over after a default."""

    id = PublicId("handover")
    contract_id = PublicId("contract")
    from_organization_id = PublicId("organization")
    to_organization_id = PublicId("organization")
    state = fields.String(validate=validate.OneOf(sorted(HANDOVER.states)))
    passes_over = fields.Nested(
        PassesOverView,
        allow_none=True,
        metadata={"description": "What is offered; null in lists, and once it is decided."},
    )
    offered_at = Instant()
    expires_at = Instant()
    decided_at = Instant(allow_none=True)

"""Fields of defaults of layers."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, MoneyField, PublicId, View
from marketplace.contracts.default_models import CAUSES, TAKERS
from marketplace.contracts.reasons import REASON_LENGTH_MAX


class DefaultInput(Input):
    """Which seller cannot go on with a contract, and why."""

    seller_organization_id = PublicId(
        "organization",
        required=True,
        metadata={"description": "Whose default it is: who sells under the contract now."},
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(1, REASON_LENGTH_MAX),
        metadata={"example": "Insolvency was declared on 3 March.", "description": "The former seller reads it."},
    )


class ReleaseInput(Input):
    """Why what is held is released."""

    reason = fields.String(
        required=True,
        validate=validate.Length(1, REASON_LENGTH_MAX),
        metadata={"example": "The administrator has been named, and nothing is owed to workers."},
    )


class DefaultQuery(ListQuery):
    """Which defaults are listed."""

    contract_id = PublicId("contract")


class DefaultView(View):
    """A seller who could not go on with a contract, and who took it over at its prices."""

    id = PublicId("default")
    contract_id = PublicId("contract")
    former_organization_id = PublicId("organization")
    successor_organization_id = PublicId("organization")
    taker = fields.String(
        validate=validate.OneOf(TAKERS),
        metadata={"description": "The successor is a layer above, the client, or the platform as caretaker."},
    )
    cause = fields.String(validate=validate.OneOf(CAUSES))
    reason = fields.String(allow_none=True, metadata={"description": "For the former seller and the platform."})
    held = MoneyField(
        allow_none=True,
        metadata={"description": "What the former seller earned by it and is held; for it and the platform."},
    )
    declared_at = Instant()
    released_at = Instant(allow_none=True, metadata={"description": "Since when what was held falls due again."})

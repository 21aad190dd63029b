from __future__ import annotations

import json
from typing import Final

from marshmallow import fields, validate
from webargs.fields import DelimitedList

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View, whole
from marketplace.kernel.ids import PREFIXES
from marketplace.notifications.published import PING, PUBLISHED
from marketplace.notifications.retrying import TRIES_MAX
from marketplace.notifications.states import DELIVERY, WEBHOOK
from marketplace.notifications.webhooks import OVERLAP_MAX
from marketplace.outbound.addresses import URL_LENGTH_MAX

DESCRIPTION_MAX: Final = 500
_DAY: Final = 86_400
_KINDS: Final = sorted(PUBLISHED)
_MEANINGS: Final = " ".join(f"`{kind}`: {PUBLISHED[kind].meaning}" for kind in _KINDS)
_URL = validate.Length(1, URL_LENGTH_MAX)
_EXAMPLE: Final = {
    "url": "https://hooks.example.com/piecework",
    "kinds": ["job.funded", "contract.offered", "claim.submitted"],
    "description": "Production",
}
WEBHOOK_EXAMPLE: Final = _EXAMPLE


def _kind() -> fields.String:
    return fields.String(validate=validate.OneOf(_KINDS), metadata={"example": "job.funded"})


class WebhookInput(Input):
    """An address to which events are sent, and which."""

    url = fields.String(
        required=True,
        validate=_URL,
        metadata={
            "example": _EXAMPLE["url"],
            "description": "Begins with https:// and names a host of the public internet.",
        },
    )
    kinds = fields.List(
        _kind(), required=True, validate=validate.Length(1, len(_KINDS)), metadata={"description": _MEANINGS}
    )
    description = fields.String(
        load_default="",
        validate=validate.Length(max=DESCRIPTION_MAX),
        metadata={"description": "For you, to know it by."},
    )


class WebhookChange(Input):
    """What is to be different; what is left out stays."""

    url = fields.String(validate=_URL)
    kinds = fields.List(_kind(), validate=validate.Length(1, len(_KINDS)))
    description = fields.String(validate=validate.Length(max=DESCRIPTION_MAX))
    state = fields.String(
        validate=validate.OneOf(("active", "disabled")),
        metadata={"description": "Set active again, it goes on where it stopped: nothing is left out."},
    )


class SecretRotationInput(Input):
    """How long the old secret goes on signing beside the new one."""

    overlap_seconds = whole(
        0,
        int(OVERLAP_MAX.total_seconds()),
        load_default=_DAY,
        metadata={"description": "Every delivery carries both signatures meanwhile; 0 ends the old one at once."},
    )


class WebhookView(View):
    """An address to which events are sent, without its secret."""

    id = PublicId("webhook")
    url = fields.String()
    kinds = fields.List(fields.String(), metadata={"description": "The types of event that are sent."})
    description = fields.String()
    state = fields.String(validate=validate.OneOf(sorted(WEBHOOK.states - {"deleted"})))
    disabled_reason = fields.String(
        allow_none=True,
        validate=validate.OneOf(("owner", "gone", "failing")),
        metadata={
            "description": "`owner`: by you; `gone`: the receiver answered 410; `failing`: it took nothing for days."
        },
    )
    version = fields.Integer()
    failing_since = Instant(
        allow_none=True, metadata={"description": "The first failure since the last success. Real time."}
    )
    older_secret_until = Instant(
        attribute="secret_before_until",
        allow_none=True,
        metadata={"description": "Until when the secret before the last rotation signs too. Real time."},
    )
    created_at = Instant(metadata={"description": "Real time."})


class WebhookSecretView(WebhookView):
    """A webhook with its new secret."""

    secret = fields.String(
        allow_none=True,
        metadata={
            "example": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "description": "Verifies the signatures. Shown this once; null when the answer is replayed.",
        },
    )


class AttemptView(View):
    """One try of a delivery."""

    number = fields.Integer()
    started_at = Instant(metadata={"description": "Real time."})
    milliseconds = fields.Integer(allow_none=True, metadata={"description": "null: what came of it is not known."})
    status = fields.Integer(allow_none=True, metadata={"description": "The status that your receiver answered."})
    error = fields.String(allow_none=True, metadata={"description": "Why there was no answer."})


class WebhookDeliveryView(View):
    """One event on its way to one webhook."""

    id = PublicId("webhook_delivery")
    webhook_id = PublicId("webhook")
    message_id = PublicId(
        "webhook_delivery",
        metadata={"description": "What the receiver gets as `webhook-id`: the same on every try and redelivery."},
    )
    type = fields.String(attribute="kind", metadata={"example": "job.funded", "description": f"Or `{PING}`."})
    event_id = PublicId("event", allow_none=True, metadata={"description": "null for a ping."})
    state = fields.String(
        validate=validate.OneOf(sorted(DELIVERY.states)),
        metadata={"description": f"`dead` after {TRIES_MAX} tries; `redelivered` once it is sent again by hand."},
    )
    payload = fields.Function(
        lambda row: json.loads(row.payload), metadata={"type": "object", "description": "What is sent."}
    )
    next_try_at = Instant(allow_none=True, metadata={"description": "Real time; null when it is over."})
    created_at = Instant(metadata={"description": "Real time."})
    ended_at = Instant(allow_none=True, metadata={"description": "Real time."})
    attempts = fields.List(fields.Nested(AttemptView), metadata={"description": "The tries so far, in order."})


class WebhookDeliveryQuery(ListQuery):
    """Filters of the list of deliveries."""

    webhook_id = PublicId("webhook")
    state = fields.String(validate=validate.OneOf(sorted(DELIVERY.states)))


class OrganizationEventView(View):
    """Something that happened, as far as your organization is told: the body that webhooks get."""

    id = PublicId("event")
    type = fields.String(validate=validate.OneOf(_KINDS), metadata={"example": "job.funded"})
    occurred_at = fields.String(
        metadata={"format": "date-time", "example": "2027-01-15T08:00:00.000000Z", "description": "Market time."}
    )
    organization_id = PublicId("organization", metadata={"description": "Yours."})
    data = fields.Dict(
        keys=fields.String(),
        metadata={
            "description": "What it is about, by the name of the noun, and more by the type; fields may be added.",
            "example": {
                "job": f"{PREFIXES['job']}_01h455vb4pex5vsknk084sn02q",
                "amount": {"amount": "900.00", "currency": "CNY"},
            },
        },
    )


class OrganizationEventQuery(ListQuery):
    """Filters of the list of events."""

    types = DelimitedList(
        _kind(),
        validate=validate.Length(max=len(_KINDS)),
        metadata={"description": "Only these, separated by commas.", "example": ["job.funded", "claim.submitted"]},
    )
    after = PublicId("event", metadata={"description": "The id of the last event you know; what follows it is listed."})

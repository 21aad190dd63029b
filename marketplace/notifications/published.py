"""Which sealed events organizations are told by webhook and at /v1/events, whom, and what of them: policy as data.

Every field of a published kind is either told or withheld, by name; a test holds that, so that a field that a kind
gains later is told to nobody before somebody has looked at it (rule 12).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from marketplace.audit.models import AuditEvent
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.ids import public

PING: Final = "webhook.ping"
"""The type of a delivery that only tries a webhook out; no event has it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Of a list of objects, or of an object of objects, these fields of each are told."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """What becomes of one kind.

    `audience` is "readers": the organizations that may read the event; "parties": those of them that its data names
    in one of the fields of `parties`, so that a price is told to nobody but who pays or gets it, whoever else may
    read the event; "work": the readers, the client of the job, and the layer that opened the task; or "subscribers":
    whoever has a webhook for the kind, which is public.
    `told` maps a field to True for the whole of it, or to a Part. What stands in `withheld` is never told.
    """

    meaning: str
    audience: str
    told: Mapping[str, bool | Part]
    withheld: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()


_SIDES: Final[dict[str, bool | Part]] = {"job": True, "buyer": True, "seller": True}
_VERDICTS: Final[dict[str, bool | Part]] = {
    "job": True,
    "attempt": True,
    "answers": Part(("answer", "category", "rule")),
}
_HANDOVER: Final[dict[str, bool | Part]] = {
    "job": True,
    "contract": True,
    "seller": True,
    "asked": True,
    "expires_at": True,
}
_RATES: Final = Part(("price", "items"))


def _contract(meaning: str, told: Mapping[str, bool | Part], withheld: tuple[str, ...] = ()) -> Published:
    return Published(meaning, "parties", {**_SIDES, **told}, withheld, parties=("buyer", "seller"))


_PROPOSAL: Final[dict[str, bool | Part]] = {"contract": True, "proposed_by": True, "rates": Part(("from", "to"))}

PUBLISHED: Final[dict[str, Published]] = {
    "checkpoint.anchored": Published(
        "A signed head of the audit log was kept outside the database; keep it, and nobody can rewrite what is before.",
        "subscribers",
        {"tree_size": True, "root_hash": True, "short": True, "note": True},
        withheld=("places",),
    ),
    "job.funded": Published("Money was tied to a job.", "readers", {"amount": True}, withheld=("journal",)),
    "job.moved": Published("A job changed its state.", "readers", {"from": True, "to": True, "version": True}),
    "contract.offered": _contract(
        "A part of a job was offered to a layer.",
        {"layer": True, "rates": _RATES, "settlement_terms": True, "expires_at": True},
    ),
    "contract.accepted": _contract("An offer was accepted.", {"rates": _RATES, "settlement_terms": True}),
    "contract.declined": _contract("An offer was declined.", {}),
    "contract.withdrawn": _contract("An offer was withdrawn.", {}),
    "contract.expired": _contract("An offer ran out.", {}),
    "contract.items_withdrawn": _contract(
        "The client took items of a contract back that were in no task.", {"rates": Part(("items",))}
    ),
    "contract.recalled": _contract(
        "Items of a contract went back to its buyer.", {"rates": Part(("items",)), "state": True}
    ),
    "contract.defaulted": Published(
        "Your organization is in default with a contract: what it earned by it is held.",
        "readers",
        {**_SIDES, "default": True, "cause": True, "held": True},
        withheld=("reason_commitment",),
    ),
    "contract.silence_noticed": Published(
        "Answers wait for your organization, which gave no verdict: from a moment on that counts as default.",
        "readers",
        {**_SIDES, "number": True, "waits_since": True, "default_at": True},
    ),
    "contract.succeeded": Published(
        "Another seller took a contract over from a layer in default, at its prices.",
        "readers",
        {**_SIDES, "default": True, "former": True, "taker": True},
    ),
    "contract.handed_over": Published(
        "Another seller accepted a contract that was taken over after a default, as it stands.",
        "readers",
        {**_SIDES, "former": True, "handover": True},
    ),
    "handover.offered": Published("A contract was offered to another seller, as it stands.", "readers", _HANDOVER),
    "handover.declined": Published("The offer of a contract was declined.", "readers", _HANDOVER),
    "handover.withdrawn": Published("The offer of a contract was withdrawn.", "readers", _HANDOVER),
    "handover.expired": Published("The offer of a contract ran out.", "readers", _HANDOVER),
    "contract.frozen": _contract("A contract was frozen by its buyer.", {}, withheld=("reason_commitment",)),
    "contract.unfrozen": _contract("A contract is no longer frozen.", {}),
    "contract.exhausted": _contract("Every item of a contract is answered and decided.", {}),
    "contract.closed": _contract("A contract's work is done.", {}),
    "amendment.proposed": _contract(
        "New prices of a contract were proposed.",
        {**_PROPOSAL, "asked": True, "expires_at": True},
        withheld=("reason_commitment",),
    ),
    "amendment.accepted": _contract("New prices of a contract stand.", _PROPOSAL),
    "amendment.declined": _contract("New prices of a contract were declined.", _PROPOSAL),
    "amendment.withdrawn": _contract("A proposal of new prices was withdrawn.", _PROPOSAL),
    "amendment.expired": _contract("A proposal of new prices ran out.", _PROPOSAL),
    "claim.submitted": Published(
        "Answers were submitted and wait for review.",
        "work",
        {"job": True, "attempt": True, "answer_count": True},
        withheld=("digest",),
    ),
    "claim.accepted": Published("Answers were accepted.", "work", _VERDICTS),
    "claims.accepted": Published(
        "Every waiting answer of some claims was accepted: by a reviewer for many at once, or because nobody reviewed "
        "them in time.",
        "work",
        {"job": True, "claims": Part(("claim", "attempt", "answer_count")), "answer_count": True},
        withheld=("digest",),
    ),
    "claim.paid_not_used": Published("Answers are paid for but not used.", "work", _VERDICTS),
    "claim.redo_requested": Published("Answers were sent back.", "work", {**_VERDICTS, "lease_until": True}),
    "claim.rejected": Published("Answers were rejected.", "work", {**_VERDICTS, "contest_until": True}),
    "claim.held": Published(
        "Rejections are held for another side to decide.", "work", {**_VERDICTS, "deadline_at": True}
    ),
    "review.breaker_tripped": Published(
        "Too much of a contract was rejected within a day; further rejections are held.",
        "readers",
        {"job": True, "contract": True, "decided": True, "rejected": True, "held_for": True},
    ),
    "review.breaker_ended": Published(
        "Rejections of a contract are no longer held.",
        "readers",
        {"job": True, "contract": True, "because": True},
        withheld=("reason_commitment",),
    ),
    "batch.paused": Published(
        "Tasks that your organization opened stand still to protect their workers.",
        "parties",
        {"job": True, "opener": True, "reason": True, "country": True, "words": True},
        parties=("opener",),
    ),
    "batch.pause_ended": Published(
        "Tasks that stood still to protect their workers can be claimed again.",
        "parties",
        {"job": True, "opener": True, "reason": True, "country": True},
        parties=("opener",),
    ),
    "dispute.opened": Published(
        "A worker contests a rejection.",
        "work",
        {"job": True, "answer": True, "deadline_at": True},
        withheld=("reason_commitment",),
    ),
    "dispute.decided": Published(
        "A dispute ended.",
        "work",
        {"job": True, "answer": True, "decision": True, "by_silence": True, "appeal_until": True},
        withheld=("reason_commitment",),
    ),
    "dispute.appealed": Published(
        "How a dispute was decided is appealed against.",
        "work",
        {"job": True, "answer": True, "side": True, "deadline_at": True},
        withheld=("reason_commitment",),
    ),
    "dispute.appeal_decided": Published(
        "An appeal ended.",
        "work",
        {"job": True, "answer": True, "side": True, "decision": True, "by_silence": True},
        withheld=("reason_commitment",),
    ),
    "quality_claim.opened": Published(
        "The client, or a layer above, claims the quality of accepted answers from the layer that vouched for them.",
        "readers",
        {
            "job": True,
            "answer_count": True,
            "category": True,
            "rule": True,
            "asked": True,
            "deadline_at": True,
        },
        withheld=("digest", "reason_commitment"),
    ),
    "quality_claim.contested": Published(
        "A quality claim is contested; the platform's operations decide.",
        "readers",
        {"job": True},
        withheld=("response_commitment",),
    ),
    "quality_claim.withdrawn": Published("A quality claim was withdrawn.", "readers", {"job": True}),
    "quality_claim.decided": Published(
        "A quality claim ended.",
        "readers",
        {"job": True, "decision": True, "because": True, "amount": True},
        withheld=("reason_commitment",),
    ),
    "operation.finished": Published(
        "Long work that your organization asked for came to its end.",
        "readers",
        {"operation_kind": True, "state": True, "problem": True},
        withheld=("attempts",),
    ),
    "export.ready": Published(
        "A file that your organization asked for can be fetched.",
        "readers",
        {"format": True, "job": True, "month": True, "rows": True, "bytes": True, "sha256": True},
    ),
    "installment.due": Published(
        "An installment owed to your organization fell due.",
        "parties",
        {"contract": True, "due_on": True, "amount": True, "payee": True},
        parties=("payee",),
    ),
    "payout.settled": Published(
        "A payout to your organization arrived.",
        "readers",
        {"amount": True, "carried_in": True, "carried_out": True, "installments": True, "reference": True},
        withheld=("run", "attempt", "journal"),
    ),
}


def payload(event: AuditEvent, organization_id: UUID) -> dict[str, Any]:
    """The event as this organization is told it: `{id, type, occurred_at, organization_id, data}`."""
    body = json.loads(bytes(event.body))
    rule = PUBLISHED[event.kind]
    data = {name: _told(part, body["data"][name]) for name, part in rule.told.items() if name in body["data"]}
    return {
        "id": body["id"],
        "type": event.kind,
        "occurred_at": body["at"],
        "organization_id": public("organization", organization_id),
        "data": {event.subject_noun: body["subject"], **data},
    }


def ping_payload(delivery_id: UUID, webhook_id: UUID, organization_id: UUID, at: str) -> dict[str, Any]:
    """What a ping sends, in the form of an event."""
    return {
        "id": public("webhook_delivery", delivery_id),
        "type": PING,
        "occurred_at": at,
        "organization_id": public("organization", organization_id),
        "data": {"webhook": public("webhook", webhook_id)},
    }


def as_text(content: dict[str, Any]) -> str:
    """The payload as the bytes that are signed and sent, as text; the same bytes whenever it is made."""
    return canonical_bytes(content).decode()


def _told(part: bool | Part, value: Any) -> Any:
    if not isinstance(part, Part):
        return value
    if isinstance(value, dict):
        return {key: _only(part, inner) for key, inner in value.items()}
    return [_only(part, inner) for inner in value]


def _only(part: Part, value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in part.fields if name in value}

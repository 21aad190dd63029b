from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Instant, PublicId, View


class Hex(fields.Field[bytes]):
    """Bytes as hexadecimal text."""

    def __init__(self, **kwargs: Any) -> None:
        """Always documented the same way."""
        super().__init__(**kwargs, metadata={"type": "string", "description": "Hexadecimal."})

    def _serialize(self, value: bytes | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        del attr, obj, kwargs
        return None if value is None else bytes(value).hex()


def _size(**kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=False, validate=validate.Range(1, 10**18), **kwargs)


class CheckpointView(View):
    """A signed head of the log."""

    tree_size = fields.Integer()
    root_hash = Hex()
    sealed_at = Instant(metadata={"description": "Real time."})
    note = fields.String(metadata={"description": "A C2SP signed note (Ed25519) over size and root."})


class WordsView(View):
    """What somebody wrote, and what opens the commitment to it; it is gone once a person concerned is erased."""

    place = fields.String(
        metadata={
            "description": "JSON pointer of the commitment in the event's `data`.",
            "example": "/reason_commitment",
        }
    )
    salt = Hex()
    text = fields.String()


class EventView(View):
    """A sealed event: its place in the log and the text the tree commits to."""

    id = PublicId("event", attribute="event.id")
    leaf_number = fields.Integer()
    kind = fields.String(attribute="event.kind", metadata={"example": "job.published"})
    at = Instant(attribute="event.at", metadata={"description": "Market time."})
    recorded_at = Instant(attribute="event.recorded_at", metadata={"description": "Real time."})
    body = fields.Function(
        lambda sealed: sealed.body.decode(),
        metadata={"type": "string", "description": "The RFC 8785 bytes as text, exactly as they were hashed."},
    )
    words = fields.List(fields.Nested(WordsView))


class EventQuery(ListQuery):
    """Filters of the list of events."""

    subject = fields.String(
        validate=validate.Length(min=1),
        metadata={"description": "The public id of what it is about.", "example": "job_…"},
    )


class CheckpointQuery(Schema):
    """Which signed head."""

    tree_size = _size(metadata={"description": "Its number of leaves; the newest if left out.", "example": 1024})


class ConsistencyQuery(Schema):
    """Between which signed heads."""

    first = _size(required=True, metadata={"description": "Leaves of the older head, which you kept."})
    second = _size(metadata={"description": "Leaves of the other; the newest if left out."})


class ConsistencyProofView(View):
    """Shows that the tree under `first` begins the tree under `second` (RFC 6962, 2.1.2)."""

    first = fields.Nested(CheckpointView)
    second = fields.Nested(CheckpointView)
    hashes = fields.List(Hex())


class ReceiptView(View):
    """The signed promise that an event will be in the log by then."""

    event_id = PublicId("event")
    leaf_hash = Hex()
    issued_at = Instant(metadata={"description": "Real time."})
    included_by = Instant(metadata={"description": "Real time; a minute later."})
    note = fields.String(metadata={"description": "A C2SP signed note (Ed25519) over all of this: keep it."})


class ReceiptsView(View):
    """The receipts of the newest events of one subject that you may read, the newest first; at most 20."""

    data = fields.List(fields.Nested(ReceiptView))


class ReceiptsQuery(Schema):
    """What the events are about."""

    subject = fields.String(
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "The public id of what you changed.", "example": "job_…"},
    )


class BundleQuery(Schema):
    """From where on a bundle proves that the log has only grown."""

    since = _size(metadata={"description": "Leaves of a checkpoint that you kept.", "example": 1024})


class BundlesQuery(BundleQuery):
    """The same, and which part of a bundle of many answers."""

    after = PublicId("answer", metadata={"description": "Where the last one ended; `Link` names the next."})


class InclusionProofView(View):
    """Shows that the event is leaf `leaf_number` of the tree under the checkpoint (RFC 6962, 2.1.1)."""

    event_id = PublicId("event")
    leaf_number = fields.Integer()
    leaf_hash = Hex()
    hashes = fields.List(Hex())
    checkpoint = fields.Nested(CheckpointView)

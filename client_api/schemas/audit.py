from __future__ import annotations

from typing import Any

from marshmallow import fields

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


class CheckpointView(View):
    """A signed head of the log."""

    tree_size = fields.Integer()
    root_hash = Hex()
    sealed_at = Instant(metadata={"description": "Real time."})
    note = fields.String(metadata={"description": "A C2SP signed note (Ed25519) over size and root."})


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


class EventQuery(ListQuery):
    """Filters of the list of events."""

    subject = fields.String(metadata={"description": "The public id of what it is about.", "example": "job_…"})


class InclusionProofView(View):
    """Shows that the event is leaf `leaf_number` of the tree under the checkpoint (RFC 6962, 2.1.1)."""

    event_id = PublicId("event")
    leaf_number = fields.Integer()
    leaf_hash = Hex()
    hashes = fields.List(Hex())
    checkpoint = fields.Nested(CheckpointView)

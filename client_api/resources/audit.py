"""The sealed log, for whoever may read all of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.audit import CheckpointView, EventQuery, EventView, InclusionProofView
from marketplace.audit import queries
from marketplace.audit.queries import InclusionProof, SealedEvent
from marketplace.audit.sealing import Checkpoint
from marketplace.db.paging import Page
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import PREFIXES, parse

audit = Theme("audit", "The tamper-evident log: signed heads, events, proofs of inclusion.")
_NOUN_OF = {prefix: noun for noun, prefix in PREFIXES.items()}


@audit.operation("GET", "/audit/checkpoints/latest", permission="audit.read", returns=CheckpointView, refusals=[404])
def read_latest_checkpoint() -> Checkpoint:
    """Read the newest signed head of the log."""
    found = queries.latest_checkpoint(session())
    if found is None:
        raise NOT_FOUND.error("Nothing has been sealed yet.")
    return found


@audit.operation("GET", "/audit/events", permission="audit.read", query=EventQuery, returns=EventView, page=True)
def list_events(query: dict[str, Any]) -> Page[SealedEvent]:
    """List sealed events, the newest first."""
    subject = query.pop("subject", None)
    return queries.events(session(), actor(), subject_id=None if subject is None else _subject(subject), **query)


@audit.operation("GET", "/audit/events/{event_id}/proof", permission="audit.read", returns=InclusionProofView)
def prove_event(event_id: UUID) -> InclusionProof:
    """Prove that an event is in the log, under the newest signed head."""
    queries.event(session(), actor(), event_id)
    return queries.inclusion_proof(session(), event_id)


def _subject(text: str) -> UUID:
    return parse(_NOUN_OF.get(text.partition("_")[0], "event"), text)

"""The sealed log: heads and proofs for everybody, events for whom they concern, all of them for who may read all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.audit import (
    CheckpointQuery,
    CheckpointView,
    ConsistencyProofView,
    ConsistencyQuery,
    EventQuery,
    EventView,
    InclusionProofView,
    ReceiptsQuery,
    ReceiptsView,
    ReceiptView,
    TimestampView,
)
from marketplace.audit import queries, stamping
from marketplace.audit.keys import load_signer
from marketplace.audit.models import AuditTimestamp
from marketplace.audit.queries import ConsistencyProof, InclusionProof, SealedEvent
from marketplace.audit.receipts import Receipt, give_receipt
from marketplace.audit.sealing import Checkpoint
from marketplace.db.paging import Page
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import PREFIXES, parse
from marketplace.web.context import get_context

audit = Theme("audit", "The tamper-evident log: signed heads, events, proofs, receipts.")
RECEIPTS_MAX = 20
_NOUN_OF = {prefix: noun for noun, prefix in PREFIXES.items()}


@audit.operation("GET", "/audit/checkpoints", permission="log.read", query=ListQuery, returns=CheckpointView, page=True)
def list_checkpoints(query: dict[str, Any]) -> Page[Checkpoint]:
    """List the signed heads of the log, the newest first."""
    return queries.checkpoints(session(), **query)


@audit.operation("GET", "/audit/checkpoints/latest", permission="log.read", returns=CheckpointView, refusals=[404])
def read_latest_checkpoint() -> Checkpoint:
    """Read the newest signed head of the log."""
    return _head(None)


@audit.operation(
    "GET", "/audit/checkpoint", permission="log.read", query=CheckpointQuery, returns=CheckpointView, refusals=[404]
)
def read_checkpoint(query: dict[str, Any]) -> Checkpoint:
    """Read the signed head of so many leaves."""
    return _head(query.get("tree_size"))


@audit.operation("GET", "/audit/timestamps", permission="log.read", query=ListQuery, returns=TimestampView, page=True)
def list_timestamps(query: dict[str, Any]) -> Page[AuditTimestamp]:
    """List the time stamps (RFC 3161) of signed heads, that of the largest head first."""
    return stamping.stamps(session(), **query)


@audit.operation(
    "GET",
    "/audit/consistency-proof",
    permission="log.read",
    query=ConsistencyQuery,
    returns=ConsistencyProofView,
    refusals=[404],
)
def prove_consistency(query: dict[str, Any]) -> ConsistencyProof:
    """Prove that the log has only grown from one signed head to another."""
    return queries.consistency_proof(session(), query["first"], query.get("second") or _head(None).tree_size)


@audit.operation(
    "GET", "/audit/events", permission="log.read", query=EventQuery, returns=EventView, page=True, refusals=[404]
)
def list_events(query: dict[str, Any]) -> Page[SealedEvent]:
    """List the sealed events that concern your organization, the newest first; auditor and operations see all."""
    subject = query.pop("subject", None)
    return queries.events(session(), actor(), subject_id=None if subject is None else _subject(subject), **query)


@audit.operation(
    "GET",
    "/audit/events/{event_id}/proof",
    permission="log.read",
    query=CheckpointQuery,
    returns=InclusionProofView,
    refusals=[409],
)
def prove_event(query: dict[str, Any], event_id: UUID) -> InclusionProof:
    """Prove that an event is in the log, under the newest signed head or one of your choice."""
    queries.event(session(), actor(), event_id)
    return queries.inclusion_proof(session(), event_id, tree_size=query.get("tree_size"))


@audit.operation("GET", "/audit/events/{event_id}/receipt", permission="log.read", returns=ReceiptView)
def read_receipt(event_id: UUID) -> Receipt:
    """Get the signed promise that an event will be in the log within a minute, sealed or not."""
    signer = load_signer(get_context().settings)
    return give_receipt(session(), signer, queries.event(session(), actor(), event_id))


@audit.operation(
    "GET", "/audit/receipts", permission="log.read", query=ReceiptsQuery, returns=ReceiptsView, refusals=[404]
)
def list_receipts(query: dict[str, Any]) -> dict[str, Any]:
    """Get receipts for what you just did: the newest events about a job, a contract, a claim, a payout.

    Whatever changed something is written into the log in the same transaction; ask with the id of what was changed.
    """
    signer = load_signer(get_context().settings)
    found = queries.history(session(), actor(), _subject(query["subject"]), limit=RECEIPTS_MAX)
    if not found:
        raise NOT_FOUND.error("The log holds nothing about this that concerns you.")
    return {"data": [give_receipt(session(), signer, event) for event in found]}


def _head(tree_size: int | None) -> Checkpoint:
    if tree_size is not None:
        return queries.checkpoint(session(), tree_size)
    found = queries.latest_checkpoint(session())
    if found is None:
        raise NOT_FOUND.error("Nothing has been sealed yet.")
    return found


def _subject(text: str) -> UUID:
    return parse(_NOUN_OF.get(text.partition("_")[0], "event"), text)

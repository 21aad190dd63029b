"""What a bundle says of the log itself: changes of its key, the time stamp over it, and that it has only grown."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.keychain import CHANGES
from marketplace.audit.log_events import LOG_ID
from marketplace.audit.models import AuditEvent, AuditLeaf
from marketplace.audit.queries import checkpoint, consistency_proof
from marketplace.audit.stamping import stamp_over


def in_log(event: AuditEvent, number: int, proof: Sequence[bytes]) -> dict[str, Any]:
    """An event as a bundle holds it: its leaf, its bytes, and the proof of its place."""
    return {"leaf": number, "body": bytes(event.body).decode(), "proof": [one.hex() for one in proof]}


def changes_of_key(session: Session, tree_size: int) -> list[tuple[int, AuditEvent]]:
    """The changes of the log's key and its forks, which lead a reader from the key they keep to the one that signs."""
    leaves = select(AuditLeaf.number, AuditEvent).join(AuditEvent, AuditEvent.id == AuditLeaf.event_id)
    about = (AuditEvent.subject_id == LOG_ID, AuditEvent.kind.in_(CHANGES))
    rows = session.execute(leaves.where(*about, AuditLeaf.number < tree_size).order_by(AuditLeaf.number))
    return [(number, event) for number, event in rows]


def time_stamp(session: Session, leaves: int, tree_size: int) -> dict[str, Any] | None:
    """The earliest time stamp over so many leaves, or the last one there is, and that the log has only grown since."""
    found = stamp_over(session, leaves, tree_size)
    if found is None:
        return None
    proof = consistency_proof(session, found.tree_size, tree_size)
    return {
        "note": proof.first.note,
        "token": b64encode(found.token).decode(),
        "proof": [one.hex() for one in proof.hashes],
    }


def grown_since(session: Session, since: int, tree_size: int) -> dict[str, Any]:
    """That the log has only grown since the checkpoint of so many leaves; raises checkpoint_unknown."""
    first = checkpoint(session, since)
    proof = consistency_proof(session, first.tree_size, tree_size)
    return {"size": first.tree_size, "proof": [one.hex() for one in proof.hashes]}

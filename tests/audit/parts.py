"""What the tests of the log share: a kind that is in no registry, a signer, and a few verbs."""

import uuid
from collections.abc import Collection
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.notes import Signer
from marketplace.audit.recording import record
from marketplace.audit.sealing import Checkpoint, seal
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import new_id

# Made without `define_event`: the tests must not add kinds to the product.
NOTED = EventKind("item.noted", 1, "Item noted", {"note": "text", "count": "whole number"})
SIGNER = Signer("example.com/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))
ACTOR = system_actor("tests")


def note(session: Session, text: str = "seen", *, subject_id: uuid.UUID | None = None, **audience: Any) -> uuid.UUID:
    """Record one event; returns its id."""
    subject = ("item", subject_id or new_id())
    return record(session, NOTED, ACTOR, subject=subject, body={"note": text, "count": 1}, **audience)


def seal_all(session: Session, *, batch_size: int = 10_000) -> list[Checkpoint]:
    """Seal until nothing is pending; the heads signed on the way."""
    heads = []
    while (head := seal(session, SIGNER, batch_size=batch_size)) is not None:
        heads.append(head)
    return heads


def note_many(session: Session, count: int, people: Collection[uuid.UUID] = ()) -> list[uuid.UUID]:
    """Record several events in order."""
    return [note(session, f"number {number}", people=people) for number in range(count)]

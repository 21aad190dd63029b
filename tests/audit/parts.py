"""What the tests of the log share: a kind that is in no registry, a signer, a few verbs, and a log to tamper with."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind, leaf_data
from marketplace.audit.fencing import KeptHead
from marketplace.audit.fields import parse_field
from marketplace.audit.findings import Report
from marketplace.audit.forking import declare_fork
from marketplace.audit.merkle import leaf_hash
from marketplace.audit.notes import Signer, TreeHead, sign_note
from marketplace.audit.recording import record
from marketplace.audit.sealing import Checkpoint, seal
from marketplace.audit.verifying import verify
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import new_id, public
from tests.builders.identity import make_staff

# Made without `define_event`: the tests must not add kinds to the product.
NOTED = EventKind(
    "item.noted", 1, "Item noted", {"note": parse_field("text: said"), "count": parse_field("whole number: so many")}
)
SIGNER = Signer("example.com/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))
FORKED = Signer("example.com/log-2", Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
"""Who signs after a fork."""
ACTOR = system_actor("tests")


def note(session: Session, words: str = "seen", *, subject_id: uuid.UUID | None = None, **audience: Any) -> uuid.UUID:
    """Record one event; returns its id."""
    subject = ("item", subject_id or new_id())
    return record(session, NOTED, ACTOR, subject=subject, body={"note": words, "count": 1}, **audience)


def seal_all(session: Session, *, batch_size: int = 10_000) -> list[Checkpoint]:
    """Seal until nothing is pending; the heads signed on the way."""
    heads = []
    while (head := seal(session, SIGNER, batch_size=batch_size)) is not None:
        heads.append(head)
    return heads


def note_many(session: Session, count: int, people: Collection[uuid.UUID] = ()) -> list[uuid.UUID]:
    """Record several events in order."""
    return [note(session, f"number {number}", people=people) for number in range(count)]


LOST = 10**6
"""Leaves under the head that `fork` abandons."""


def fork(session: Session) -> Checkpoint:
    """Seal what waits, and declare a fork over one head that was lost; the first head under the new name."""
    people = make_staff(session, "operations"), make_staff(session, "finance")
    seal_all(session)
    head = TreeHead(SIGNER.name, LOST, bytes(32))
    lost = KeptHead(LOST, "a disk", sign_note(head.to_text(), SIGNER))
    return declare_fork(session, *people, SIGNER, FORKED, lambda _after: iter([lost]), abandon=head.short)


SIZE = 11


@dataclass
class Log:
    """A log of eleven sealed events under four heads (3, 6, 9, 11) and two that wait."""

    session: Session
    events: list[uuid.UUID]
    subjects: list[uuid.UUID]

    def tamper(self, statement: str, **values: Any) -> None:
        changed = self.session.execute(text(statement), values)
        assert changed.rowcount == 1, "the tampering itself must have hit one row"  # type: ignore[attr-defined]

    def verify(self, batch_size: int = 4) -> Report:
        return verify(self.session, SIGNER.verifier, batch_size=batch_size)

    def found(self) -> str:
        """What the verifier says, whatever the size of its batches."""
        said = {str(self.verify(batch_size).finding) for batch_size in (1, 2, 4, 5, 100)}
        assert len(said) == 1
        return said.pop()

    def event(self, number: int) -> str:
        return public("event", self.events[number])

    def body(self, number: int) -> bytes:
        found = self.session.execute(text("SELECT body FROM audit_event WHERE id = :id"), {"id": self.events[number]})
        return bytes(found.scalar_one())

    def rewrite(self, number: int) -> bytes:
        """Change an event's note and its leaf with it, as a careful forger would; returns the new leaf hash."""
        body = self.body(number).replace(b"note ", b"lies ")
        forged = leaf_hash(leaf_data(body))
        self.tamper("UPDATE audit_event SET body = :body WHERE id = :id", body=body, id=self.events[number])
        self.tamper("UPDATE audit_leaf SET hash = :hash WHERE number = :number", hash=forged, number=number)
        return forged

"""The log's keys one after the other: each change is a statement that the old key and the new one signed.

Whoever has any of the keys can follow the statements to the others; a head that no key of the chain signed, or one
signed by a key outside its sizes, is wrong.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.log_events import LOG_ID, LOG_KEY_ROTATED
from marketplace.audit.models import AuditEvent, AuditLeaf
from marketplace.audit.notes import NoteError, Signer, TreeHead, Verifier, open_note, sign_note

DOMAIN: Final = "piecework.audit.key-rotation.v1"
_SIZE_DIGITS_MAX: Final = 18


@dataclass(frozen=True, slots=True)
class Rotation:
    """One change: heads of up to `tree_size` leaves are signed by `old`, larger ones by `new`; `note` proves it."""

    old: Verifier
    new: Verifier
    tree_size: int
    note: str


def state_rotation(old: Signer, new: Signer, tree_size: int) -> str:
    """The statement of a change, signed by both keys."""
    text = f"{DOMAIN}\n{old.verifier.to_text()}\n{new.verifier.to_text()}\n{tree_size}\n"
    return sign_note(text, old, new)


def read_rotation(note: str) -> Rotation:
    """The change that a statement states; raises NoteError unless both of its keys signed it."""
    lines = note.partition("\n\n")[0].split("\n")
    if len(lines) != 4 or lines[0] != DOMAIN or not (lines[3].isdecimal() and len(lines[3]) <= _SIZE_DIGITS_MAX):
        raise NoteError("it is no statement of a change of keys")
    old, new = Verifier.from_text(lines[1]), Verifier.from_text(lines[2])
    if old.name != new.name:
        raise NoteError("a change of keys keeps the log's name")
    for verifier in (old, new):
        open_note(note, verifier)
    return Rotation(old, new, int(lines[3]), note)


@dataclass(frozen=True, slots=True)
class KeyChain:
    """The keys of a log, oldest change first, and the key that signs now."""

    rotations: tuple[Rotation, ...]
    newest: Verifier

    @classmethod
    def of(cls, notes: Sequence[str], newest: Verifier) -> "KeyChain":
        """The chain that these statements make, which must end at the key `newest`; raises NoteError."""
        rotations = tuple(read_rotation(note) for note in notes)
        for earlier, later in pairwise(rotations):
            if earlier.new.to_text() != later.old.to_text() or earlier.tree_size >= later.tree_size:
                raise NoteError("the statements of changes of keys do not follow one another")
        if rotations and rotations[-1].new.to_text() != newest.to_text():
            last = rotations[-1].new.key_id.hex()
            raise NoteError(
                f"the log's key is {last} since {rotations[-1].tree_size} leaves, not {newest.key_id.hex()}"
            )
        return cls(rotations, newest)

    def at(self, tree_size: int) -> Verifier:
        """The key that signs heads of this size."""
        for rotation in self.rotations:
            if tree_size <= rotation.tree_size:
                return rotation.old
        return self.newest

    def open(self, note: str) -> TreeHead:
        """The head in a checkpoint of this log, signed by the key of its size; raises NoteError."""
        told = TreeHead.from_text(note.rpartition("\n\n")[0] + "\n")
        head = TreeHead.from_text(open_note(note, self.at(told.size)))
        if head.origin != self.newest.name:
            raise NoteError(f"it is of the log {head.origin}, not {self.newest.name}")
        return head


def stored_statements(session: Session) -> list[tuple[int, str]]:
    """The leaf and the statement of each change of keys in the log, oldest first; raises NoteError for a broken one."""
    rows = session.execute(
        select(AuditLeaf.number, AuditEvent.body)
        .join(AuditEvent, AuditEvent.id == AuditLeaf.event_id)
        .where(AuditEvent.subject_id == LOG_ID, AuditEvent.kind == LOG_KEY_ROTATED.kind)
        .order_by(AuditLeaf.number)
    )
    found = []
    for number, body in rows:
        try:
            found.append((number, str(json.loads(bytes(body))["data"]["statement"])))
        except (ValueError, KeyError, TypeError):
            raise NoteError(f"leaf {number} holds no statement of a change of keys") from None
    return found


def stored_chain(session: Session, newest: Verifier) -> KeyChain:
    """The chain that the log itself records, up to our key; raises NoteError."""
    statements = stored_statements(session)
    chain = KeyChain.of([note for _, note in statements], newest)
    for (number, _), rotation in zip(statements, chain.rotations, strict=True):
        # The statement is the last leaf that the old key signs.
        if rotation.tree_size != number + 1:
            raise NoteError(f"the statement in leaf {number} is about another place of the log")
    return chain

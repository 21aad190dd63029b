"""The log's keys one after the other: each change is a statement that the old key and the new one signed.

Whoever has any of the keys can follow the statements to the others; a head that no key of the chain signed, or one
signed by a key outside its sizes, is wrong. A declared fork is such a change too: the log goes on under another name,
because its old name has signed heads of leaves that are no longer there, and no name may sign two histories (C2SP
tlog-checkpoint).
"""

import json
import re
from base64 import b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.log_events import LOG_FORKED, LOG_ID, LOG_KEY_ROTATED
from marketplace.audit.models import AuditEvent, AuditLeaf
from marketplace.audit.notes import NoteError, Signer, TreeHead, Verifier, open_note, sign_note

DOMAIN: Final = "piecework.audit.key-rotation.v1"
FORK_DOMAIN: Final = "piecework.audit.fork.v1"
CHANGES: Final = (LOG_KEY_ROTATED.kind, LOG_FORKED.kind)
"""The kinds of events whose statements make the chain."""
_SIZE: Final = re.compile("0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Rotation:
    """One change: heads of up to `tree_size` leaves are signed by `old`, larger ones by `new`; `note` proves it.

    Of a declared fork `abandoned` are the heads that an old name has signed and this log does not lead to, and
    `agreed` is the size of the largest head kept outside below them that it does lead to, 0 for none.
    """

    old: Verifier
    new: Verifier
    tree_size: int
    note: str
    agreed: int = 0
    abandoned: tuple[TreeHead, ...] = ()

    @property
    def is_fork(self) -> bool:
        """Whether the log goes on under another name."""
        return bool(self.abandoned)

    @property
    def leaf(self) -> int:
        """Where the statement stands: the last leaf that the old key signs, or the first under the new name.

        After a fork the old name signs nothing more, not even that.
        """
        return self.tree_size if self.is_fork else self.tree_size - 1

    def told(self) -> str:
        """What a fork says, for people."""
        largest = max(head.size for head in self.abandoned)
        return (
            f"declared fork: after {self.tree_size} leaves the log {self.old.name} goes on as {self.new.name}; "
            f"{len(self.abandoned)} signed heads of up to {largest} leaves are abandoned, "
            f"those of up to {self.agreed} that are kept outside agree"
        )

    def follows(self, earlier: "Rotation") -> bool:
        """Whether it begins with the key and at a place to which the earlier change led."""
        return earlier.new.to_text() == self.old.to_text() and earlier.leaf < self.leaf


def state_rotation(old: Signer, new: Signer, tree_size: int) -> str:
    """The statement of a change, signed by both keys."""
    text = f"{DOMAIN}\n{old.verifier.to_text()}\n{new.verifier.to_text()}\n{tree_size}\n"
    return sign_note(text, old, new)


def state_fork(old: Signer, new: Signer, tree_size: int, agreed: int, abandoned: Collection[TreeHead]) -> str:
    """The statement of a fork, signed by both keys; names every abandoned head, smallest first."""
    lines = [FORK_DOMAIN, old.verifier.to_text(), new.verifier.to_text(), str(tree_size), str(agreed)]
    ordered = sorted(abandoned, key=lambda head: (head.size, head.root))
    lines += [f"{head.size} {b64encode(head.root).decode()} {head.origin}" for head in ordered]
    return sign_note("".join(f"{line}\n" for line in lines), old, new)


def read_rotation(note: str) -> Rotation:
    """The change that a statement states; raises NoteError unless both of its keys signed it."""
    lines = note.partition("\n\n")[0].split("\n")
    forks = lines[0] == FORK_DOMAIN
    whole = len(lines) >= 6 if forks else lines[0] == DOMAIN and len(lines) == 4
    if not whole or not _SIZE.fullmatch(lines[3]):
        raise NoteError("it is no statement of a change of keys")
    old, new = Verifier.from_text(lines[1]), Verifier.from_text(lines[2])
    if (old.name != new.name) is not forks:
        raise NoteError("a change of keys keeps the log's name, a fork does not")
    for verifier in (old, new):
        open_note(note, verifier)
    tree_size = int(lines[3])
    if not forks:
        return Rotation(old, new, tree_size, note)
    if not _SIZE.fullmatch(lines[4]) or int(lines[4]) > tree_size:
        raise NoteError("a fork names the size up to which others agree")
    abandoned = tuple(_read_abandoned(line) for line in lines[5:])
    if any(head.size <= int(lines[4]) or head.origin == new.name for head in abandoned):
        raise NoteError("a fork abandons no head on which others agree, nor one of the new name")
    return Rotation(old, new, tree_size, note, int(lines[4]), abandoned)


def _read_abandoned(line: str) -> TreeHead:
    size, _, rest = line.partition(" ")
    root, _, origin = rest.partition(" ")
    return TreeHead.from_text(f"{origin}\n{size}\n{root}\n")


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
            if not later.follows(earlier):
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
        told = TreeHead.told_in(note)
        head = TreeHead.from_text(open_note(note, self.at(told.size)))
        if head.origin != self.at(head.size).name:
            raise NoteError(f"it is of the log {head.origin}, not {self.at(head.size).name}")
        return head

    @property
    def names(self) -> set[str]:
        """Every name that the log has had."""
        return {self.newest.name, *(rotation.old.name for rotation in self.rotations)}

    @property
    def forks(self) -> list[Rotation]:
        """The declared forks, oldest first."""
        return [rotation for rotation in self.rotations if rotation.is_fork]

    def abandons(self, note: str) -> bool:
        """Whether a fork names the head in this checkpoint as abandoned."""
        return abandons(self.forks, note)


def abandons(forks: Collection[Rotation], note: str) -> bool:
    """Whether one of the forks names the head in this checkpoint; whose signature it bears does not matter."""
    if not forks:
        return False
    try:
        head = TreeHead.told_in(note)
    except NoteError:
        return False
    return any(head in fork.abandoned for fork in forks)


def stored_statements(session: Session) -> list[tuple[int, str]]:
    """The leaf and the statement of each change in the log, oldest first; raises NoteError for a broken one."""
    rows = session.execute(
        select(AuditLeaf.number, AuditEvent.body)
        .join(AuditEvent, AuditEvent.id == AuditLeaf.event_id)
        .where(AuditEvent.subject_id == LOG_ID, AuditEvent.kind.in_(CHANGES))
        .order_by(AuditLeaf.number)
    )
    found = []
    for number, body in rows:
        try:
            found.append((number, str(json.loads(bytes(body))["data"]["statement"])))
        except (ValueError, KeyError, TypeError):
            raise NoteError(f"leaf {number} holds no statement of a change of keys") from None
    return found


def is_last_change(session: Session, old: Signer, new: Signer) -> bool:
    """Whether the log changed from `old` to `new` last: whoever asks was interrupted before the file was exchanged."""
    statements = stored_statements(session)
    if not statements:
        return False
    last = read_rotation(statements[-1][1])
    return (last.old.to_text(), last.new.to_text()) == (old.verifier.to_text(), new.verifier.to_text())


def stored_forks(session: Session) -> list[Rotation]:
    """The forks that the log itself records, oldest first; raises NoteError for a broken statement."""
    changes = [read_rotation(note) for _, note in stored_statements(session)]
    return [change for change in changes if change.is_fork]


def stored_chain(session: Session, newest: Verifier) -> KeyChain:
    """The chain that the log itself records, up to our key; raises NoteError."""
    statements = stored_statements(session)
    chain = KeyChain.of([note for _, note in statements], newest)
    for (number, _), rotation in zip(statements, chain.rotations, strict=True):
        if rotation.leaf != number:
            raise NoteError(f"the statement in leaf {number} is about another place of the log")
    return chain

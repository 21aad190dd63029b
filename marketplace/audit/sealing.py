"""Sealing: what is pending gets consecutive leaf numbers, the tree grows, its new head is signed.

One transaction, one sealer at a time. The cost is that of the new leaves and of one path through the tree, whatever
the size of the log.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.audit.errors import LOG_BEHIND, LOG_INCONSISTENT
from marketplace.audit.events import leaf_data
from marketplace.audit.keychain import KeyChain, stored_chain
from marketplace.audit.merkle import Frontier, Node, Range, leaf_hash, subtrees
from marketplace.audit.notes import NoteError, Signer, TreeHead, sign_note
from marketplace.audit.tree import TreeDamagedError, root_at, stored_nodes
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import load
from marketplace.logs import get_logger

BATCH_MAX = 10_000

_STATEMENTS = load(__file__, "sealing.sql")
_LOG = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head of the tree; `note` is what others keep, `sealed_at` is real time."""

    tree_size: int
    root_hash: bytes
    note: str
    sealed_at: dt.datetime

    @property
    def short(self) -> str:
        """The head in a few characters, as statements print it."""
        return TreeHead("", self.tree_size, self.root_hash).short


def seal(
    session: Session, signer: Signer, *, known: Collection[str] = (), batch_size: int = BATCH_MAX
) -> Checkpoint | None:
    """Seal up to `batch_size` pending events and sign the new head; None when nothing was pending.

    `known` are signed heads that are kept outside the database. Waits for another sealer at work and holds the sealer's
    lock until the caller commits. Raises log_inconsistent, and signs nothing, when the stored tree does not lead to the
    last head we signed or our key is not the log's; log_behind when it does not reach to a known head.
    """
    frontier = lock_tree(session, signer, known)
    taken = session.execute(_STATEMENTS.take, {"batch_size": batch_size}).all()
    return grow(session, signer, frontier, taken) if taken else None


def log_chain(session: Session, signer: Signer) -> KeyChain:
    """The log's keys up to ours; raises log_inconsistent where ours is not the log's newest."""
    try:
        return stored_chain(session, signer.verifier)
    except NoteError as error:
        raise LOG_INCONSISTENT.error(f"AUDIT_KEY_FILE does not hold the log's key: {error}.") from error


def lock_tree(session: Session, signer: Signer, known: Collection[str] = ()) -> Frontier:
    """The right edge of the tree under the sealer's lock, which is held until the caller commits; raises as `seal`."""
    advisory_xact_lock(session, "audit sealer")
    # Read only now: under READ COMMITTED this sees what the sealer before us committed.
    return _continue_tree(session, signer, known)


def take_one(session: Session, event_id: uuid.UUID) -> Sequence[Row[*tuple[Any, ...]]]:
    """Take one event that waits to be sealed, whatever else waits."""
    return session.execute(_STATEMENTS.take_one, {"event_id": event_id}).all()


def grow(session: Session, signer: Signer, frontier: Frontier, taken: Sequence[Row[*tuple[Any, ...]]]) -> Checkpoint:
    """Give what was taken its leaves and sign the new head; raises log_inconsistent for an event that is missing."""
    first_number = frontier.size
    if any(body is None for _, body in taken):
        raise LOG_INCONSISTENT.error("An event that waits to be sealed is missing from audit_event.")
    hashes = [leaf_hash(leaf_data(bytes(body))) for _, body in taken]
    nodes = [node for leaf in hashes for node in frontier.append(leaf)]
    _store(session, first_number, [event_id for event_id, _ in taken], hashes, nodes)
    head = TreeHead(signer.name, frontier.size, frontier.root())
    note = sign_note(head.to_text(), signer)
    sealed_at = session.execute(
        _STATEMENTS.add_checkpoint, {"tree_size": head.size, "root_hash": head.root, "note": note}
    ).scalar_one()
    _LOG.info("audit.sealed", events=len(taken), tree_size=head.size)
    return Checkpoint(head.size, head.root, note, sealed_at)


def _continue_tree(session: Session, signer: Signer, known: Collection[str]) -> Frontier:
    """The right edge of the stored tree, checked against the last head we signed and those known outside.

    A log must never sign a head that is inconsistent with an earlier one (C2SP tlog-checkpoint), so a stored tree that
    was tampered with is refused here rather than signed over.
    """
    chain = log_chain(session, signer)
    last = session.execute(_STATEMENTS.head).one_or_none()
    size = 0 if last is None else last.tree_size
    for note in known:
        _refuse_behind(session, chain, size, note)
    if last is None:
        return Frontier()
    try:
        head = chain.open(last.note)
        addresses = subtrees(Range(0, last.tree_size))
        stored = stored_nodes(session, addresses)
    except (NoteError, TreeDamagedError) as error:
        raise LOG_INCONSISTENT.error(f"Checkpoint {last.tree_size}: {error}.") from error
    frontier = Frontier(last.tree_size, [stored[address] for address in addresses])
    if head != TreeHead(chain.at(frontier.size).name, frontier.size, frontier.root()):
        raise LOG_INCONSISTENT.error(f"The stored tree does not lead to the signed head of size {last.tree_size}.")
    return frontier


def _refuse_behind(session: Session, chain: KeyChain, size: int, note: str) -> None:
    """A head that others keep must be a prefix of what we are about to sign, unless a fork gave it up."""
    if chain.abandons(note):
        return
    try:
        head = chain.open(note)
    except NoteError as error:
        raise LOG_BEHIND.error(f"A checkpoint kept outside the database is not of this log: {error}.") from error
    if head.size > size:
        raise LOG_BEHIND.error(
            f"The database holds a log of {size} leaves; a checkpoint of {head.size} leaves is kept outside it. "
            "An older backup was restored: restore one that reaches to it."
        )
    try:
        root = root_at(session, head.size)
    except TreeDamagedError as error:
        raise LOG_INCONSISTENT.error(f"Checkpoint {head.size}: {error}.") from error
    if root != head.root:
        raise LOG_BEHIND.error(
            f"The checkpoint of {head.size} leaves that is kept outside the database has another root: the log was "
            "rewritten."
        )


def _store(
    session: Session, first_number: int, event_ids: list[uuid.UUID], hashes: list[bytes], nodes: list[Node]
) -> None:
    session.execute(_STATEMENTS.add_leaves, {"first_number": first_number, "event_ids": event_ids, "hashes": hashes})
    session.execute(_STATEMENTS.add_readers, {"first_number": first_number})
    if nodes:
        session.execute(
            _STATEMENTS.add_nodes,
            {
                "levels": [node.level for node in nodes],
                "positions": [node.position for node in nodes],
                "hashes": [node.hash for node in nodes],
            },
        )

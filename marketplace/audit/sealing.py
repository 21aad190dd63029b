"""Sealing: what is pending gets consecutive leaf numbers, the tree grows, its new head is signed.

One transaction, one sealer at a time. The cost is that of the new leaves and of one path through the tree, whatever
the size of the log.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.audit.errors import LOG_INCONSISTENT
from marketplace.audit.events import leaf_data
from marketplace.audit.merkle import Frontier, Node, Range, leaf_hash, subtrees
from marketplace.audit.notes import NoteError, Signer, TreeHead, open_note, sign_note
from marketplace.audit.tree import TreeDamagedError, stored_nodes
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


def seal(session: Session, signer: Signer, *, batch_size: int = BATCH_MAX) -> Checkpoint | None:
    """Seal up to `batch_size` pending events and sign the new head; None when nothing was pending.

    Waits for another sealer at work and holds the sealer's lock until the caller commits. Raises log_inconsistent,
    and signs nothing, when the stored tree does not lead to the last head we signed.
    """
    advisory_xact_lock(session, "audit sealer")
    # Read only now: under READ COMMITTED this sees what the sealer before us committed.
    frontier = _continue_tree(session, signer)
    first_number = frontier.size
    taken = session.execute(_STATEMENTS.take, {"batch_size": batch_size}).all()
    if not taken:
        return None
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


def _continue_tree(session: Session, signer: Signer) -> Frontier:
    """The right edge of the stored tree, checked against the last head we signed.

    A log must never sign a head that is inconsistent with an earlier one (C2SP tlog-checkpoint), so a stored tree that
    was tampered with is refused here rather than signed over.
    """
    last = session.execute(_STATEMENTS.head).one_or_none()
    if last is None:
        return Frontier()
    try:
        head = TreeHead.from_text(open_note(last.note, signer.verifier))
        addresses = subtrees(Range(0, last.tree_size))
        known = stored_nodes(session, addresses)
    except (NoteError, TreeDamagedError) as error:
        raise LOG_INCONSISTENT.error(f"Checkpoint {last.tree_size}: {error}.") from error
    frontier = Frontier(last.tree_size, [known[address] for address in addresses])
    if head != TreeHead(signer.name, frontier.size, frontier.root()):
        raise LOG_INCONSISTENT.error(f"The stored tree does not lead to the signed head of size {last.tree_size}.")
    return frontier


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

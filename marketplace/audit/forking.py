"""A declared fork: the way on over an older backup, when nothing that reaches to the heads kept outside is left.

The old name has signed leaves that are lost, so under it nothing can be signed any more: two histories under one name
are what a log must never show (C2SP tlog-checkpoint). The log goes on under another name and another key, whose tree
begins with the leaves that are there and whose next leaf is the statement: which heads are abandoned, and from where it
goes on. Whoever keeps an abandoned head goes on refuting this log with it, and is told why.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.anchoring import last_anchor
from marketplace.audit.errors import FORK_ALONE, FORK_UNFOUNDED
from marketplace.audit.fencing import KeptHead
from marketplace.audit.keychain import KeyChain, state_fork
from marketplace.audit.log_events import LOG_FORKED, LOG_ID
from marketplace.audit.models import AuditCheckpoint
from marketplace.audit.notes import NoteError, Signer, TreeHead, open_note
from marketplace.audit.recording import record
from marketplace.audit.sealing import Checkpoint, grow, lock_tree, log_chain, take_one
from marketplace.audit.tree import root_at
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public

Kept = Callable[[int], Iterator[KeptHead]]
"""The heads kept outside that are larger than a size, in order."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a fork would say: the log's leaves, the largest head outside that it leads to, and those it does not.

    `unknown` of these are not signed by a key that this log knows: the key was changed in what is lost, or they are
    forged.
    """

    tree_size: int
    agreed: int
    abandoned: tuple[TreeHead, ...]
    unknown: int

    @property
    def last(self) -> TreeHead:
        """The largest head that would be abandoned."""
        return self.abandoned[-1]


def find_loss(session: Session, old: Signer, kept: Kept) -> Loss:
    """Compare the log with all that is kept outside; reads only.

    Raises fork_unfounded where nothing outside contradicts the log, or something does that is not of its name, and
    AnchorError for a place that does not answer.
    """
    chain = log_chain(session, old)
    newest = session.scalar(select(AuditCheckpoint.tree_size).order_by(AuditCheckpoint.tree_size.desc()).limit(1)) or 0
    # Where the last head that was kept still stands there, what is before it does too.
    anchored = last_anchor(session)
    start = 0 if anchored is None else anchored.tree_size - 1
    found = _compare(session, chain, newest, kept(start))
    if start and found.agreed == 0:
        found = _compare(session, chain, newest, kept(0))
    if not found.abandoned:
        raise FORK_UNFOUNDED.error("Every checkpoint kept outside leads to this log: there is nothing to declare.")
    return found


def declare_fork(
    session: Session, actor: Actor, second: Actor, old: Signer, new: Signer, kept: Kept, *, abandon: str
) -> Checkpoint:
    """Record which heads are abandoned and go on under the name and the key of `new`; returns its first head.

    `abandon` is the largest of these heads in its short form, typed by whoever looked. The new key must lie where it
    cannot be lost before the caller commits; from then on the old one signs nothing. Raises forbidden, fork_alone where
    `second` is the same person, fork_unfounded as `find_loss` and for another head than the largest, log_inconsistent
    for a stored tree that does not lead to the last head that it holds itself.
    """
    for one in (actor, second):
        one.require("log.fork")
    if actor.person == second.person:
        raise FORK_ALONE.error("Two people of the platform declare a fork.")
    if old.name == new.name or old.private_key.private_bytes_raw() == new.private_key.private_bytes_raw():
        raise FORK_UNFOUNDED.error("A fork goes on under another name and key: the old name has signed lost leaves.")
    frontier = lock_tree(session, old)
    loss = find_loss(session, old, kept)
    if abandon != loss.last.short:
        raise FORK_UNFOUNDED.error(f"The largest that would be abandoned is {loss.last.short}, not {abandon}.")
    event_id = record(
        session,
        LOG_FORKED,
        actor,
        subject=("log", LOG_ID),
        body={
            "statement": state_fork(old, new, frontier.size, loss.agreed, loss.abandoned),
            "agreed_by": public("person", second.person),
        },
    )
    return grow(session, new, frontier, take_one(session, event_id))


def _compare(session: Session, chain: KeyChain, size: int, kept: Iterator[KeptHead]) -> Loss:
    led_to: list[int] = []
    abandoned: set[TreeHead] = set()
    unknown = 0
    for one in kept:
        if chain.abandons(one.note):
            continue
        head = _head(one)
        if head.size <= size and head.root == root_at(session, head.size):
            led_to.append(head.size)
        elif head.origin not in chain.names:
            raise FORK_UNFOUNDED.error(f"{one.tree_size} in {one.place} is of the log {head.origin}, not of this one.")
        elif head not in abandoned:
            abandoned.add(head)
            unknown += not _is_signed(chain, one)
    first = min((head.size for head in abandoned), default=0)
    agreed = max((one for one in led_to if one < first), default=0)
    return Loss(size, agreed, tuple(sorted(abandoned, key=lambda head: (head.size, head.root))), unknown)


def _head(one: KeptHead) -> TreeHead:
    try:
        return TreeHead.told_in(one.note)
    except NoteError as error:
        raise FORK_UNFOUNDED.error(f"{one.tree_size} in {one.place}: {error}.") from error


def _is_signed(chain: KeyChain, one: KeptHead) -> bool:
    """By a key that this log knows; one that came in what is lost is not."""
    for key in (*(rotation.old for rotation in chain.rotations), chain.newest):
        try:
            open_note(one.note, key)
        except NoteError:
            continue
        return True
    return False

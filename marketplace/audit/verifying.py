"""Verifying: walk the whole log in order, in bounded memory, and name the first record that was altered.

Events, their leaves, the nodes above them and the signed heads are checked leaf by leaf; then the bodies are
recomputed from the live rows, for the kinds that have a recomputer. What this cannot show: that what was recorded was
true, and that nobody who holds both the database and the key rewrote what no one outside has kept a head of.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.audit.events import leaf_data
from marketplace.audit.fencing import KeptHead, nothing_kept
from marketplace.audit.findings import Finding, Report, blame_leaf, blame_node, check_columns, difference, version_of
from marketplace.audit.keychain import KeyChain, stored_chain
from marketplace.audit.log_events import LOG_KEY_ROTATED
from marketplace.audit.merkle import Address, Frontier, leaf_hash
from marketplace.audit.notes import NoteError, TreeHead, Verifier
from marketplace.audit.recording import recomputer_of
from marketplace.audit.words import Words, at_place, compared, words_of
from marketplace.db.sql import load
from marketplace.kernel.ids import public

BATCH_SIZE = 2_000

_STATEMENTS = load(__file__, "verifying.sql")


@dataclass(slots=True)
class Progress:
    """How far the log is proven, and all that is needed to go on from there; `frontier` ends before the next leaf."""

    frontier: Frontier = field(default_factory=Frontier)
    checkpoints_proven: int = 0
    last_checkpoint: int = 0
    recomputed: int = 0
    not_recomputable: int = 0
    kept_proven: int = 0


@dataclass(slots=True)
class _Walk:
    """Where the verifier stands."""

    session: Session
    chain: KeyChain
    progress: Progress
    kept: Iterator[KeptHead]
    next_kept: KeptHead | None = None
    head: TreeHead | None = None


def verify(
    session: Session,
    verifier: Verifier,
    *,
    kept: Callable[[int], Iterator[KeptHead]] = nothing_kept,
    progress: Progress | None = None,
    leaves_max: int | None = None,
    batch_size: int = BATCH_SIZE,
) -> Report:
    """Check the log up to its newest head; stops at the first record that was altered.

    `verifier` is the public key from outside the database; `kept` gives the heads that are kept outside after a size,
    and the log must have each of them. With `leaves_max` it ends after so many leaves, `progress` (which is carried on)
    says where, and the report is not `finished`. Reads only; sealing may go on meanwhile.
    """
    progress = Progress() if progress is None else progress
    newest = session.execute(_STATEMENTS.head).one_or_none()
    size = 0 if newest is None else newest.tree_size
    start = progress.frontier.size
    stop = size if leaves_max is None else min(size, start + leaves_max)
    proven, forks = start, list[str]()
    try:
        walk = _Walk(session, stored_chain(session, verifier), progress, kept(start))
        forks = [fork.told() for fork in walk.chain.forks]
    except NoteError as error:
        finding: Finding | None = Finding("audit_event", LOG_KEY_ROTATED.kind, f"the change of the log's key: {error}")
    else:
        _next_kept(walk)
        # Whom to blame is decided by the newest head, if its signature stands; a forged head is named in its turn.
        if newest is not None and _checkpoint_problem(newest, walk.chain) is None:
            walk.head = TreeHead(walk.chain.at(size).name, size, bytes(newest.root_hash))
        finding, proven = _check_leaves(walk, start, stop, batch_size)
        if finding is None and stop == size:
            finding = _check_outside(session) or _check_reach(walk)
    return Report(
        tree_size=size,
        events_proven=proven,
        checkpoints_proven=progress.checkpoints_proven,
        bodies_recomputed=progress.recomputed,
        bodies_not_recomputable=progress.not_recomputable,
        kept_proven=progress.kept_proven,
        pending=session.execute(_STATEMENTS.pending_count).scalar_one(),
        finding=finding,
        forks=forks,
        finished=finding is not None or stop == size,
    )


def _check_leaves(walk: _Walk, start: int, stop: int, batch_size: int) -> tuple[Finding | None, int]:
    proven = start
    for first in range(start, stop, batch_size):
        finding, proven = _check_batch(walk, first, min(first + batch_size, stop))
        if finding is not None:
            return finding, proven
    return None, proven


def _check_batch(walk: _Walk, start: int, end: int) -> tuple[Finding | None, int]:
    """The first finding among the leaves from `start` up to `end`, and how many events are proven until then."""
    span = {"start": start, "end": end}
    rows = {row.number: row for row in walk.session.execute(_STATEMENTS.leaves, span)}
    nodes = {
        Address(level, position): bytes(stored)
        for level, position, stored in walk.session.execute(_STATEMENTS.nodes, span)
    }
    checkpoints = {row.tree_size: row for row in walk.session.execute(_STATEMENTS.checkpoints, span)}
    finding = None
    intact: list[Row[Any]] = []
    for number in range(start, end):
        finding = _check_leaf(walk, number, rows.get(number), nodes)
        if finding is None and number + 1 in checkpoints:
            finding = _check_checkpoint(walk, checkpoints[number + 1])
        if finding is None:
            finding = _check_kept(walk, number + 1, checkpoints.get(number + 1))
        if finding is not None:
            break
        intact.append(rows[number])
    words = words_of(walk.session, [row.event_id for row in intact])
    found = [one for one in (_recompute(walk, intact, words), _check_words(intact, words)) if one is not None]
    if found:
        number, earliest = min(found, key=lambda one: one[0])
        return earliest, number
    return finding, start + len(intact)


def _check_leaf(walk: _Walk, number: int, row: Row[Any] | None, nodes: Mapping[Address, bytes]) -> Finding | None:
    if row is None:
        return Finding("audit_leaf", str(number), "it is missing")
    if row.id is None:
        return Finding("audit_event", public("event", row.event_id), f"it is missing; leaf {number} stands for it")
    computed = leaf_hash(leaf_data(bytes(row.body)))
    if computed != bytes(row.hash):
        return blame_leaf(walk.session, row, computed, walk.head)
    problem = check_columns(row)
    if problem is not None:
        return Finding("audit_event", public("event", row.event_id), problem)
    for node in walk.progress.frontier.append(computed):
        stored = nodes.get(Address(node.level, node.position))
        if stored != node.hash:
            return blame_node(walk.session, node, stored, walk.head)
    return None


def _check_checkpoint(walk: _Walk, row: Row[Any]) -> Finding | None:
    problem = _checkpoint_problem(row, walk.chain)
    if problem is not None:
        return Finding("audit_checkpoint", str(row.tree_size), problem)
    progress = walk.progress
    if bytes(row.root_hash) != progress.frontier.root():
        leaves = f"{progress.last_checkpoint} to {row.tree_size - 1}"
        return Finding("audit_leaf", leaves, "rewritten with their events and nodes; the signed head differs")
    progress.checkpoints_proven += 1
    progress.last_checkpoint = row.tree_size
    return None


def _checkpoint_problem(row: Row[Any], chain: KeyChain) -> str | None:
    """What is wrong with a stored head by itself: its signature, or columns that differ from the signed text."""
    try:
        signed = chain.open(row.note)
    except NoteError as error:
        return f"altered: {error}"
    if signed != TreeHead(chain.at(row.tree_size).name, row.tree_size, bytes(row.root_hash)):
        return "its columns differ from the note that was signed"
    return None


def _check_kept(walk: _Walk, size: int, row: Row[Any] | None) -> Finding | None:
    """Heads of this size that are kept outside must be the log's own."""
    while walk.next_kept is not None and walk.next_kept.tree_size <= size:
        kept = walk.next_kept
        name = f"{kept.tree_size} in {kept.place}"
        try:
            head = walk.chain.open(kept.note)
        except NoteError as error:
            return Finding("kept checkpoint", name, f"it is not of this log, or the log's key was exchanged: {error}")
        if head.size != kept.tree_size:
            return Finding("kept checkpoint", name, f"it is of {head.size} leaves")
        if head.root != walk.progress.frontier.root():
            return Finding("kept checkpoint", name, "the log was rewritten since: its leaves lead to another root")
        if row is None:
            return Finding("audit_checkpoint", str(size), f"it is missing; {kept.place} keeps it")
        walk.progress.kept_proven += 1
        _next_kept(walk)
    return None


def _next_kept(walk: _Walk) -> None:
    """Go on to the next head kept outside that no declared fork has abandoned."""
    walk.next_kept = next((one for one in walk.kept if not walk.chain.abandons(one.note)), None)


def _check_reach(walk: _Walk) -> Finding | None:
    """Nothing kept outside may lie beyond the log; what was sealed and kept while we walked does not."""
    kept = walk.next_kept
    newest = walk.session.execute(_STATEMENTS.head).one_or_none()
    size = 0 if newest is None else newest.tree_size
    if kept is None or kept.tree_size <= size:
        return None
    problem = f"it is missing; {kept.place} keeps it: an older backup was restored, or the newest leaves were removed"
    return Finding("audit_checkpoint", str(kept.tree_size), problem)


def _check_words(rows: list[Row[Any]], words: Mapping[uuid.UUID, Mapping[str, Words]]) -> tuple[int, Finding] | None:
    """The first event of which something is kept as said that its body does not commit to."""
    for row in rows:
        for one in words.get(row.event_id, {}).values():
            if at_place(json.loads(bytes(row.body))["data"], one.place) != one.commitment:
                problem = "the text or its salt was altered: it is not what the event committed to"
                return row.number, Finding("audit_words", f"{public('event', row.event_id)} {one.place}", problem)
    return None


def _recompute(
    walk: _Walk, rows: list[Row[Any]], words: Mapping[uuid.UUID, Mapping[str, Words]]
) -> tuple[int, Finding] | None:
    """The first leaf whose sealed data differs from the live rows, and how."""
    by_kind: dict[tuple[str, int], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind, version_of(row)].append(row)
    findings: list[tuple[int, Finding]] = []
    for of, members in by_kind.items():
        function = recomputer_of(*of)
        if function is None:
            walk.progress.not_recomputable += len(members)
            continue
        live = function(walk.session, list({row.subject_id for row in members}))
        findings += _compare(walk, members, live, words)
    return min(findings, key=lambda found: found[0], default=None)


def _compare(
    walk: _Walk,
    members: list[Row[Any]],
    live: Mapping[uuid.UUID, Mapping[str, Any] | None],
    words: Mapping[uuid.UUID, Mapping[str, Words]],
) -> list[tuple[int, Finding]]:
    for row in members:
        subject = public(row.subject_noun, row.subject_id)
        event = public("event", row.event_id)
        if row.subject_id not in live:
            problem = f"it is gone, though event {event} (leaf {row.number}) recorded it"
            return [(row.number, Finding(row.subject_noun, subject, problem))]
        data = live[row.subject_id]
        if data is None:
            walk.progress.not_recomputable += 1
            continue
        sealed_data = json.loads(bytes(row.body))["data"]
        differs = difference(sealed_data, compared(data, sealed_data, words.get(row.event_id, {})))
        if differs is not None:
            path, sealed, now = differs
            what = f"{path} was sealed as {sealed!r} and is {now!r} in the live rows"
            problem = f"altered after event {event} (leaf {row.number}) recorded it: {what}"
            return [(row.number, Finding(row.subject_noun, subject, problem))]
        walk.progress.recomputed += 1
    return []


def _check_outside(session: Session) -> Finding | None:
    """Rows that stand outside the signed tree and are not just waiting for it."""
    leaf = session.execute(_STATEMENTS.leaf_without_head).scalar_one_or_none()
    if leaf is not None:
        return Finding("audit_leaf", str(leaf), "no signed head covers it: a head was removed, or the leaf was added")
    node = session.execute(_STATEMENTS.node_outside).one_or_none()
    if node is not None:
        return Finding("audit_node", f"level {node.level} position {node.position}", "it is outside the signed tree")
    lost = session.execute(_STATEMENTS.event_lost).scalar_one_or_none()
    if lost is not None:
        return Finding("audit_event", public("event", lost), "it is neither sealed nor waiting: its leaf was removed")
    wrong = session.execute(_STATEMENTS.pending_wrong).one_or_none()
    if wrong is not None:
        problem = "its event is missing" if wrong.missing else "its event is sealed already"
        return Finding("audit_pending", public("event", wrong.event_id), problem)
    return None

"""What the verifier says: which record was altered, and in what, in plain words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.audit.merkle import Address, Node, Range, climb, inclusion_ranges, prove
from marketplace.audit.notes import TreeHead
from marketplace.audit.recording import recomputer_of
from marketplace.audit.tree import TreeDamagedError, stored_nodes
from marketplace.audit.words import compared, words_of
from marketplace.kernel.canonical import canonical_bytes, instant
from marketplace.kernel.ids import PREFIXES, public


@dataclass(frozen=True, slots=True)
class Finding:
    """One altered record: its table, which row, and what is wrong with it."""

    table: str
    row: str
    problem: str

    def __str__(self) -> str:
        """One sentence."""
        return f"{self.table} {self.row}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Report:
    """What the verifier found.

    `events_proven` of `tree_size` sealed events stand as they were sealed, under `checkpoints_proven` signed heads;
    of these, `bodies_recomputed` agree with the live rows, and `bodies_not_recomputable` have no rows that could
    still tell, and the log agrees with `kept_proven` heads that are kept outside. `pending` are recorded, but not
    sealed yet. `forks` are the declared ones, in words. `finding` is the first record that was altered; `finished` says
    that nothing is left to look at.
    """

    tree_size: int
    events_proven: int
    checkpoints_proven: int
    bodies_recomputed: int
    bodies_not_recomputable: int
    kept_proven: int
    pending: int
    finding: Finding | None
    forks: Sequence[str] = ()
    finished: bool = True

    @property
    def ok(self) -> bool:
        """Whether nothing was found altered."""
        return self.finding is None

    def lines(self) -> list[str]:
        """The report for people."""
        recomputed = f"{self.bodies_recomputed} recomputed from the live rows and equal"
        return [
            f"{self.events_proven} of {self.tree_size} sealed events proven, {self.checkpoints_proven} signed heads",
            f"{recomputed}; {self.bodies_not_recomputable} record what goes on changing: proven as recorded",
            f"{self.kept_proven} heads kept outside the database agree",
            f"{self.pending} waiting to be sealed",
            *self.forks,
            "nothing was altered" if self.finding is None else f"ALTERED: {self.finding}",
        ]


def blame_leaf(session: Session, row: Row[Any], computed: bytes, head: TreeHead | None) -> Finding:
    """Which of an event and its leaf was altered, when they disagree: the one that leads to the signed head did not."""
    event = public("event", row.event_id)
    address = Address(0, row.number)
    if _leads_to(session, address, bytes(row.hash), head):
        return Finding(
            "audit_event", event, f"altered after it was sealed as leaf {row.number}: {_altered(session, row)}"
        )
    if _leads_to(session, address, computed, head):
        problem = f"its hash was altered; the event {event} it stands for is as it was sealed"
        return Finding("audit_leaf", str(row.number), problem)
    problem = f"it differs from leaf {row.number}, and neither of them leads to the signed head"
    return Finding("audit_event", event, problem)


def blame_node(session: Session, node: Node, stored: bytes | None, head: TreeHead | None) -> Finding:
    """Whether a node or the leaves below it were altered, when they disagree."""
    address = Address(node.level, node.position)
    name = f"level {node.level} position {node.position}"
    if stored is None:
        return Finding("audit_node", name, "it is missing")
    first, last = node.position << node.level, ((node.position + 1) << node.level) - 1
    if _leads_to(session, address, stored, head):
        problem = "one of them was rewritten together with its event; the signed head has another hash over them"
        return Finding("audit_leaf", f"{first} to {last}", problem)
    if _leads_to(session, address, node.hash, head):
        return Finding("audit_node", name, "its hash was altered; the leaves below it are as they were sealed")
    return Finding("audit_node", name, f"it differs from leaves {first} to {last}, and neither leads to the head")


def _leads_to(session: Session, address: Address, candidate: bytes, head: TreeHead | None) -> bool:
    """Whether a hash at this address leads, with its stored siblings, to the signed head."""
    if head is None:
        return False
    start = address.position << address.level
    siblings: list[Range] = inclusion_ranges(start, head.size)[address.level :]
    try:
        hashes = prove(siblings, lambda wanted: stored_nodes(session, wanted))
    except TreeDamagedError:
        return False
    return climb(start, candidate, list(zip(siblings, hashes, strict=True))) == head.root


def check_columns(row: Row[Any]) -> str | None:
    """How an event's searchable columns differ from its body, None when they agree; raises ValueError for no JSON."""
    body = json.loads(bytes(row.body))
    if not isinstance(body, dict) or canonical_bytes(body) != bytes(row.body):
        return "its body is not canonical JSON"
    columns = {
        "id": public("event", row.event_id),
        "kind": row.kind,
        "subject": public(row.subject_noun, row.subject_id) if row.subject_noun in PREFIXES else row.subject_noun,
        "at": instant(row.at),
        "recorded_at": instant(row.recorded_at),
    }
    for name, value in columns.items():
        if body.get(name) != value:
            return f"{name} is {value!r} in its column and {body.get(name)!r} in its body"
    return None


def _altered(session: Session, row: Row[Any]) -> str:
    """What can still be said about how an event differs from what was sealed."""
    try:
        columns = check_columns(row)
    except ValueError:
        return "its body is no longer canonical JSON"
    function = recomputer_of(row.kind, version_of(row))
    live = None if function is None else function(session, [row.subject_id]).get(row.subject_id)
    differs = None
    if live is not None:
        says = json.loads(bytes(row.body)).get("data")
        spoken = words_of(session, [row.event_id])
        differs = difference(says, compared(live, says, spoken.get(row.event_id, {})))
    if differs is None:
        return columns or "its data is not what was sealed"
    path, says, rows_say = differs
    return f"{path} says {says!r}, the live rows say {rows_say!r}"


def difference(left: Any, right: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """The first place where two JSON values differ, as a JSON pointer and both values; None when they are equal."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        places = ((key, left.get(key), right.get(key)) for key in sorted(left.keys() | right.keys()))
    elif isinstance(left, list) and isinstance(right, list | tuple) and len(left) == len(right):
        places = ((str(index), one, other) for index, (one, other) in enumerate(zip(left, right, strict=True)))
    else:
        return None if type(left) is type(right) and left == right else (path, left, right)
    found = (difference(one, other, f"{path}/{key}") for key, one, other in places)
    return next((differs for differs in found if differs is not None), None)


def version_of(row: Row[Any]) -> int:
    """The version of the kind's fields that the event's body names; 0 where it names none any more."""
    try:
        version = json.loads(bytes(row.body)).get("v")
    except (ValueError, AttributeError):
        return 0
    return version if isinstance(version, int) else 0

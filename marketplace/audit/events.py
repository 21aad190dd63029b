"""The registry of event kinds: what can be written into the log, field by field.

Each package declares its kinds once, in its own `events.py`:

    JOB_FUNDED = define_event("job.funded", 1, "Job funded", {"amount": "money; moved into the reserve"})
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LEAF_PREFIX = b"piecework.audit.event.v1\n"
"""Stands before the body in the data of a leaf, so that no other signed or hashed text can be taken for an event."""

_KIND = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_FIELD = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, eq=False)
class EventKind:
    """One kind of event, `noun.verb`, at one version of its fields.

    `fields` maps each key of the event's `data` to one line: what it is, its type and unit.
    """

    kind: str
    version: int
    title: str
    fields: Mapping[str, str]


_REGISTRY: dict[str, EventKind] = {}


def define_event(kind: str, version: int, title: str, fields: Mapping[str, str]) -> EventKind:
    """Declare a kind once; raises ValueError when it is malformed or declared already."""
    if not _KIND.fullmatch(kind):
        raise ValueError(f"event kind {kind!r} must look like noun.verb")
    if version < 1:
        raise ValueError(f"event kind {kind}: versions count from 1")
    if kind in _REGISTRY:
        raise ValueError(f"event kind {kind!r} is already defined")
    for name, meaning in fields.items():
        if not _FIELD.fullmatch(name) or not meaning:
            raise ValueError(f"event kind {kind}: field {name!r} needs a plain name and a description")
    defined = EventKind(kind, version, title, MappingProxyType(dict(fields)))
    _REGISTRY[kind] = defined
    return defined


def all_kinds() -> list[EventKind]:
    """Every kind declared by the modules imported so far, ordered by name."""
    return [_REGISTRY[kind] for kind in sorted(_REGISTRY)]


def leaf_data(body: bytes) -> bytes:
    """What is hashed into the tree for an event with these canonical bytes."""
    return LEAF_PREFIX + body

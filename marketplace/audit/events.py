"""The registry of event kinds: what can be written into the log, field by field.

Each package declares its kinds once, in its own `events.py`:

    JOB_FUNDED = define_event("job.funded", 1, "Job funded", {"amount": "money: moved into the reserve"})

A body never changes, so what earlier releases wrote stays declared, by `superseded_event`, beside the present version.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from marketplace.audit.fields import Field, parse_field

LEAF_PREFIX = b"piecework.audit.event.v1\n"
"""Stands before the body in the data of a leaf, so that no other signed or hashed text can be taken for an event."""

_KIND = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_FIELD = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, eq=False)
class EventKind:
    """One kind of event, `noun.verb`, at one version of its fields.

    `fields` has each key of the event's `data`. Of a version that is not `written` any more, events may be in the log.
    `speaks` says whether something that people wrote may stand in it.
    """

    kind: str
    version: int
    title: str
    fields: Mapping[str, Field]
    written: bool = True

    speaks: bool = field(init=False)

    def __post_init__(self) -> None:
        """Find out once, as every event is asked, whether something that people wrote may stand in it."""
        words = [one.type.words for one in self.fields.values()]
        object.__setattr__(self, "speaks", any("commitment" in one or "record" in one for one in words))

    def require(self, data: Mapping[str, Any]) -> None:
        """Raise ValueError unless `data` has exactly these fields, each of its type."""
        if data.keys() != self.fields.keys():
            raise ValueError(f"{self.kind} has the fields {sorted(self.fields)}, not {sorted(data)}")
        for name, declared in self.fields.items():
            if not declared.type.check(data[name]):
                raise ValueError(f"{self.kind}: {name} is {declared.type.words}, not {data[name]!r}")

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its `data`."""
        return {
            "title": self.title,
            "type": "object",
            "properties": {
                name: {**one.type.schema, **({"description": one.meaning} if one.meaning else {})}
                for name, one in self.fields.items()
            },
            "required": list(self.fields),
            "additionalProperties": False,
        }


_REGISTRY: dict[tuple[str, int], EventKind] = {}


def define_event(kind: str, version: int, title: str, fields: Mapping[str, str]) -> EventKind:
    """Declare the version of a kind that is written now; `fields` as `fields.parse_field` reads them.

    Raises ValueError when it is malformed, or declared already.
    """
    return _declare(kind, version, title, fields, written=True)


def superseded_event(kind: str, version: int, title: str, fields: Mapping[str, str]) -> EventKind:
    """Declare a version that earlier releases wrote; raises as `define_event` does."""
    return _declare(kind, version, title, fields, written=False)


def _declare(kind: str, version: int, title: str, fields: Mapping[str, str], *, written: bool) -> EventKind:
    if not _KIND.fullmatch(kind):
        raise ValueError(f"event kind {kind!r} must look like noun.verb")
    if version < 1:
        raise ValueError(f"event kind {kind}: versions count from 1")
    if (kind, version) in _REGISTRY:
        raise ValueError(f"event kind {kind!r} is already defined")
    if written and any(known.kind == kind and known.written for known in _REGISTRY.values()):
        raise ValueError(f"event kind {kind!r} has two versions that are written")
    declared: dict[str, Field] = {}
    for name, line in fields.items():
        if not _FIELD.fullmatch(name):
            raise ValueError(f"event kind {kind}: field {name!r} needs a plain name")
        try:
            declared[name] = parse_field(line)
        except ValueError as problem:
            raise ValueError(f"event kind {kind}: field {name}: {problem}") from None
    defined = EventKind(kind, version, title, MappingProxyType(declared), written)
    _REGISTRY[kind, version] = defined
    return defined


def all_kinds() -> list[EventKind]:
    """Every kind and version declared by the modules imported so far, by name and version."""
    return [_REGISTRY[key] for key in sorted(_REGISTRY)]


def leaf_data(body: bytes) -> bytes:
    """What is hashed into the tree for an event with these canonical bytes."""
    return LEAF_PREFIX + body

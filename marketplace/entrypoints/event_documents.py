"""What docs/ says of audit events: every kind at every version, for people and as JSON Schema."""

import json
import pkgutil
from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import groupby
from typing import Final

import marketplace
from marketplace.audit.events import LEAF_PREFIX, EventKind, all_kinds
from marketplace.audit.fields import MEANINGS
from marketplace.entrypoints.page_parts import GENERATED, table

_HEAD: Final = f"""# Audit events

What is written into the tamper-evident log, and so what can be proved from it. The same as JSON Schema, by kind and
version, is in `docs/audit-events.json`.

{GENERATED}

A leaf of the tree is `{LEAF_PREFIX.decode().strip()}`, a line end, and the event in the canonical form of RFC 8785: an
object with `actor` (who did it), `at` (market time), `data` (the fields below), `id`, `kind`, `recorded_at` (by the
real clock), `subject` (the id of what it is about) and `v` (the version of the fields). A body never changes; where the
fields of a kind did, its earlier versions stay listed, because old events have them. A field named `commitment`,
`commitments` or `…_commitment` shows nothing but to who is given its salt.
"""


def load_kinds() -> list[EventKind]:
    """Every kind and version that any package declares."""
    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if module.name.endswith("events"):
            import_module(module.name)
    return all_kinds()


def events_page() -> str:
    """For people: the types, an overview by what the events are about, and each kind field by field."""
    kinds = load_kinds()
    parts = [
        _HEAD,
        "## Types\n",
        table(("type", "what it is"), [(f"`{name}`", text) for name, text in MEANINGS.items()]),
    ]
    parts += ["\n## Overview\n", table(("about", "events"), _overview(kinds))]
    for _, versions in groupby(kinds, key=lambda kind: kind.kind):
        parts += _kind(list(versions))
    return "\n".join(parts).rstrip() + "\n"


def events_schemas() -> str:
    """For programs: the JSON Schema of the `data` of each kind, by its version."""
    schemas: dict[str, dict[str, object]] = {}
    for kind in load_kinds():
        schemas.setdefault(kind.kind, {})[str(kind.version)] = kind.schema()
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "kinds": schemas}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _overview(kinds: Iterable[EventKind]) -> Iterable[tuple[str, str]]:
    written = [kind.kind for kind in kinds if kind.written]
    for noun, names in groupby(written, key=lambda name: name.partition(".")[0]):
        links = [f"[`{name.partition('.')[2]}`](#{name.replace('.', '')})" for name in names]
        yield noun.replace("_", " "), ", ".join(links)


def _kind(versions: Sequence[EventKind]) -> Iterable[str]:
    newest = versions[-1]
    yield f"\n## `{newest.kind}`\n\n{newest.title}. Version {newest.version}.\n"
    yield _fields(newest)
    for earlier in reversed(versions[:-1]):
        yield f"Version {earlier.version}, which earlier releases wrote:\n"
        yield _fields(earlier)


def _fields(kind: EventKind) -> str:
    rows = [(f"`{name}`", field.type.words, field.meaning) for name, field in kind.fields.items()]
    return table(("field", "type", "meaning"), rows) if rows else "It has no fields.\n"

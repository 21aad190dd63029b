"""Rows of an upload: reading them from JSON or NDJSON, and checking one by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any, Final, NamedTuple
from uuid import UUID

from marketplace.jobs.contents import content_problem
from marketplace.jobs.prelabels import PrelabelRules, canonical_prelabel
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse

EXTERNAL_ID_MAX: Final = 200
LINE_BYTES_MAX: Final = 1_000_000

_BLANK: Final = " \t\r\n"
_decode: Final = json.JSONDecoder().raw_decode
_FIELDS: Final = frozenset({"external_id", "rate", "content"})
_OPTIONAL: Final = frozenset({"prelabel"})


class ItemRow(NamedTuple):
    """One row as it came: `line` counts from 1; `problem` is set when it could not even be read."""

    line: int
    external_id: str
    rate_code: str
    content: Any
    problem: str | None = None
    prelabel: Any = None


@dataclass(frozen=True, slots=True)
class RowError:
    """One row that is no item, and why; `pointer` is the place inside the row, "" for the whole of it."""

    line: int
    external_id: str | None
    code: str
    message: str
    pointer: str = ""


def storable(error: RowError) -> RowError:
    """The same, with marks in place of what PostgreSQL or an answer in UTF-8 could not hold: errors quote what came."""
    name = error.external_id
    return RowError(
        error.line, None if name is None else _held(name), error.code, _held(error.message), _held(error.pointer)
    )


def _held(words: str) -> str:
    return words.replace("\x00", "\ufffd").encode(errors="replace").decode()


class CheckedRow(NamedTuple):
    """A row that is right by itself, in the order of the columns of the upload: its content as canonical
    text, its digest, and its pre-label as canonical text.
    """

    line: int
    external_id: str
    rate_code: str
    content: str
    digest: bytes
    media_id: UUID | None
    url: str | None
    prelabel: str | None


def rows_from_ndjson(lines: Iterable[bytes]) -> Iterator[ItemRow]:
    """Read one JSON object a line; empty lines count but are no rows.

    `{"external_id": "a-1", "rate": "standard", "content": {"text": "…"}}`. A line that cannot
    be read becomes a row with a problem, so that the others are not lost.
    """
    for number, line in enumerate(lines, start=1):
        if len(line) > LINE_BYTES_MAX:
            yield ItemRow(number, "", "", None, f"A line has at most {LINE_BYTES_MAX} bytes.")
        elif line.strip():
            yield _row_from_line(number, line)


def _row_from_line(number: int, line: bytes) -> ItemRow:
    try:
        written = line.decode().strip(_BLANK)
        # Without the detours of json.loads: this runs a million times in an upload.
        value, end = _decode(written)
        if end != len(written):
            raise ValueError("more than one value")
    except (ValueError, RecursionError):
        return ItemRow(number, "", "", None, "This line is not JSON in UTF-8.")
    return row_from_json(number, value)


def rows_from_json(values: Iterable[Any]) -> Iterator[ItemRow]:
    """Rows of a JSON list, numbered from 1."""
    return (row_from_json(number, value) for number, value in enumerate(values, start=1))


def row_from_json(line: int, value: Any) -> ItemRow:
    """One row of decoded JSON; only its outer shape is looked at."""
    try:
        external_id, rate_code, content = value["external_id"], value["rate"], value["content"]
    except (KeyError, TypeError, IndexError):
        return ItemRow(line, "", "", None, 'A row is an object with "external_id", "rate" and "content".')
    if len(value) != len(_FIELDS) and not value.keys() <= _FIELDS | _OPTIONAL:
        unknown = ", ".join(sorted(value.keys() - _FIELDS - _OPTIONAL))
        return ItemRow(line, str(external_id)[:EXTERNAL_ID_MAX], "", None, f"There is no such field: {unknown}.")
    if not isinstance(external_id, str) or not isinstance(rate_code, str):
        return ItemRow(line, "", "", None, '"external_id" and "rate" are texts.')
    return ItemRow(line, external_id, rate_code, content, None, value.get("prelabel"))


def check_row(row: ItemRow, rate_codes: frozenset[str], prelabels: PrelabelRules) -> CheckedRow | RowError:
    """Check a row by itself, for a job with these rates, of the kind and under the label schema of `prelabels`."""
    problem = _problem(row, rate_codes, prelabels.kind)
    if problem is not None:
        return RowError(row.line, row.external_id or None, *problem)
    # Of several parts none is an address or names media.
    key, value = next(iter(row.content.items())) if len(row.content) == 1 else ("", "")
    media_id = None
    if key == "media":
        try:
            media_id = parse("media", value)
        except DomainError:
            return RowError(row.line, row.external_id, "media_unknown", f"There is no media {value[:40]!r}.")
    try:
        content = canonical_content(key, value) if key else canonical_bytes(row.content).decode()
    except ValueError:
        return RowError(row.line, row.external_id, "text_invalid", "The text is not valid Unicode.")
    prelabel = None
    if row.prelabel is not None:
        wrong = next(iter(prelabels.errors(row.prelabel, row.content)), None)
        if wrong is not None:
            return RowError(row.line, row.external_id, wrong.code, wrong.message, f"/prelabel{wrong.pointer}")
        prelabel = canonical_prelabel(row.prelabel)
    try:
        digest = item_digest(row.rate_code, content, prelabel)
    except UnicodeEncodeError:
        return RowError(row.line, row.external_id, "text_invalid", "The text is not valid Unicode.")
    url = value if key == "url" else None
    return CheckedRow(row.line, row.external_id, row.rate_code, content, digest, media_id, url, prelabel)


def canonical_content(key: str, value: str) -> str:
    """The content {key: value} as canonical JSON text; the key is one of ours and needs no escape.

    The same as RFC 8785 for such an object (a test compares them), many times faster than the
    general way: this runs a million times in an upload.
    """
    return f'{{"{key}":{encode_basestring(value)}}}'


def item_digest(rate_code: str, canonical: str, prelabel: str | None = None) -> bytes:
    """SHA-256 of the rate code, a line feed, and the content's canonical bytes.

    A pre-label follows after another line feed; canonical bytes have none inside, so the parts cannot run together.
    """
    parts = f"{rate_code}\n{canonical}" if prelabel is None else f"{rate_code}\n{canonical}\n{prelabel}"
    return hashlib.sha256(parts.encode()).digest()


def _problem(row: ItemRow, rate_codes: frozenset[str], kind: str) -> tuple[str, ...] | None:
    if row.problem is not None:
        return "row_invalid", row.problem
    identifier = row.external_id
    # Of all spaces only the plain one is printable.
    if (
        not identifier
        or len(identifier) > EXTERNAL_ID_MAX
        or not identifier.isprintable()
        or " " in (identifier[0], identifier[-1])
    ):
        message = f"external_id is 1 to {EXTERNAL_ID_MAX} printable characters, without a space at either end."
        return "external_id_invalid", message
    if row.rate_code not in rate_codes:
        return "rate_unknown", f"The job has no rate {row.rate_code[:40]!r}."
    return content_problem(row.content, kind)

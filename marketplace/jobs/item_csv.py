"""Rows of an upload from CSV (RFC 4180): a header line, then one item a record."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from marketplace.jobs.errors import CSV_REFUSED
from marketplace.jobs.item_rows import EXTERNAL_ID_MAX, LINE_BYTES_MAX, ItemRow

FIELD_CHARACTERS_MAX: Final = 131_072
"""As Python's reader has it; a text of an item is shorter."""

_BOM: Final = b"\xef\xbb\xbf"
_NEEDED: Final = ("external_id", "rate")
_CONTENT: Final = ("text", "url", "media", "prompt", "a", "b")
_OPTION: Final = "options."
"""Before the key of an option to rank: the column "options.m1"."""


class _Lines:
    """Physical lines for the CSV reader: decoded, and refused where a record grows beyond all bounds."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self.number = 0
        self.record_bytes = 0
        self.quotes = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if self.number == 0 and line.startswith(_BOM):
            line = line[len(_BOM) :]
        self.number += 1
        self.record_bytes += len(line)
        if self.record_bytes > LINE_BYTES_MAX:
            raise csv.Error(f"a record has at most {LINE_BYTES_MAX} bytes")
        if b'"' in line:
            self.quotes += line.count(b'"')
        # What is no UTF-8 stays recognisable, and its own row alone is refused.
        return line.decode(errors="surrogateescape")


def records(lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file, each with the number of the physical line on which it begins, from 1.

    A byte order mark is skipped, and so are empty lines. Raises csv_refused with the line where the quoting is broken
    or a field or record is too long: nobody can tell then where the next record begins.
    """
    physical = _Lines(lines)
    reader = csv.reader(physical, strict=True)
    while True:
        begins = physical.number + 1
        physical.record_bytes = physical.quotes = 0
        try:
            record = next(reader)
            if physical.quotes % 2:
                raise csv.Error('a field with " in it stands between quotes, and the " in it is doubled')
        except StopIteration:
            return
        except csv.Error as error:
            raise CSV_REFUSED.error(
                f"Line {begins}: {error}. Where the next record begins cannot be told, so nothing was added.",
                line=begins,
            ) from error
        if record:
            yield begins, record


def header_of(found: Iterator[tuple[int, list[str]]], *, prefix: str = "") -> list[str]:
    """The names of the columns, without the prefix; raises csv_refused without any, or with one named twice."""
    _, names = next(found, (1, []))
    if not names:
        raise CSV_REFUSED.error("The file is empty; its first line names the columns.", line=1)
    names = [name.strip().removeprefix(prefix) for name in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CSV_REFUSED.error(f"Line 1: the column {twice[0][:40]!r} is there twice.", line=1)
    return names


def rows_from_csv(lines: Iterable[bytes]) -> Iterator[ItemRow]:
    """Read items; the header names external_id, rate, and columns of contents, in any order.

    These are text, url, media, prompt, a, b and options.KEY; each record fills those that its item has. A record that
    cannot be an item becomes a row with a problem; a header or a quoting that cannot be read raises csv_refused, for no
    row is sure then.
    """
    found = records(lines)
    names = header_of(found)
    _check_header(names)
    width, identifier_at, rate_at = len(names), names.index("external_id"), names.index("rate")
    contents = [(names.index(key), key) for key in _CONTENT if key in names]
    options = [(at, name.removeprefix(_OPTION)) for at, name in enumerate(names) if name.startswith(_OPTION)]
    if len(contents) == 1 and not options:
        at, key = contents[0]
        for line, record in found:
            if len(record) == width:
                yield ItemRow(line, record[identifier_at], record[rate_at], {key: record[at]})
            else:
                yield _wrong_width(line, record, width)
        return
    for line, record in found:
        if len(record) != width:
            yield _wrong_width(line, record, width)
            continue
        filled: dict[str, Any] = {key: record[at] for at, key in contents if record[at]}
        texts = {key: record[at] for at, key in options if record[at]}
        if texts:
            filled["options"] = texts
        yield ItemRow(line, record[identifier_at], record[rate_at], filled)


def _check_header(names: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise CSV_REFUSED.error(f"Line 1: there is no column {missing[0]!r}; columns are parted by commas.", line=1)
    unknown = [name for name in names if name not in {*_NEEDED, *_CONTENT} and not name.startswith(_OPTION)]
    if unknown:
        raise CSV_REFUSED.error(f"Line 1: there is no such column as {unknown[0][:40]!r}.", line=1)
    if len(names) == len(_NEEDED):
        raise CSV_REFUSED.error("Line 1: there is no column of a content, such as text, url or media.", line=1)


def _wrong_width(line: int, record: Sequence[str], width: int) -> ItemRow:
    problem = f"The record has {len(record)} fields, the header {width}."
    return ItemRow(line, record[0][:EXTERNAL_ID_MAX], "", None, problem)

"""Files of a bank as they come when something went wrong on the way: drawn by Hypothesis from sound ones."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Final, TypeVar

from hypothesis import strategies as st

ENCODINGS: Final = ("U.F-8", "UTF-16", "utf-7", "latin-1", "cp852", "hex", "idna", "undefined", "")
NUMBERS: Final = ("0", "00", "-1", "1e5", "0.001", "7,00", "9" * 19, "9" * 40, "١", "NaN", "+5", " 5 ", "5.")
MARKS: Final = (b"\x00", b"\xff", b"\r\n", b"<", b"&", b"&#0;", b":61:", b":20:", b"-", b"]]>", b"\xef\xbb\xbf", b"RC")

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[int]], int]


@st.composite
def mangled(draw: Draw, files: tuple[bytes, ...]) -> bytes:
    """One of these files, with one to three things wrong with it."""
    data = files[draw(st.integers(0, len(files) - 1))]
    for _ in range(draw(st.integers(1, 3))):
        ways = (flip, cut, insert, drop, repeat, number, encoding, part, part, part)
        data = ways[draw(st.integers(0, len(ways) - 1))](draw, data)
    return data


def flip(draw: Draw, data: bytes) -> bytes:
    """One byte is another."""
    at = _place(draw, data)
    return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]


def cut(draw: Draw, data: bytes) -> bytes:
    """The file ends early."""
    return data[: _place(draw, data)]


def insert(draw: Draw, data: bytes) -> bytes:
    """Something stands there that means something in such a file."""
    at = _place(draw, data)
    return data[:at] + MARKS[draw(st.integers(0, len(MARKS) - 1))] + data[at:]


def drop(draw: Draw, data: bytes) -> bytes:
    """A piece is missing."""
    at = _place(draw, data)
    return data[:at] + data[at + draw(st.integers(1, 40)) :]


def repeat(draw: Draw, data: bytes) -> bytes:
    """A piece comes twice."""
    at = _place(draw, data)
    return data[:at] + data[at : at + draw(st.integers(1, 400))] * 2 + data[at:]


def number(draw: Draw, data: bytes) -> bytes:
    """One number is another."""
    found = list(re.finditer(rb"[0-9]+(?:[.,][0-9]*)?", data))
    if not found:
        return data
    match = found[draw(st.integers(0, len(found) - 1))]
    other = NUMBERS[draw(st.integers(0, len(NUMBERS) - 1))].encode()
    return data[: match.start()] + other + data[match.end() :]


def encoding(draw: Draw, data: bytes) -> bytes:
    """The file says that it is written in another way."""
    name = ENCODINGS[draw(st.integers(0, len(ENCODINGS) - 1))]
    return data.replace(b"UTF-8", name.encode(), 1)


def part(draw: Draw, data: bytes) -> bytes:
    """An element, or a line where there are none, is missing, comes twice, changes places, or stands empty."""
    what = draw(st.integers(0, 3))
    try:
        root = ET.fromstring(data)
    except (ET.ParseError, ValueError, LookupError):
        rows = _moved(draw, data.split(b"\r\n"), what, b"")
        return b"\r\n".join(rows)
    parents = [node for node in root.iter() if len(node)]
    if not parents:
        return data
    parent = parents[draw(st.integers(0, len(parents) - 1))]
    parent[:] = [copy.deepcopy(one) for one in _moved(draw, list(parent), what, ET.Element(parent[0].tag))]
    ET.register_namespace("", root.tag.removeprefix("{").partition("}")[0])
    return b'<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(root)


def _moved(draw: Draw, parts: list[T], what: int, empty: T) -> list[T]:
    at = draw(st.integers(0, len(parts) - 1))
    rest = parts[:at] + parts[at + 1 :]
    if what == 0:
        return rest
    if what == 1:
        return [*parts[: at + 1], *parts[at:]]
    to = draw(st.integers(0, len(rest)))
    return [*rest[:to], parts[at], *rest[to:]] if what == 2 else [*parts[:at], empty, *parts[at + 1 :]]


def _place(draw: Draw, data: bytes) -> int:
    return draw(st.integers(0, max(0, len(data) - 1)))

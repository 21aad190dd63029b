"""Checked rows on their way into the database: as lines of COPY's text format, a thousand at a time.

Measured: the driver's own way of writing a row, value by value, costs more than all the checks of the row together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from marketplace.jobs.item_rows import CheckedRow
from marketplace.kernel.ids import new_id_text

_ROWS: Final = 1_000
_NULL: Final = "\\N"


def copy_blocks(rows: Iterable[CheckedRow]) -> Iterator[bytes]:
    """Lines for `COPY item_upload (...) FROM STDIN`, each with a new id, in blocks of a thousand."""
    block: list[str] = []
    for row in rows:
        block.append(_line(row))
        if len(block) == _ROWS:
            yield "".join(block).encode()
            block.clear()
    yield "".join(block).encode()


def _line(row: CheckedRow) -> str:
    # Nothing in a checked row holds a raw tab or line end: names are printable, addresses plain ASCII, contents and
    # pre-labels canonical JSON. What is left to escape is the backslash.
    line, name, rate_code, content, digest, media_id, url, prelabel = row
    media = _NULL if media_id is None else str(media_id)
    address = _NULL if url is None else _escaped(url)
    proposal = _NULL if prelabel is None else _escaped(prelabel)
    return (
        f"{new_id_text()}\t{line}\t{_escaped(name)}\t{rate_code}\t{_escaped(content)}\t"
        f"\\\\x{digest.hex()}\t{media}\t{address}\t{proposal}\n"
    )


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\")

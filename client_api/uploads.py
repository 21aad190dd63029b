"""Bodies too large to hold: read from the connection line by line, in bounded memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Final, cast

from marketplace.jobs.item_rows import LINE_BYTES_MAX

STREAM_BYTES_MAX: Final = 64 * 2**30
_BUFFER_BYTES: Final = 2**18


def lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long only the beginning, one byte past the limit."""
    # werkzeug's streams read byte by byte in readline; the buffer makes a million lines quick.
    reader = io.BufferedReader(cast("io.RawIOBase", stream), _BUFFER_BYTES)
    while line := reader.readline(LINE_BYTES_MAX + 1):
        yield line
        while len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            line = reader.readline(LINE_BYTES_MAX + 1)
            if not line:
                return

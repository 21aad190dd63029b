"""Items on their way in: any number of them, in bounded memory, and safely sent again.

They go out packed with gzip, because the end of such a body cannot be mistaken: a connection that breaks in the middle
leaves nothing half done. Sending all of it again is safe, since an item that is there already is skipped.
"""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

from client_api.client.transport import PIECE_BYTES, file_pieces, pieces

NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
_GZIP_WINDOW: Final = 31
# Quick rather than small: the connection is seldom the narrow place, and a processor often is.
_GZIP_LEVEL: Final = 3

Source: TypeAlias = Path | str | BinaryIO | Iterable[Mapping[str, Any]]
"""A file by its path (`.ndjson`, `.jsonl` or `.csv`, plain or `.gz`), an open binary file, or the items themselves."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A body that can be made again and again."""

    content_type: str
    open: Callable[[], Iterator[bytes]]
    """The bytes, from the first."""
    packed: bool = False
    """Whether they are gzip already."""

    def body(self, progress: Callable[[int], None] | None = None) -> Iterator[bytes]:
        """The bytes to send; `progress` hears how many of them were read, from 0 again when they are sent again."""
        count = 0
        packer = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_WINDOW)
        if progress is not None:
            progress(0)
        for piece in self.open():
            count += len(piece)
            sent = piece if self.packed else packer.compress(piece)
            if sent:
                yield sent
            if progress is not None:
                progress(count)
        if not self.packed:
            yield packer.flush()


@contextmanager
def upload_of(source: Source, content_type: str | None = None) -> Iterator[Upload]:
    """How a source is sent.

    Raises ValueError where neither its name nor `content_type` says what it is, and OSError where it cannot be read.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        kind = content_type or _type_of(path)
        with path.open("rb"):
            pass  # A file that cannot be read is told here; later, the half of a request would have been sent.
        yield Upload(kind, lambda: pieces(path), packed=path.suffix == ".gz")
    elif isinstance(source, list | tuple):
        yield Upload(content_type or NDJSON, lambda: lines(source))
    else:
        # What comes once is kept on its way, so that it can be sent again from the first byte.
        once = file_pieces(source) if hasattr(source, "read") else lines(source)
        with tempfile.TemporaryFile() as file:
            yield Upload(content_type or NDJSON, lambda: _kept(file, once))


def _kept(file: BinaryIO, once: Iterator[bytes]) -> Iterator[bytes]:
    file.seek(0)
    yield from file_pieces(file)
    for piece in once:
        # Written before it is sent: whoever gives up in the middle has lost nothing.
        file.write(piece)
        yield piece


def lines(items: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Items as NDJSON, in pieces."""
    gathered: list[bytes] = []
    size = 0
    for item in items:
        line = json.dumps(item, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        gathered.append(line)
        size += len(line)
        if size >= PIECE_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def _type_of(path: Path) -> str:
    name = path.name.removesuffix(".gz").lower()
    if name.endswith(".csv"):
        return CSV
    if name.endswith((".ndjson", ".jsonl")):
        return NDJSON
    raise ValueError(f"{path.name}: name the file .ndjson, .jsonl or .csv (with .gz, if packed), or say content_type.")

"""Where an export is written to: a temporary file, its digest, its size, and the progress of its run."""

from __future__ import annotations

import hashlib
import json
from typing import IO, Any, BinaryIO, Final, Protocol, cast

from marketplace.operations.run import Run

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def json_text(value: Any) -> str:
    """The value as compact JSON with its keys in order."""
    return _ENCODER.encode(value)


class Watching(Protocol):
    """Who is told how far it is; a run of an operation is."""

    def progress(self, done: int | None = None, total: int | None = None) -> None:
        """So many steps of so many are done. May raise, to end it."""


class Sink:
    """Takes the text or the bytes of a file; `row` says that one more of its rows is whole."""

    def __init__(self, file: IO[bytes], run: Watching) -> None:
        self._file = file
        self._run = run
        self._digest = hashlib.sha256()
        self._total: int | None = None
        self.byte_count = 0
        self.row_count = 0
        self._steps = 0

    @property
    def sha256(self) -> bytes:
        """Of all bytes so far."""
        return self._digest.digest()

    def expect(self, total: int) -> None:
        """How many steps there will be. Raises StopRunError when the run must end."""
        self._total = total
        self._run.progress(0, total)

    def write(self, text: str) -> None:
        """Append text, as UTF-8."""
        self.append(text.encode())

    def append(self, data: bytes) -> None:
        """Append bytes."""
        self._file.write(data)
        self._digest.update(data)
        self.byte_count += len(data)

    def row(self) -> None:
        """One more row is written."""
        self.row_count += 1

    def step(self) -> None:
        """One more of what was expected is done. Raises StopRunError when the run must end."""
        self._steps += 1
        self._run.progress(self._steps, self._total)

    def keep(self) -> None:
        """Nothing more is done yet, but it goes on. Raises StopRunError when the run must end."""
        self._run.progress()


class Watched:
    """A file that keeps the run's lease while somebody else reads it."""

    def __init__(self, file: IO[bytes], run: Run) -> None:
        self._file = file
        self._run = run

    def read(self, size: int = -1) -> bytes:
        """Some bytes. Raises StopRunError when the run must end."""
        self._run.progress()
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def as_stream(self) -> BinaryIO:
        """Itself, as what a storage takes."""
        return cast("BinaryIO", self)

"""Bodies too large to hold: read from the connection line by line, in bounded memory, unpacked on the way.

The web server does not say when a connection broke: the body then merely ends. So it is measured against its
Content-Length, or against the end that gzip writes; of a body that has neither, a last line that is not ended counts
as broken off.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator
from typing import Any, Final, cast

from flask import Request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from client_api.errors import BODY_INCOMPLETE, COMPRESSION_REFUSED
from client_api.validation import refusal
from marketplace.jobs.item_rows import LINE_BYTES_MAX
from marketplace.web.json_bodies import strict_json
from marketplace.web.malformed import BODY_MALFORMED

STREAM_BYTES_MAX: Final = 64 * 2**30
"""Of a streamed body, packed or unpacked."""

RATIO_MAX: Final = 100
RATIO_FROM_BYTES: Final = 10_000_000
"""Text seldom shrinks to a thirtieth; beyond this size, what shrank to less than a hundredth is no text."""

_BUFFER_BYTES: Final = 2**18
_GZIP: Final = 31


class Received(io.RawIOBase):
    """The body as it comes: counted, digested, and refused when it ends before its Content-Length.

    Raises body_incomplete from `readinto`.
    """

    def __init__(self, request: Request) -> None:
        """The body of that request, which nobody has read yet."""
        super().__init__()
        self._stream = request.stream
        self._digest = hashlib.sha256()
        self.declared = request.content_length
        self.bytes = 0
        self.ended = False

    def readable(self) -> bool:
        """A stream to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As RawIOBase has it."""
        chunk = self._stream.read(len(buffer))
        self._digest.update(chunk)
        self.bytes += len(chunk)
        if not chunk and len(buffer):
            if self.declared is not None and self.bytes < self.declared:
                raise BODY_INCOMPLETE.error(
                    f"Of {self.declared} bytes {self.bytes} arrived; nothing was kept. Send all of it again."
                )
            self.ended = True
        buffer[: len(chunk)] = chunk
        return len(chunk)

    @property
    def sha256(self) -> bytes:
        """Of the bytes that arrived so far, as they were sent."""
        return self._digest.digest()


class _Unpacked(io.RawIOBase):
    """gzip, of one member or several, unpacked in bounded memory."""

    def __init__(self, packed: Received) -> None:
        super().__init__()
        self._packed = packed
        self._reader = io.BufferedReader(cast("io.RawIOBase", packed), _BUFFER_BYTES)
        self._member = zlib.decompressobj(_GZIP)
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            chunk = self._next(len(buffer))
        except zlib.error as error:
            raise COMPRESSION_REFUSED.error("The body is not gzip, or it is damaged.") from error
        self._bytes += len(chunk)
        if self._bytes > max(RATIO_FROM_BYTES, RATIO_MAX * self._packed.bytes) or self._bytes > STREAM_BYTES_MAX:
            raise COMPRESSION_REFUSED.error(
                f"The body unpacks to more than {RATIO_MAX} times its size; send it less tightly packed."
            )
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _next(self, longest: int) -> bytes:
        while True:
            packed = self._member.unconsumed_tail or self._more()
            if not packed:
                return b""
            chunk = self._member.decompress(packed, longest)
            if chunk:
                return chunk

    def _more(self) -> bytes:
        """More packed bytes; empty at the end, which is between two members."""
        if self._member.eof:
            left = self._member.unused_data or self._reader.read1(_BUFFER_BYTES)
            if left:
                self._member = zlib.decompressobj(_GZIP)
            return left
        packed = self._reader.read1(_BUFFER_BYTES)
        if not packed:
            raise BODY_INCOMPLETE.error("The packed body ends before its end; nothing was kept. Send all of it again.")
        return packed


def unpacked(request: Request) -> bytes:
    """A body of bounded size, read whole and unpacked; packed or not it is no longer than the request allows.

    Raises compression_refused, body_incomplete, and 413 and 415 as HTTP has them.
    """
    sent = request.get_data()
    if not _is_packed(request):
        return sent
    longest = request.max_content_length or STREAM_BYTES_MAX
    unpacking = zlib.decompressobj(_GZIP)
    try:
        found = unpacking.decompress(sent, longest + 1)
    except zlib.error as error:
        raise COMPRESSION_REFUSED.error("The body is not gzip, or it is damaged.") from error
    if len(found) > longest:
        raise RequestEntityTooLarge
    if not unpacking.eof:
        raise BODY_INCOMPLETE.error("The packed body ends before its end; nothing was kept. Send all of it again.")
    return found


def _is_packed(request: Request) -> bool:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise UnsupportedMediaType(f"A body may be packed with gzip, not with {encoding[:40]!r}.")
    return encoding != "identity"


class Body:
    """A request's body: what was received, and what it says once unpacked."""

    def __init__(self, request: Request) -> None:
        """Raises 415 for another Content-Encoding than gzip."""
        self.packed = _is_packed(request)
        self.received = Received(request)
        raw: io.RawIOBase = _Unpacked(self.received) if self.packed else self.received
        # The raw streams answer each read; the buffer makes a million lines quick.
        self._reader = io.BufferedReader(raw, _BUFFER_BYTES)

    def lines(self) -> Iterator[bytes]:
        """The lines; of one that is too long only the beginning, one byte past the limit. Raises body_incomplete."""
        reader, line = self._reader, b"\n"
        while following := reader.readline(LINE_BYTES_MAX + 1):
            line = following
            yield line
            while len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
                line = reader.readline(LINE_BYTES_MAX + 1)
                if not line:
                    break
        if not line.endswith(b"\n") and not self.packed and self.received.declared is None:
            raise BODY_INCOMPLETE.error(
                "The last line has no line end, so the connection may have broken in it; nothing was kept. "
                "End it, or send a Content-Length or gzip, by which the end is known."
            )

    def json(self, schema: Schema, bytes_max: int) -> Any:
        """The JSON body, loaded by `schema`. Raises body_malformed, invalid, and 413 as HTTP has it."""
        raw = self._reader.read(bytes_max + 1)
        if len(raw) > bytes_max:
            raise RequestEntityTooLarge
        try:
            return schema.load(strict_json(raw))
        except ValidationError as error:
            raise refusal({"json": error.messages_dict}) from error
        except ValueError as error:
            raise BODY_MALFORMED.error(f"The body is not valid JSON: {error}.") from error

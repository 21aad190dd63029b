"""Answers that are files: kept whole or not at all, and taken up again where a connection broke."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from client_api.client.errors import ConnectionFailed, DownloadDamaged
from client_api.client.transport import PIECE_BYTES, Transport


class Download:
    """A file of the service; nothing is asked for before it is read or saved."""

    def __init__(
        self,
        transport: Transport,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> None:
        """`path` may be a whole address; the key is sent to the service alone."""
        self._transport = transport
        self._method = method
        self._path = path
        self._query = query
        self._headers = {name: value for name, value in (headers or {}).items() if value is not None}

    def read(self) -> bytes:
        """All of it, in memory."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The bytes as they come; a connection that breaks in the middle ends this with ConnectionFailed."""
        with self._open({}) as response:
            yield from _pieces(response)

    def save(self, to: Path | str, *, sha256: str | None = None, size: int | None = None) -> Path:
        """Write it to a file, which is there only once it is whole and what `sha256` and `size` announce.

        A broken connection is taken up where it broke if the service can do that, else begun again. Raises
        DownloadDamaged, ConnectionFailed, or a Problem.
        """
        target = Path(to)
        unfinished = target.with_name(f".{target.name}.part")
        patience = self._transport.retries.start(long=True)
        try:
            with unfinished.open("w+b") as file:
                part = _Part(file)
                while not self._fetch(part):
                    if not patience.wait():
                        raise ConnectionFailed("The connection broke again and again.", may_have_taken_effect=False)
                _check(file, sha256, size)
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        return target

    def _fetch(self, part: _Part) -> bool:
        """Fetch what is missing; False when the connection broke before the end."""
        with self._open(part.wanted()) as response:
            part.continue_with(response)
            try:
                for piece in _pieces(response):
                    part.file.write(piece)
            except ConnectionFailed:
                return False
        return True

    def _open(self, headers: Mapping[str, str]) -> AbstractContextManager[httpx.Response]:
        # Identity: a range is of the bytes as they are, and the length says how many of those there are.
        wanted = {**self._headers, "Accept-Encoding": "identity", **headers}
        return self._transport.send(self._method, self._path, query=self._query, headers=wanted, repeatable=True)


@dataclass(slots=True)
class _Part:
    """The beginning of a file, and which version of it that is the beginning of."""

    file: BinaryIO
    etag: str | None = None

    def wanted(self) -> dict[str, str]:
        have = self.file.seek(0, os.SEEK_END)
        strong = self.etag is not None and not self.etag.startswith("W/")
        return {"Range": f"bytes={have}-", "If-Range": str(self.etag)} if have and strong else {}

    def continue_with(self, response: httpx.Response) -> None:
        if response.status_code != 206:
            self.file.seek(0)
            self.file.truncate()
        self.etag = response.headers.get("ETag", self.etag if response.status_code == 206 else None)


def _pieces(response: httpx.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_bytes(PIECE_BYTES)
    except httpx.TransportError as error:
        raise ConnectionFailed(f"The connection broke: {error}", may_have_taken_effect=False) from error


def _check(file: BinaryIO, sha256: str | None, size: int | None) -> None:
    file.flush()
    length = file.seek(0, os.SEEK_END)
    if size is not None and length != size:
        raise DownloadDamaged(f"{length} bytes came, {size} were announced.")
    if sha256 is None:
        return
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
    if digest.hexdigest() != sha256.lower():
        raise DownloadDamaged("The SHA-256 of what came is not the one that was announced.")

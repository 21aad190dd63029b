"""Ports: what the core asks of the outside world, wired by the entry points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Protocol


class MediaStorage(Protocol):
    """Keeps the bytes of media under keys that we choose."""

    def put(self, key: str, stream: BinaryIO, content_type: str) -> None:
        """Keep the stream's bytes under the key, replacing what was there."""

    def open(self, key: str) -> BinaryIO:
        """The bytes as a stream the caller closes; raises KeyError if there are none."""

    def delete(self, key: str) -> None:
        """Forget the key; nothing happens if it is unknown."""

    def exists(self, key: str) -> bool:
        """Whether there are bytes under the key."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address, in plain text.

    What is a `Text` in it is put into `language` on the way out; whatever else stays as it is.
    """

    to: str
    subject: str
    text: str
    language: str = "en"


class PdfBusyError(Exception):
    """Another file is being made, and takes long."""


class PdfMaker(Protocol):
    """Turns whole pages into PDF files."""

    def make(self, page: str) -> bytes:
        """The file of an HTML page that carries its own style; raises PdfBusyError. Nothing is fetched for it."""


class Mailer(Protocol):
    """Sends messages to people."""

    def send(self, message: Message) -> None:
        """Hand the message over for delivery; raises OSError if that cannot be done."""

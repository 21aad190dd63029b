"""One question to a vetted address, and its whole answer: bounded in bytes and time, following no redirect."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from marketplace.outbound.addresses import AddressPolicy, vetted
from marketplace.outbound.connecting import connected, seconds_left

_CHUNK: Final = 16 * 1024


class AnswerRefusedError(Exception):
    """The other side answered more than is read; the sentence says so."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the status and every byte of the body."""

    status: int
    body: bytes


def ask(
    url: str,
    policy: AddressPolicy,
    *,
    form: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    bytes_max: int,
    seconds_max: float,
) -> Answer:
    """Ask by GET, or send `form` by POST.

    Raises AddressRefusedError, AnswerRefusedError, OSError and http.client.HTTPException.
    """
    deadline = time.monotonic() + seconds_max
    target = vetted(url, policy)
    sent = {"User-Agent": "Piecework", "Accept": "application/json", "Connection": "close", **(headers or {})}
    with connected(target, deadline) as connection:
        connection.request("GET" if form is None else "POST", target.path, form, sent)
        answer = connection.getresponse()
        return Answer(answer.status, _read(answer, bytes_max, deadline))


def _read(answer: http.client.HTTPResponse, bytes_max: int, deadline: float) -> bytes:
    body = bytearray()
    while chunk := answer.read1(_CHUNK):
        body += chunk
        if len(body) > bytes_max:
            raise AnswerRefusedError(f"It answered more than {bytes_max} bytes.")
    seconds_left(deadline)  # an answer that was cut off looks like a short one
    return bytes(body)

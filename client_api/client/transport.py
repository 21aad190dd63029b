"""Sending requests: the key, the retries, the refusals."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from client_api.client.errors import ConnectionFailed, Problem, problem_of
from client_api.client.retrying import NEVER_SENT, Retries, retry_after, worth_another_try
from client_api.client.values import Version, etag_of, read_of

PIECE_BYTES = 65_536
_REPEATABLE = frozenset({"GET", "HEAD"})

Body = Callable[[], Any]
"""Makes the body of a try anew: bytes, or pieces of them."""


class Transport:
    """One service and one key over a pool of connections; may be used by many threads."""

    def __init__(self, http: httpx.Client, key: str, retries: Retries) -> None:
        """`http` knows the address and is closed by whoever made it."""
        self._http = http
        self._key = key
        self.retries = retries

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: Any = None,
        content_type: str | None = None,
        idempotency_key: str | None = None,
        keyed: bool = False,
        repeatable: bool = False,
        if_match: Version | None = None,
        raw: bool = False,
    ) -> Any:
        """Send a request and return its JSON, or its bytes if `raw`.

        A `keyed` one gets an idempotency key, the same on each try; a `repeatable` one needs none. Raises a Problem
        when it is refused, ConnectionFailed when no answer came.
        """
        found = {name: value for name, value in (headers or {}).items() if value is not None}
        if keyed:
            found["Idempotency-Key"] = idempotency_key or uuid.uuid4().hex
        if if_match is not None:
            found["If-Match"] = etag_of(if_match)
        make, repeats = _body(body)
        if body is not None:
            found["Content-Type"] = content_type or (
                "application/json" if _is_json(body) else "application/octet-stream"
            )
        again = repeats and (method in _REPEATABLE or keyed or repeatable)
        with self.send(method, path, query=query, headers=found, make=make, repeatable=again, whole=True) as response:
            return read_of(response, raw=raw)

    @contextmanager
    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        make: Body | None = None,
        repeatable: bool,
        whole: bool = False,
        timeout: httpx.Timeout | None = None,
    ) -> Iterator[httpx.Response]:
        """The answer, read already if `whole`; the request is sent again as long as that is safe and sensible.

        `timeout` is for one that takes long: then only waiting counts against the patience.
        """
        patience = self.retries.start(long=timeout is not None)
        while True:
            request = self._request(method, path, query, headers, make, timeout)
            try:
                response = self._http.send(request, stream=not whole)
            except httpx.TransportError as error:
                never_sent = isinstance(error, NEVER_SENT)
                if (never_sent or repeatable) and patience.wait():
                    continue
                raise _no_answer(method, path, error, never_sent) from error
            try:
                if response.status_code < 400:
                    yield response
                    return
                refusal = _refusal(response)
            finally:
                response.close()
            if worth_another_try(refusal.status, refusal.code, repeatable=repeatable) and patience.wait(
                refusal.retry_after
            ):
                continue
            raise refusal

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        make: Body | None,
        timeout: httpx.Timeout | None,
    ) -> httpx.Request:
        parameters = {name: value for name, value in (query or {}).items() if value is not None}
        given = {**(headers or {})}
        # The key goes to the service alone: a link may lead elsewhere.
        if self._is_ours(path):
            given["Authorization"] = f"Bearer {self._key}"
        more: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        return self._http.build_request(
            method, path, params=parameters or None, headers=given, content=make() if make else None, **more
        )

    def _is_ours(self, path: str) -> bool:
        asked, ours = self._http.base_url.join(path), self._http.base_url
        return not urlsplit(path).netloc or (asked.scheme, asked.host, asked.port) == (
            ours.scheme,
            ours.host,
            ours.port,
        )


def _is_json(body: Any) -> bool:
    if isinstance(body, list | tuple):
        return not any(isinstance(one, bytes) for one in body[:1])
    return isinstance(body, Mapping)


def _body(body: Any) -> tuple[Body | None, bool]:
    """How to make the body for each try, and whether that can be done more than once."""
    if body is None:
        return None, True
    if _is_json(body):
        sent = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        return lambda: sent, True
    if isinstance(body, bytes | bytearray):
        return lambda: bytes(body), True
    if isinstance(body, Path):
        return lambda: pieces(body), True
    return lambda: file_pieces(body) if hasattr(body, "read") else body, False


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file, piece by piece."""
    with path.open("rb") as file:
        yield from file_pieces(file)


def file_pieces(file: Any) -> Iterator[bytes]:
    """The rest of an open binary file, piece by piece."""
    while piece := file.read(PIECE_BYTES):
        yield piece


def _refusal(response: httpx.Response) -> Problem:
    try:
        response.read()
        document = response.json()
    except (ValueError, httpx.TransportError):
        document = None  # a proxy's page, or half a document: the status is all there is
    return problem_of(response.status_code, document, retry_after(response))


def _no_answer(method: str, path: str, error: httpx.TransportError, never_sent: bool) -> ConnectionFailed:
    words = str(error) or type(error).__name__
    if never_sent:
        return ConnectionFailed(f"The service was not reached: {words}", may_have_taken_effect=False)
    return ConnectionFailed(
        f"{method} {path} was sent, and no answer came: {words}", may_have_taken_effect=method not in _REPEATABLE
    )

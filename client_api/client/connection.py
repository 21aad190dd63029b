"""One key at one service: what both clients are made of."""

from __future__ import annotations

import os
from importlib import metadata
from typing import Any, Final, Self

import httpx

from client_api.client.errors import ConfigurationError
from client_api.client.retrying import Retries
from client_api.client.transport import Transport

URL_VARIABLE: Final = "PIECEWORK_URL"
KEY_VARIABLE: Final = "PIECEWORK_API_KEY"
TIMEOUT: Final = httpx.Timeout(60, connect=10, pool=10)


class Connection:
    """A key and connections that are kept open. Use it as a context manager, or close it. Threads may share one."""

    def __init__(
        self,
        base_url: str | None = None,
        key: str | None = None,
        *,
        timeout: httpx.Timeout | float = TIMEOUT,
        retries: Retries | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Without an address and a key, PIECEWORK_URL and PIECEWORK_API_KEY are taken. Raises ConfigurationError."""
        url = _address(base_url or os.environ.get(URL_VARIABLE, ""))
        self._http = httpx.Client(
            base_url=url,
            timeout=timeout,
            transport=transport,
            headers={"User-Agent": f"piecework-python/{_version()}", "Accept": "application/json, */*"},
            follow_redirects=False,
        )
        self._transport = Transport(self._http, _key(key or os.environ.get(KEY_VARIABLE, "")), retries or Retries())
        self._attach(self._transport)

    def _attach(self, transport: Transport) -> None:
        """Hang the operations on the connection."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # Never the key: this lands in logs.
        return f"{type(self).__name__}({str(self._http.base_url)!r})"

    def __getstate__(self) -> Any:
        raise TypeError("A client holds connections and a key, and is not for pickling.")


def _address(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigurationError(
            f"Name the service by its address, such as https://api.example.org (base_url, --url or {URL_VARIABLE})."
        )
    if url.userinfo or url.query or url.fragment:
        raise ConfigurationError("The address of the service has no user, query or fragment.")
    return url


def _key(text: str) -> str:
    # Checked here, where the message cannot quote it: a broken header would be reported with its value.
    key = text.strip()
    if not key:
        raise ConfigurationError(f"Give an API key (key, --key or {KEY_VARIABLE}).")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigurationError("The API key has signs that no key has; was it copied whole, and alone?")
    return key


def _version() -> str:
    try:
        return metadata.version("piecework")
    except metadata.PackageNotFoundError:
        return "0"

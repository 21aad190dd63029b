"""The client: an address, a key, and every operation of the API."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal, Self, cast
from urllib.parse import quote

import httpx

from client_api.client.downloads import Download
from client_api.client.errors import ConfigurationError, OperationFailed
from client_api.client.generated.resources import Resources
from client_api.client.generated.types import Export, ExportInput, ItemsAdded, Operation
from client_api.client.operations import wait_until_it_ends
from client_api.client.retrying import Retries
from client_api.client.transport import Transport
from client_api.client.uploads import Source, upload_of
from client_api.client.values import read_of

URL_VARIABLE: Final = "PIECEWORK_URL"
KEY_VARIABLE: Final = "PIECEWORK_API_KEY"
TIMEOUT: Final = httpx.Timeout(60, connect=10, pool=10)
# The answer to a million items comes when the last of them is written.
UPLOAD_TIMEOUT: Final = httpx.Timeout(60, connect=10, pool=10, read=900)


class Client(Resources):
    """One key at one service, over connections that are kept open.

    Operations stand under their tag and are called as in the API's documentation: `client.jobs.create_job(…)`. Use it
    as a context manager, or close it. Threads may share one.
    """

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
        super().__init__(self._transport)

    def upload_items(
        self,
        job_id: str,
        source: Source,
        *,
        on_error: Literal["abort", "skip"] = "abort",
        content_type: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> ItemsAdded:
        """Add any number of items to a job in one streamed request, in bounded memory.

        A broken connection is no matter: all of it is sent again, and what is there already is skipped. `progress`
        hears how many bytes were read so far. Raises a Problem, ConnectionFailed, or ValueError for a file whose name
        does not say what it is.
        """
        with (
            upload_of(source, content_type) as upload,
            self._transport.send(
                "POST",
                f"/v1/jobs/{quote(job_id, safe='')}/items",
                query={"on_error": on_error},
                headers={"Content-Type": upload.content_type, "Content-Encoding": "gzip"},
                make=lambda: upload.body(progress),
                repeatable=True,
                whole=True,
                timeout=UPLOAD_TIMEOUT,
            ) as response,
        ):
            return cast("ItemsAdded", read_of(response))

    def wait_for(
        self,
        operation: str | Operation,
        *,
        seconds: float = 3600,
        progress: Callable[[Operation], None] | None = None,
    ) -> Operation:
        """Wait until long work, named by its id or as it was answered, has succeeded; returns its last state.

        `progress` hears each state. Raises OperationFailed, StillRunning after so many seconds, or a Problem.
        """
        name = operation if isinstance(operation, str) else str(operation["id"])
        return wait_until_it_ends(
            lambda: self.operations.read_operation(name), self._transport.retries, seconds=seconds, progress=progress
        )

    def save_export(
        self,
        body: ExportInput,
        to: Path | str,
        *,
        seconds: float = 3600,
        progress: Callable[[Operation], None] | None = None,
        idempotency_key: str | None = None,
    ) -> Export:
        """Have an export made, wait for it, and keep its file once length and SHA-256 are right.

        Raises OperationFailed, StillRunning, DownloadDamaged, ConnectionFailed, or a Problem.
        """
        asked = self.exports.create_export(body, idempotency_key=idempotency_key)
        operation = self.wait_for(asked["operation_id"], seconds=seconds, progress=progress)
        # Read anew: the link is good for minutes, and may have been made long ago.
        made = self.exports.read_export(asked["id"])
        if made["link"] is None:
            raise OperationFailed(f"{made['id']} is {made['state']}, and this key gets no link to it.", operation)
        self.download(made["link"]).save(to, sha256=made["sha256"], size=made["size"])
        return made

    def download(self, link: str) -> Download:
        """What stands behind a link that the service gave; the key is sent to the service alone."""
        return Download(self._transport, "GET", link)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # Never the key: this lands in logs.
        return f"Client({str(self._http.base_url)!r})"

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

"""The client of organizations: an address, a key, and every operation of the API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, cast
from urllib.parse import quote

import httpx

from client_api.client.connection import Connection
from client_api.client.downloads import Download
from client_api.client.errors import OperationFailed
from client_api.client.generated.resources import Resources
from client_api.client.generated.types import Export, ExportInput, ItemsAdded, Operation
from client_api.client.operations import wait_until_it_ends
from client_api.client.transport import Transport
from client_api.client.uploads import Source, upload_of
from client_api.client.values import read_of

# The answer to a million items comes when the last of them is written.
UPLOAD_TIMEOUT: Final = httpx.Timeout(60, connect=10, pool=10, read=900)


class Client(Connection, Resources):
    """One key of an organization at one service, over connections that are kept open.

    Operations stand under their tag and are called as in the API's documentation: `client.jobs.create_job(…)`. Use it
    as a context manager, or close it. Threads may share one.
    """

    def _attach(self, transport: Transport) -> None:
        Resources.__init__(self, transport)

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

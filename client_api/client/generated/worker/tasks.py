"""Work that is open to one now.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Tasks(Resource):
    """Work that is open to one now."""

    def list_tasks(self, *, cursor: str | None = None, limit: int | None = None) -> t.OpenBatchPage:
        """List batches of tasks that are open now, oldest first.

        `GET /worker/v1/tasks`; needs `work.find`.
        """
        return cast("t.OpenBatchPage", self._call("GET", "/worker/v1/tasks", query={"cursor": cursor, "limit": limit}))

    def iter_tasks(self, *, limit: int | None = None) -> Iterator[t.OpenBatch]:
        """Walk the rows of all pages of `list_tasks`, which are fetched as they are needed; `limit` is
        rows a page.
        """
        return iterate(lambda cursor: self.list_tasks(limit=limit, cursor=cursor))

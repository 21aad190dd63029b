"""What one was told.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Notifications(Resource):
    """What one was told."""

    def list_notifications(self, *, cursor: str | None = None, limit: int | None = None) -> t.NotificationPage:
        """List what one was told, newest first.

        `GET /worker/v1/notifications`; needs `notification.read`.
        """
        return cast(
            "t.NotificationPage",
            self._call("GET", "/worker/v1/notifications", query={"cursor": cursor, "limit": limit}),
        )

    def iter_notifications(self, *, limit: int | None = None) -> Iterator[t.Notification]:
        """Walk the rows of all pages of `list_notifications`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_notifications(limit=limit, cursor=cursor))

"""Long work that a request has set going: its progress, its end, and how to stop it.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Operations(Resource):
    """Long work that a request has set going: its progress, its end, and how to stop it."""

    def list_operations(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["cancelled", "failed", "queued", "running", "succeeded"] | None = None,
        kind: str | None = None,
    ) -> t.OperationPage:
        """List your organization's operations, the newest first.

        `GET /v1/operations`; needs `operation.read`.
        """
        return cast(
            "t.OperationPage",
            self._call("GET", "/v1/operations", query={"cursor": cursor, "limit": limit, "state": state, "kind": kind}),
        )

    def iter_operations(
        self,
        *,
        limit: int | None = None,
        state: Literal["cancelled", "failed", "queued", "running", "succeeded"] | None = None,
        kind: str | None = None,
    ) -> Iterator[t.Operation]:
        """Walk the rows of all pages of `list_operations`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_operations(limit=limit, state=state, kind=kind, cursor=cursor))

    def read_operation(self, operation_id: str) -> t.Operation:
        """Read an operation: how far it is, and what came of it.

        `GET /v1/operations/{operation_id}`; needs `operation.read`.
        """
        return cast(
            "t.Operation",
            self._call("GET", self._path("/v1/operations/{operation_id}", {"operation_id": operation_id})),
        )

    def cancel_operation(self, operation_id: str) -> t.Operation:
        """Ask an operation to stop: a queued one ends at once, a running one at its next step, leaving
        nothing behind.

        Asking again changes nothing; one that has succeeded or failed is refused.

        `POST /v1/operations/{operation_id}/cancel`; needs `operation.cancel`.
        """
        return cast(
            "t.Operation",
            self._call("POST", self._path("/v1/operations/{operation_id}/cancel", {"operation_id": operation_id})),
        )

"""Items whose answer is known, which show how workers do.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Gold(Resource):
    """Items whose answer is known, which show how workers do."""

    def retire_gold(self, item_id: str, body: t.RetireGoldInput) -> t.GoldItem:
        """Draw a gold item no more; claims that hold it are finished and paid.

        It retires by itself when 8 of its last 20 workers fail it.

        `POST /v1/gold/{item_id}/retire`; needs `task.open`.
        """
        return cast(
            "t.GoldItem", self._call("POST", self._path("/v1/gold/{item_id}/retire", {"item_id": item_id}), body=body)
        )

    def list_gold(self, job_id: str, *, cursor: str | None = None, limit: int | None = None) -> t.GoldItemPage:
        """List the gold items that your organization made for a job, with how workers did on each.

        `GET /v1/jobs/{job_id}/gold`; needs `task.open`.
        """
        return cast(
            "t.GoldItemPage",
            self._call(
                "GET",
                self._path("/v1/jobs/{job_id}/gold", {"job_id": job_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_gold(self, job_id: str, *, limit: int | None = None) -> Iterator[t.GoldItem]:
        """Walk the rows of all pages of `list_gold`, which are fetched as they are needed; `limit` is
        rows a page.
        """
        return iterate(lambda cursor: self.list_gold(job_id, limit=limit, cursor=cursor))

    def add_gold(self, job_id: str, body: t.GoldItemsInput, *, idempotency_key: str | None = None) -> t.GoldAdded:
        """Add gold items to a job, all or none, as its client or as a layer that opens tasks of it.

        They are drawn at random for the share of claims that the job's `gold` says, never twice for
        a worker; a layer's only for the claims of its own tasks. They are none of the job's items,
        and in no result.

        `POST /v1/jobs/{job_id}/gold`; needs `task.open`.
        """
        return cast(
            "t.GoldAdded",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/gold", {"job_id": job_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

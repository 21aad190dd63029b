"""Items whose answers never agreed, decided by a third person.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Adjudications(Resource):
    """Items whose answers never agreed, decided by a third person."""

    def list_adjudications(
        self, *, cursor: str | None = None, limit: int | None = None, job_id: str | None = None
    ) -> t.AdjudicationPage:
        """List the items that your side decides, the longest waiting first, with the answers one can
        choose from.

        The side next above the one that opened the tasks decides, or the client; where there is no
        other, the platform.

        `GET /v1/adjudications`; needs `review.read`.
        """
        return cast(
            "t.AdjudicationPage",
            self._call("GET", "/v1/adjudications", query={"cursor": cursor, "limit": limit, "job_id": job_id}),
        )

    def iter_adjudications(self, *, limit: int | None = None, job_id: str | None = None) -> Iterator[t.Adjudication]:
        """Walk the rows of all pages of `list_adjudications`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_adjudications(limit=limit, job_id=job_id, cursor=cursor))

    def decide_adjudication(
        self, item_id: str, body: t.AdjudicationInput, *, idempotency_key: str | None = None
    ) -> t.Adjudicated:
        """Decide an item by one of its answers or by one of your own; no pay changes by it.

        Who answered the item, or belongs to the side that opened its tasks, does not decide on it.

        `POST /v1/adjudications/{item_id}/decide`; needs `review.decide`.
        """
        return cast(
            "t.Adjudicated",
            self._call(
                "POST",
                self._path("/v1/adjudications/{item_id}/decide", {"item_id": item_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

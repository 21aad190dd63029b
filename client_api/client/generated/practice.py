"""Examples, and items that workers try before they claim.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Practice(Resource):
    """Examples, and items that workers try before they claim."""

    def list_practice_items(
        self, job_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.PracticeItemPage:
        """List the examples and practice items of a job, oldest first.

        `GET /v1/jobs/{job_id}/practice-items`; needs `job.read`.
        """
        return cast(
            "t.PracticeItemPage",
            self._call(
                "GET",
                self._path("/v1/jobs/{job_id}/practice-items", {"job_id": job_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_practice_items(self, job_id: str, *, limit: int | None = None) -> Iterator[t.PracticeItem]:
        """Walk the rows of all pages of `list_practice_items`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_practice_items(job_id, limit=limit, cursor=cursor))

    def add_practice_items(
        self, job_id: str, body: t.PracticeItemsInput, *, idempotency_key: str | None = None
    ) -> t.PracticeAdded:
        """Add examples and practice items to a job, all or none; a job has at most 20.

        A worker answers them in the form of the task and sees at once what differs; nothing of it
        is kept, paid or scored. Gold with the same content or media is refused, and drawn no more
        where it is there already: its answer is known, also once the practice item is taken away.

        `POST /v1/jobs/{job_id}/practice-items`; needs `job.write`.
        """
        return cast(
            "t.PracticeAdded",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/practice-items", {"job_id": job_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def remove_practice_item(self, item_id: str) -> t.PracticeItem:
        """Take an example or a practice item away; the answer holds what it was.

        `POST /v1/practice-items/{item_id}/remove`; needs `job.write`.
        """
        return cast(
            "t.PracticeItem",
            self._call("POST", self._path("/v1/practice-items/{item_id}/remove", {"item_id": item_id})),
        )

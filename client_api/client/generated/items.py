"""The things to label, and the images we keep for them.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource
from client_api.client.values import Content


class Items(Resource):
    """The things to label, and the images we keep for them."""

    def list_items(
        self, job_id: str, *, cursor: str | None = None, limit: int | None = None, rate: str | None = None
    ) -> t.ItemPage:
        """List a job's items by rate and ordinal, also those that were withdrawn.

        `GET /v1/jobs/{job_id}/items`; needs `job.read`.
        """
        return cast(
            "t.ItemPage",
            self._call(
                "GET",
                self._path("/v1/jobs/{job_id}/items", {"job_id": job_id}),
                query={"cursor": cursor, "limit": limit, "rate": rate},
            ),
        )

    def iter_items(self, job_id: str, *, limit: int | None = None, rate: str | None = None) -> Iterator[t.Item]:
        """Walk the rows of all pages of `list_items`, which are fetched as they are needed; `limit` is
        rows a page.
        """
        return iterate(lambda cursor: self.list_items(job_id, limit=limit, rate=rate, cursor=cursor))

    def add_items_to_job(
        self,
        job_id: str,
        body: t.ItemsInput | Content,
        *,
        content_type: str | None = None,
        on_error: Literal["abort", "skip"] | None = None,
    ) -> t.ItemsAdded:
        """Add items, before publication or while the job is open or paused.

        Up to ten thousand as JSON, or any number as NDJSON or CSV in one streamed request.

        NDJSON is one item a line. CSV (RFC 4180, UTF-8) begins with a line that names the columns:
        `external_id`, `rate`, and `text`, `url` or `media`. Any of the three may come with
        `Content-Encoding: gzip`.

        Safe to send again after a broken connection: an item whose `external_id` is there with the
        same content is skipped, with another content it is an error (`item_conflict`). Send a
        `Content-Length` or gzip, so that a broken connection is told from the end; of a plain
        chunked body the whole lines that arrived are taken.

        `POST /v1/jobs/{job_id}/items`; needs `job.write`.

        A body that is not JSON is bytes, a path or pieces; `content_type` is one of
        `application/x-ndjson`, `text/csv`.
        """
        return cast(
            "t.ItemsAdded",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/items", {"job_id": job_id}),
                query={"on_error": on_error},
                body=body,
                content_type=content_type,
            ),
        )

    def withdraw_items_of_job(
        self, job_id: str, body: t.WithdrawItemsInput | None = None, *, idempotency_key: str | None = None
    ) -> t.ItemsWithdrawn:
        """Take items back that are in no task: by name, by ranges, or all of them. They leave the
        contracts that have them.

        One item in a task refuses all (`items_in_work`); who opened that task can take back what
        nobody has begun.

        `POST /v1/jobs/{job_id}/items/withdraw`; needs `job.write`.
        """
        return cast(
            "t.ItemsWithdrawn",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/items/withdraw", {"job_id": job_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def add_media(
        self, body: Content, *, content_type: str | None = None, idempotency_key: str | None = None
    ) -> t.Media:
        """Hand in an image (JPEG, PNG, WebP), a sound (WAV, MP3, Ogg, FLAC, M4A) or a point cloud
        (PCD, PLY).

        As the body itself or as `file` of a form; items then name it by its id. What it is, is read
        from the bytes, never from the type that is said. The same bytes handed in twice are kept
        once. An image goes to workers byte for byte, so what its camera wrote into it (place, time,
        camera) does too: take out first what they are not to have.

        `POST /v1/media`; needs `job.write`.

        A body that is not JSON is bytes, a path or pieces; `content_type` is one of `image/*`,
        `audio/*`, `application/octet-stream`, `multipart/form-data`.
        """
        return cast(
            "t.Media",
            self._call(
                "POST", "/v1/media", body=body, content_type=content_type, idempotency_key=idempotency_key, keyed=True
            ),
        )

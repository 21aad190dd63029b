"""What became of each upload of items, and its bad rows to download.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Uploads(Resource):
    """What became of each upload of items, and its bad rows to download."""

    def list_uploads(self, job_id: str, *, cursor: str | None = None, limit: int | None = None) -> t.UploadPage:
        """List the uploads to a job, the newest first, the refused and the broken among them.

        `GET /v1/jobs/{job_id}/uploads`; needs `job.read`.
        """
        return cast(
            "t.UploadPage",
            self._call(
                "GET",
                self._path("/v1/jobs/{job_id}/uploads", {"job_id": job_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_uploads(self, job_id: str, *, limit: int | None = None) -> Iterator[t.Upload]:
        """Walk the rows of all pages of `list_uploads`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_uploads(job_id, limit=limit, cursor=cursor))

    def read_upload(self, upload_id: str) -> t.Upload:
        """Read what became of an upload: state, counts, and the digest of what was received.

        `GET /v1/uploads/{upload_id}`; needs `job.read`.
        """
        return cast("t.Upload", self._call("GET", self._path("/v1/uploads/{upload_id}", {"upload_id": upload_id})))

    def list_upload_errors(
        self,
        upload_id: str,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        format: Literal["json", "csv", "ndjson"] | None = None,
    ) -> t.UploadErrorPage:
        """Read the rows of an upload that became no items, page by page, or download them as CSV or
        NDJSON.

        The first ten thousand are kept, also of an upload that was refused. In CSV a cell that a
        spreadsheet would take for a formula begins with an apostrophe.

        `GET /v1/uploads/{upload_id}/errors`; needs `job.read`.
        """
        return cast(
            "t.UploadErrorPage",
            self._call(
                "GET",
                self._path("/v1/uploads/{upload_id}/errors", {"upload_id": upload_id}),
                query={"cursor": cursor, "limit": limit, "format": format},
            ),
        )

    def iter_upload_errors(
        self, upload_id: str, *, limit: int | None = None, format: Literal["json", "csv", "ndjson"] | None = None
    ) -> Iterator[t.UploadError]:
        """Walk the rows of all pages of `list_upload_errors`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_upload_errors(upload_id, limit=limit, format=format, cursor=cursor))

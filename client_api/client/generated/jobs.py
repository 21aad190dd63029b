"""What a client posts: instructions, prices, caps, terms.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource
from client_api.client.values import Version


class Jobs(Resource):
    """What a client posts: instructions, prices, caps, terms."""

    def list_jobs(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["archived", "cancelled", "completed", "draft", "draining", "funded", "open", "paused", "settled"]
        | None = None,
    ) -> t.JobPage:
        """List the jobs you take part in, the newest first.

        `GET /v1/jobs`; needs `job.read`.
        """
        return cast(
            "t.JobPage", self._call("GET", "/v1/jobs", query={"cursor": cursor, "limit": limit, "state": state})
        )

    def iter_jobs(
        self,
        *,
        limit: int | None = None,
        state: Literal["archived", "cancelled", "completed", "draft", "draining", "funded", "open", "paused", "settled"]
        | None = None,
    ) -> Iterator[t.Job]:
        """Walk the rows of all pages of `list_jobs`, which are fetched as they are needed; `limit` is
        rows a page.
        """
        return iterate(lambda cursor: self.list_jobs(limit=limit, state=state, cursor=cursor))

    def create_job(self, body: t.JobInput, *, idempotency_key: str | None = None) -> t.Job:
        """Create a draft job with its rate card and, if you like, its first guideline.

        `POST /v1/jobs`; needs `job.write`.
        """
        return cast("t.Job", self._call("POST", "/v1/jobs", body=body, idempotency_key=idempotency_key, keyed=True))

    def read_job(self, job_id: str) -> t.Job:
        """Read a job; its ETag is what a change sends back.

        `GET /v1/jobs/{job_id}`; needs `job.read`.
        """
        return cast("t.Job", self._call("GET", self._path("/v1/jobs/{job_id}", {"job_id": job_id})))

    def change_job(self, job_id: str, body: t.JobChange, *, if_match: Version) -> t.Job:
        """Change a job; after its publication only title and instructions.

        `PATCH /v1/jobs/{job_id}`; needs `job.write`.
        """
        return cast(
            "t.Job",
            self._call("PATCH", self._path("/v1/jobs/{job_id}", {"job_id": job_id}), body=body, if_match=if_match),
        )

    def cancel_job(self, job_id: str, *, idempotency_key: str | None = None) -> t.Job:
        """Cancel a job: free reserve comes back at once; live claims finish and are paid.

        `POST /v1/jobs/{job_id}/cancel`; needs `job.write`.
        """
        return cast(
            "t.Job",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/cancel", {"job_id": job_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def close_job(self, job_id: str) -> t.Job:
        """Close a job: what is open is still done, nothing new is opened, then it completes.

        `POST /v1/jobs/{job_id}/close`; needs `job.write`.
        """
        return cast("t.Job", self._call("POST", self._path("/v1/jobs/{job_id}/close", {"job_id": job_id})))

    def list_guidelines(self, job_id: str) -> t.Guidelines:
        """Read all versions of a job's guideline; the ETag names the newest.

        `GET /v1/jobs/{job_id}/guidelines`; needs `job.read`.
        """
        return cast("t.Guidelines", self._call("GET", self._path("/v1/jobs/{job_id}/guidelines", {"job_id": job_id})))

    def add_guideline(
        self, job_id: str, body: t.GuidelineInput, *, if_match: Version, idempotency_key: str | None = None
    ) -> t.Guideline:
        """Add a version of the guideline; claims made before keep the one they were made under.

        `If-Match` is the ETag of the list of versions: `"0"` before the first.

        `POST /v1/jobs/{job_id}/guidelines`; needs `job.write`.
        """
        return cast(
            "t.Guideline",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/guidelines", {"job_id": job_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
                if_match=if_match,
            ),
        )

    def pause_job(self, job_id: str) -> t.Job:
        """Pause a job: nothing more is given out; work under way goes on.

        `POST /v1/jobs/{job_id}/pause`; needs `job.write`.
        """
        return cast("t.Job", self._call("POST", self._path("/v1/jobs/{job_id}/pause", {"job_id": job_id})))

    def publish_job(self, job_id: str) -> t.Job:
        """Publish a funded job: fees are fixed, and its root contract comes to be.

        `POST /v1/jobs/{job_id}/publish`; needs `job.write`.
        """
        return cast("t.Job", self._call("POST", self._path("/v1/jobs/{job_id}/publish", {"job_id": job_id})))

    def resume_job(self, job_id: str) -> t.Job:
        """Let a paused job go on.

        `POST /v1/jobs/{job_id}/resume`; needs `job.write`.
        """
        return cast("t.Job", self._call("POST", self._path("/v1/jobs/{job_id}/resume", {"job_id": job_id})))

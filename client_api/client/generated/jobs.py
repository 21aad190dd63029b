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
        include_archived: bool | None = None,
    ) -> t.JobPage:
        """List the jobs you take part in, the newest first, without archived ones unless you ask for
        them.

        `GET /v1/jobs`; needs `job.read`.
        """
        return cast(
            "t.JobPage",
            self._call(
                "GET",
                "/v1/jobs",
                query={"cursor": cursor, "limit": limit, "state": state, "include_archived": include_archived},
            ),
        )

    def iter_jobs(
        self,
        *,
        limit: int | None = None,
        state: Literal["archived", "cancelled", "completed", "draft", "draining", "funded", "open", "paused", "settled"]
        | None = None,
        include_archived: bool | None = None,
    ) -> Iterator[t.Job]:
        """Walk the rows of all pages of `list_jobs`, which are fetched as they are needed; `limit` is
        rows a page.
        """
        return iterate(
            lambda cursor: self.list_jobs(limit=limit, state=state, include_archived=include_archived, cursor=cursor)
        )

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

    def change_job(self, job_id: str, body: t.JobChange | None = None, *, if_match: Version) -> t.Job:
        """Change a job; after its publication only title and instructions, and that its media is kept
        longer.

        `PATCH /v1/jobs/{job_id}`; needs `job.write`.
        """
        return cast(
            "t.Job",
            self._call("PATCH", self._path("/v1/jobs/{job_id}", {"job_id": job_id}), body=body, if_match=if_match),
        )

    def archive_job(self, job_id: str, *, idempotency_key: str | None = None) -> t.Job:
        """Archive a settled job: lists leave it out from now on unless they are asked for it. Nothing
        is removed.

        `POST /v1/jobs/{job_id}/archive`; needs `job.write`.
        """
        return cast(
            "t.Job",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/archive", {"job_id": job_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
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

    def close_job(self, job_id: str, *, idempotency_key: str | None = None) -> t.Job:
        """Close a job, which lets it drain: seats that nobody holds are taken back, what is held or
        waits for review is still finished and paid; then it completes by itself, and the rest of
        its reserve returns.

        `POST /v1/jobs/{job_id}/close`; needs `job.write`.
        """
        return cast(
            "t.Job",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/close", {"job_id": job_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def duplicate_job_as_draft(
        self, job_id: str, body: t.DuplicateInput | None = None, *, idempotency_key: str | None = None
    ) -> t.Job:
        """Make a new draft like a job of yours, whatever its state: without its money, contracts,
        tasks and answers.

        Its items come along if wanted, unless their images were purged: hand those in again first.
        Examples and practice items do not: add them to the draft.

        `POST /v1/jobs/{job_id}/duplicate`; needs `job.write`.
        """
        return cast(
            "t.Job",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/duplicate", {"job_id": job_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

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

    def pause_job(self, job_id: str, *, idempotency_key: str | None = None) -> t.Job:
        """Pause a job: nothing more is given out; work under way goes on.

        `POST /v1/jobs/{job_id}/pause`; needs `job.write`.
        """
        return cast(
            "t.Job",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/pause", {"job_id": job_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def publish_job(self, job_id: str, *, idempotency_key: str | None = None) -> t.PublishedJob:
        """Publish a funded job: fees are fixed, and its root contract comes to be; told what may not
        be meant so.

        `POST /v1/jobs/{job_id}/publish`; needs `job.write`.
        """
        return cast(
            "t.PublishedJob",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/publish", {"job_id": job_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def raise_redundancy_of_job(
        self, job_id: str, body: t.RedundancyInput, *, if_match: Version, idempotency_key: str | None = None
    ) -> t.Job:
        """Have the items of an open or paused job answered by more workers; never by fewer.

        Open tasks get further seats as far as the money reaches, for workers who had none of them;
        tasks that are done stay as they are. The cost preview counts it.

        `POST /v1/jobs/{job_id}/raise-redundancy`; needs `job.write`.
        """
        return cast(
            "t.Job",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/raise-redundancy", {"job_id": job_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
                if_match=if_match,
            ),
        )

    def resume_job(self, job_id: str, *, idempotency_key: str | None = None) -> t.Job:
        """Let a paused job go on.

        `POST /v1/jobs/{job_id}/resume`; needs `job.write`.
        """
        return cast(
            "t.Job",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/resume", {"job_id": job_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

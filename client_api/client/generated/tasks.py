"""Items put into tasks for workers, the progress of a job, and its results.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Tasks(Resource):
    """Items put into tasks for workers, the progress of a job, and its results."""

    def prioritize_batch(self, batch_id: str, body: t.PriorityInput) -> t.Batch:
        """Let tasks you opened be offered before or after others; what workers hold already stays
        theirs.

        `PATCH /v1/batches/{batch_id}`; needs `task.open`.
        """
        return cast(
            "t.Batch", self._call("PATCH", self._path("/v1/batches/{batch_id}", {"batch_id": batch_id}), body=body)
        )

    def list_skips(self, contract_id: str, *, cursor: str | None = None, limit: int | None = None) -> t.SkipCountPage:
        """List what workers skipped of the tasks you opened from a contract, by reason and item.

        Broken items are among them. Who skipped is not told, and nothing of it is held against a
        worker.

        `GET /v1/contracts/{contract_id}/skips`; needs `contract.read`.
        """
        return cast(
            "t.SkipCountPage",
            self._call(
                "GET",
                self._path("/v1/contracts/{contract_id}/skips", {"contract_id": contract_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_skips(self, contract_id: str, *, limit: int | None = None) -> Iterator[t.SkipCount]:
        """Walk the rows of all pages of `list_skips`, which are fetched as they are needed; `limit` is
        rows a page.
        """
        return iterate(lambda cursor: self.list_skips(contract_id, limit=limit, cursor=cursor))

    def list_batches(self, contract_id: str, *, cursor: str | None = None, limit: int | None = None) -> t.BatchPage:
        """List what was opened from a contract, in that order; what a seller below you opened is
        theirs to see.

        `GET /v1/contracts/{contract_id}/tasks`; needs `contract.read`.
        """
        return cast(
            "t.BatchPage",
            self._call(
                "GET",
                self._path("/v1/contracts/{contract_id}/tasks", {"contract_id": contract_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_batches(self, contract_id: str, *, limit: int | None = None) -> Iterator[t.Batch]:
        """Walk the rows of all pages of `list_batches`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_batches(contract_id, limit=limit, cursor=cursor))

    def open_tasks_of_contract(
        self, contract_id: str, body: t.TasksInput, *, idempotency_key: str | None = None
    ) -> t.Batch:
        """Split free items of your contract into tasks and open them to workers at a pay per answer.

        Seats are given out as far as the job's money reaches, the rest as soon as it is funded
        further.

        `POST /v1/contracts/{contract_id}/tasks`; needs `task.open`.
        """
        return cast(
            "t.Batch",
            self._call(
                "POST",
                self._path("/v1/contracts/{contract_id}/tasks", {"contract_id": contract_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def read_consensus(self, item_id: str) -> t.ItemConsensus:
        """Read what the accepted answers to an item say together.

        `GET /v1/items/{item_id}/consensus`; needs `result.read`.
        """
        return cast(
            "t.ItemConsensus", self._call("GET", self._path("/v1/items/{item_id}/consensus", {"item_id": item_id}))
        )

    def list_consensus(
        self, job_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.ItemConsensusPage:
        """List what the accepted answers to each item say together, with confidence and where it comes
        from.

        It is made a moment after an answer is accepted. What was finally rejected, or paid but not
        used, is no part of it.

        `GET /v1/jobs/{job_id}/consensus`; needs `result.read`.
        """
        return cast(
            "t.ItemConsensusPage",
            self._call(
                "GET",
                self._path("/v1/jobs/{job_id}/consensus", {"job_id": job_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_consensus(self, job_id: str, *, limit: int | None = None) -> Iterator[t.ItemConsensus]:
        """Walk the rows of all pages of `list_consensus`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_consensus(job_id, limit=limit, cursor=cursor))

    def read_progress(self, job_id: str) -> t.Progress:
        """Read how far a job is.

        `GET /v1/jobs/{job_id}/progress`; needs `task.read`.
        """
        return cast("t.Progress", self._call("GET", self._path("/v1/jobs/{job_id}/progress", {"job_id": job_id})))

    def list_results(
        self,
        job_id: str,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal[
            "accepted",
            "accepted_in_error",
            "accepted_on_appeal",
            "held",
            "lapsed",
            "paid_not_used",
            "redo_requested",
            "rejected",
            "rejection_final",
            "submitted",
        ]
        | None = None,
    ) -> t.ResultPage:
        """List a job's answers in the order they came; content only of what is paid for.

        `GET /v1/jobs/{job_id}/results`; needs `result.read`.
        """
        return cast(
            "t.ResultPage",
            self._call(
                "GET",
                self._path("/v1/jobs/{job_id}/results", {"job_id": job_id}),
                query={"cursor": cursor, "limit": limit, "state": state},
            ),
        )

    def iter_results(
        self,
        job_id: str,
        *,
        limit: int | None = None,
        state: Literal[
            "accepted",
            "accepted_in_error",
            "accepted_on_appeal",
            "held",
            "lapsed",
            "paid_not_used",
            "redo_requested",
            "rejected",
            "rejection_final",
            "submitted",
        ]
        | None = None,
    ) -> Iterator[t.Result]:
        """Walk the rows of all pages of `list_results`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_results(job_id, limit=limit, state=state, cursor=cursor))

    def open_tasks_of_job(self, job_id: str, body: t.TasksInput, *, idempotency_key: str | None = None) -> t.Batch:
        """Open tasks yourself as the client, through the job's root contract, with no layer between.

        `POST /v1/jobs/{job_id}/tasks`; needs `task.open`.
        """
        return cast(
            "t.Batch",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/tasks", {"job_id": job_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

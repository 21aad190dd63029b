"""What the sealed log holds about one: events, proofs, receipts, bundles that prove one's pay.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.downloads import Download
from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Log(Resource):
    """What the sealed log holds about one: events, proofs, receipts, bundles that prove one's pay."""

    def download_answer_bundle(self, answer_id: str, *, since: int | None = None) -> Download:
        """Download what proves where the price of an answer goes, on a machine that has never seen
        this market.

        `GET /worker/v1/answers/{answer_id}/bundle`; needs `price_chain.read.own`.
        """
        return self._download(
            "GET", self._path("/worker/v1/answers/{answer_id}/bundle", {"answer_id": answer_id}), query={"since": since}
        )

    def download_job_bundle(self, job_id: str, *, since: int | None = None, after: str | None = None) -> Download:
        """Download what proves the prices of all one's answers in a job, 2,000 at a time.

        `GET /worker/v1/jobs/{job_id}/bundle`; needs `price_chain.read.own`.
        """
        return self._download(
            "GET",
            self._path("/worker/v1/jobs/{job_id}/bundle", {"job_id": job_id}),
            query={"since": since, "after": after},
        )

    def list_events(
        self, *, cursor: str | None = None, limit: int | None = None, subject: str | None = None
    ) -> t.LogEventPage:
        """List the sealed events that concern one, the newest first.

        `GET /worker/v1/log/events`; needs `log.read`.
        """
        return cast(
            "t.LogEventPage",
            self._call("GET", "/worker/v1/log/events", query={"cursor": cursor, "limit": limit, "subject": subject}),
        )

    def iter_events(self, *, limit: int | None = None, subject: str | None = None) -> Iterator[t.LogEvent]:
        """Walk the rows of all pages of `list_events`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_events(limit=limit, subject=subject, cursor=cursor))

    def prove_event(self, event_id: str) -> t.InclusionProof:
        """Prove that an event is in the log, under the newest signed head.

        `GET /worker/v1/log/events/{event_id}/proof`; needs `log.read`.
        """
        return cast(
            "t.InclusionProof",
            self._call("GET", self._path("/worker/v1/log/events/{event_id}/proof", {"event_id": event_id})),
        )

    def list_receipts(self, *, subject: str) -> t.Receipts:
        """Get receipts for what was just done: signed promises that the newest events about it will be
        in the log.

        Ask with the id of the claim after claiming, submitting or a verdict; with that of the
        installment after an advance.

        `GET /worker/v1/log/receipts`; needs `log.read`.
        """
        return cast("t.Receipts", self._call("GET", "/worker/v1/log/receipts", query={"subject": subject}))

    def download_statement_bundle(self, *, month: str, since: int | None = None, after: str | None = None) -> Download:
        """Download what proves a month's statement: its answers, installments, extras and payouts.

        Of more than 2,000 answers it is in parts, of which each proves what is whole in it.

        `GET /worker/v1/statement-bundle`; needs `earning.read`.
        """
        return self._download(
            "GET", "/worker/v1/statement-bundle", query={"month": month, "since": since, "after": after}
        )

"""What layers earned by accepted answers, and what of a price reaches workers.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Margins(Resource):
    """What layers earned by accepted answers, and what of a price reaches workers."""

    def list_margin_answers(
        self, contract_id: str, *, cursor: str | None = None, limit: int | None = None, accepted_on: str | None = None
    ) -> t.MarginAnswerPage:
        """List the answers that your contract's margin is made of, newest first; of one day if given.

        `GET /v1/contracts/{contract_id}/margin/answers`; needs `margin.read`.
        """
        return cast(
            "t.MarginAnswerPage",
            self._call(
                "GET",
                self._path("/v1/contracts/{contract_id}/margin/answers", {"contract_id": contract_id}),
                query={"cursor": cursor, "limit": limit, "accepted_on": accepted_on},
            ),
        )

    def iter_margin_answers(
        self, contract_id: str, *, limit: int | None = None, accepted_on: str | None = None
    ) -> Iterator[t.MarginAnswer]:
        """Walk the rows of all pages of `list_margin_answers`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(
            lambda cursor: self.list_margin_answers(contract_id, limit=limit, accepted_on=accepted_on, cursor=cursor)
        )

    def list_margin_days(
        self, contract_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.MarginDayPage:
        """List what your contract earned by day of acceptance, newest first.

        `GET /v1/contracts/{contract_id}/margin/days`; needs `margin.read`.
        """
        return cast(
            "t.MarginDayPage",
            self._call(
                "GET",
                self._path("/v1/contracts/{contract_id}/margin/days", {"contract_id": contract_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_margin_days(self, contract_id: str, *, limit: int | None = None) -> Iterator[t.MarginDay]:
        """Walk the rows of all pages of `list_margin_days`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_margin_days(contract_id, limit=limit, cursor=cursor))

    def read_worker_share(self, job_id: str) -> t.WorkerShare:
        """Read what of the client price of a job's accepted answers reaches workers, by rate and in
        total.

        `GET /v1/jobs/{job_id}/worker-share`; needs `margin.read`.
        """
        return cast(
            "t.WorkerShare", self._call("GET", self._path("/v1/jobs/{job_id}/worker-share", {"job_id": job_id}))
        )

    def list_margins(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        by: Literal["month", "client", "layer", "rate", "contract"] | None = None,
        month: str | None = None,
        client_id: str | None = None,
        layer: int | None = None,
        rate: str | None = None,
        contract_id: str | None = None,
        currency: str | None = None,
    ) -> t.MarginSumPage:
        """Sum margins by month, client, layer, rate or contract; of your organization, for the
        platform's staff of all.

        By the month of acceptance; each currency has lines of its own.

        `GET /v1/margins`; needs `margin.read`.
        """
        return cast(
            "t.MarginSumPage",
            self._call(
                "GET",
                "/v1/margins",
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "by": by,
                    "month": month,
                    "client_id": client_id,
                    "layer": layer,
                    "rate": rate,
                    "contract_id": contract_id,
                    "currency": currency,
                },
            ),
        )

    def iter_margins(
        self,
        *,
        limit: int | None = None,
        by: Literal["month", "client", "layer", "rate", "contract"] | None = None,
        month: str | None = None,
        client_id: str | None = None,
        layer: int | None = None,
        rate: str | None = None,
        contract_id: str | None = None,
        currency: str | None = None,
    ) -> Iterator[t.MarginSum]:
        """Walk the rows of all pages of `list_margins`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(
            lambda cursor: self.list_margins(
                limit=limit,
                by=by,
                month=month,
                client_id=client_id,
                layer=layer,
                rate=rate,
                contract_id=contract_id,
                currency=currency,
                cursor=cursor,
            )
        )

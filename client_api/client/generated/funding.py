"""Money coming in, and money tied to jobs.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Funding(Resource):
    """Money coming in, and money tied to jobs."""

    def read_balance(self) -> t.Balance:
        """Read what your organization has paid in and tied to no job, by currency.

        `GET /v1/balance`; needs `deposit.make`.
        """
        return cast("t.Balance", self._call("GET", "/v1/balance"))

    def list_deposits(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["available", "pending", "refused"] | None = None,
    ) -> t.DepositPage:
        """List deposits, the newest first: your organization's, or as the platform's staff
        everybody's.

        `GET /v1/deposits`; needs `deposit.read`.
        """
        return cast(
            "t.DepositPage", self._call("GET", "/v1/deposits", query={"cursor": cursor, "limit": limit, "state": state})
        )

    def iter_deposits(
        self, *, limit: int | None = None, state: Literal["available", "pending", "refused"] | None = None
    ) -> Iterator[t.Deposit]:
        """Walk the rows of all pages of `list_deposits`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_deposits(limit=limit, state=state, cursor=cursor))

    def start_deposit(self, body: t.DepositInput, *, idempotency_key: str | None = None) -> t.Deposit:
        """Bring money in over a rail.

        The answer is the order, still pending. The rail is asked as soon as the order stands; read
        the deposit again to see it available, or, on the rail bank, to see where to send the money
        and which reference to quote.

        `POST /v1/deposits`; needs `deposit.make`.
        """
        return cast(
            "t.Deposit", self._call("POST", "/v1/deposits", body=body, idempotency_key=idempotency_key, keyed=True)
        )

    def read_deposit(self, deposit_id: str) -> t.Deposit:
        """Read a deposit.

        `GET /v1/deposits/{deposit_id}`; needs `deposit.read`.
        """
        return cast("t.Deposit", self._call("GET", self._path("/v1/deposits/{deposit_id}", {"deposit_id": deposit_id})))

    def order_refund(self, deposit_id: str, body: t.RefundInput, *, idempotency_key: str | None = None) -> t.Refund:
        """Take unspent money of a deposit back to where it came from.

        Only what no job holds: cancel or close jobs first. It leaves the balance at once, and is
        settled when the rail shows it; if the rail refuses, it is yours to spend again.

        `POST /v1/deposits/{deposit_id}/refunds`; needs `deposit.make`.
        """
        return cast(
            "t.Refund",
            self._call(
                "POST",
                self._path("/v1/deposits/{deposit_id}/refunds", {"deposit_id": deposit_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def preview_cost(self, job_id: str) -> t.CostPreview:
        """Read what a job of yours costs at most, exactly, by rate: items times redundancy times
        price, of which the fee, and the allowance; and what of that is funded, committed and
        missing. Before publication too.

        `GET /v1/jobs/{job_id}/cost-preview`; needs `job.read`.
        """
        return cast(
            "t.CostPreview", self._call("GET", self._path("/v1/jobs/{job_id}/cost-preview", {"job_id": job_id}))
        )

    def fund_job_reserve(self, job_id: str, body: t.FundInput, *, idempotency_key: str | None = None) -> t.Reserve:
        """Tie money to a job, all at once or in parts; what waits for money is released to workers at
        once.

        `POST /v1/jobs/{job_id}/fund`; needs `job.fund`.
        """
        return cast(
            "t.Reserve",
            self._call(
                "POST",
                self._path("/v1/jobs/{job_id}/fund", {"job_id": job_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_refunds(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        deposit_id: str | None = None,
        state: Literal["pending", "refused", "settled"] | None = None,
    ) -> t.RefundPage:
        """List what went back of deposits, or is on its way, the newest first; as the platform's staff
        everybody's.

        `GET /v1/refunds`; needs `deposit.read`.
        """
        return cast(
            "t.RefundPage",
            self._call(
                "GET", "/v1/refunds", query={"cursor": cursor, "limit": limit, "deposit_id": deposit_id, "state": state}
            ),
        )

    def iter_refunds(
        self,
        *,
        limit: int | None = None,
        deposit_id: str | None = None,
        state: Literal["pending", "refused", "settled"] | None = None,
    ) -> Iterator[t.Refund]:
        """Walk the rows of all pages of `list_refunds`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_refunds(limit=limit, deposit_id=deposit_id, state=state, cursor=cursor))

    def read_refund(self, refund_id: str) -> t.Refund:
        """Read a refund.

        `GET /v1/refunds/{refund_id}`; needs `deposit.read`.
        """
        return cast("t.Refund", self._call("GET", self._path("/v1/refunds/{refund_id}", {"refund_id": refund_id})))

    def agree_refund_is_absent(self, refund_id: str, *, idempotency_key: str | None = None) -> t.Refund:
        """Say, as one of two people, that a refund never reached the rail; the second lets it be
        ordered anew.

        Only 23 hours after the rail was first asked, and after two looks at the rail, an hour
        apart, that found nothing.

        `POST /v1/refunds/{refund_id}/agree-absent`; needs `payout_run.approve`.
        """
        return cast(
            "t.Refund",
            self._call(
                "POST",
                self._path("/v1/refunds/{refund_id}/agree-absent", {"refund_id": refund_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_unanswered_refunds(self, *, cursor: str | None = None, limit: int | None = None) -> t.UnansweredRefundPage:
        """List refunds of which no rail said for 23 hours whether it made them, the newest first.

        `GET /v1/unanswered-refunds`; needs `payout_run.read`.
        """
        return cast(
            "t.UnansweredRefundPage",
            self._call("GET", "/v1/unanswered-refunds", query={"cursor": cursor, "limit": limit}),
        )

    def iter_unanswered_refunds(self, *, limit: int | None = None) -> Iterator[t.UnansweredRefund]:
        """Walk the rows of all pages of `list_unanswered_refunds`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_unanswered_refunds(limit=limit, cursor=cursor))

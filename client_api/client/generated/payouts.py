"""What falls due, and the runs that pay it: one person prepares, another approves.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Payouts(Resource):
    """What falls due, and the runs that pay it: one person prepares, another approves."""

    def list_bank_refusals(
        self, *, cursor: str | None = None, limit: int | None = None, state: Literal["open", "over"] | None = None
    ) -> t.BankRefusalPage:
        """List what payees' own banks did not take of what a rail paid on to them, the newest first.

        `GET /v1/bank-refusals`; needs `payout_run.read`.
        """
        return cast(
            "t.BankRefusalPage",
            self._call("GET", "/v1/bank-refusals", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def iter_bank_refusals(
        self, *, limit: int | None = None, state: Literal["open", "over"] | None = None
    ) -> Iterator[t.BankRefusal]:
        """Walk the rows of all pages of `list_bank_refusals`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_bank_refusals(limit=limit, state=state, cursor=cursor))

    def list_installments(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"]
        | None = None,
        contract_id: str | None = None,
        due_by: str | None = None,
    ) -> t.InstallmentPage:
        """List installments by due date: your organization's, or as finance staff everybody's.

        `GET /v1/installments`; needs `installment.read`.
        """
        return cast(
            "t.InstallmentPage",
            self._call(
                "GET",
                "/v1/installments",
                query={"cursor": cursor, "limit": limit, "state": state, "contract_id": contract_id, "due_by": due_by},
            ),
        )

    def iter_installments(
        self,
        *,
        limit: int | None = None,
        state: Literal["advanced", "cancelled", "due", "held", "in_payout", "kept", "paid", "scheduled", "unclaimed"]
        | None = None,
        contract_id: str | None = None,
        due_by: str | None = None,
    ) -> Iterator[t.Installment]:
        """Walk the rows of all pages of `list_installments`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(
            lambda cursor: self.list_installments(
                limit=limit, state=state, contract_id=contract_id, due_by=due_by, cursor=cursor
            )
        )

    def list_payout_runs(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["approved", "cancelled", "done", "executing", "prepared"] | None = None,
    ) -> t.RunPage:
        """List payout runs, the newest first.

        `GET /v1/payout-runs`; needs `payout_run.read`.
        """
        return cast(
            "t.RunPage", self._call("GET", "/v1/payout-runs", query={"cursor": cursor, "limit": limit, "state": state})
        )

    def iter_payout_runs(
        self,
        *,
        limit: int | None = None,
        state: Literal["approved", "cancelled", "done", "executing", "prepared"] | None = None,
    ) -> Iterator[t.Run]:
        """Walk the rows of all pages of `list_payout_runs`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_payout_runs(limit=limit, state=state, cursor=cursor))

    def prepare_payout_run(self, body: t.RunInput | None = None, *, idempotency_key: str | None = None) -> t.RunDetail:
        """Prepare a run from what is due; another person approves it.

        `POST /v1/payout-runs`; needs `payout_run.prepare`.
        """
        return cast(
            "t.RunDetail", self._call("POST", "/v1/payout-runs", body=body, idempotency_key=idempotency_key, keyed=True)
        )

    def read_payout_run(self, run_id: str) -> t.RunDetail:
        """Read a payout run with the sums of its payouts.

        `GET /v1/payout-runs/{run_id}`; needs `payout_run.read`.
        """
        return cast("t.RunDetail", self._call("GET", self._path("/v1/payout-runs/{run_id}", {"run_id": run_id})))

    def approve_payout_run(self, run_id: str, *, idempotency_key: str | None = None) -> t.RunDetail:
        """Approve a run that somebody else prepared and that does not pay you.

        `POST /v1/payout-runs/{run_id}/approve`; needs `payout_run.approve`.
        """
        return cast(
            "t.RunDetail",
            self._call(
                "POST",
                self._path("/v1/payout-runs/{run_id}/approve", {"run_id": run_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def cancel_payout_run(self, run_id: str, *, idempotency_key: str | None = None) -> t.RunDetail:
        """Call a run off before it is sent: all its installments are due again.

        `POST /v1/payout-runs/{run_id}/cancel`; needs `payout_run.prepare`.
        """
        return cast(
            "t.RunDetail",
            self._call(
                "POST",
                self._path("/v1/payout-runs/{run_id}/cancel", {"run_id": run_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def execute_payout_run(self, run_id: str, *, idempotency_key: str | None = None) -> t.RunDetail:
        """Send an approved run: workers first, each margin once the workers below it are paid.

        May be asked for again at any time: what was sent stays sent, what waits goes on.

        `POST /v1/payout-runs/{run_id}/execute`; needs `payout_run.execute`.
        """
        return cast(
            "t.RunDetail",
            self._call(
                "POST",
                self._path("/v1/payout-runs/{run_id}/execute", {"run_id": run_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_payouts(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        run_id: str | None = None,
        state: Literal[
            "approved",
            "cancelled",
            "draft",
            "reconciled",
            "refused",
            "returned",
            "sent",
            "settled",
            "submitting",
            "unknown",
        ]
        | None = None,
    ) -> t.PayoutSummaryPage:
        """List payouts, the newest first: your organization's, or as finance staff everybody's.

        `GET /v1/payouts`; needs `installment.read`.
        """
        return cast(
            "t.PayoutSummaryPage",
            self._call(
                "GET", "/v1/payouts", query={"cursor": cursor, "limit": limit, "run_id": run_id, "state": state}
            ),
        )

    def iter_payouts(
        self,
        *,
        limit: int | None = None,
        run_id: str | None = None,
        state: Literal[
            "approved",
            "cancelled",
            "draft",
            "reconciled",
            "refused",
            "returned",
            "sent",
            "settled",
            "submitting",
            "unknown",
        ]
        | None = None,
    ) -> Iterator[t.PayoutSummary]:
        """Walk the rows of all pages of `list_payouts`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_payouts(limit=limit, run_id=run_id, state=state, cursor=cursor))

    def read_payout(self, payout_id: str) -> t.Payout:
        """Read one payout with the installments it pays.

        `GET /v1/payouts/{payout_id}`; needs `installment.read`.
        """
        return cast("t.Payout", self._call("GET", self._path("/v1/payouts/{payout_id}", {"payout_id": payout_id})))

    def agree_payout_is_absent(self, payout_id: str, *, idempotency_key: str | None = None) -> t.Payout:
        """Say, as one of two people, that an unknown payout never reached the rail; the second makes
        it refused.

        Only 23 hours after the rail was first asked, and after two looks at the rail, an hour
        apart, that found nothing.

        `POST /v1/payouts/{payout_id}/agree-absent`; needs `payout_run.approve`.
        """
        return cast(
            "t.Payout",
            self._call(
                "POST",
                self._path("/v1/payouts/{payout_id}/agree-absent", {"payout_id": payout_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def approve_payout_at_a_worse_rate(self, payout_id: str, *, idempotency_key: str | None = None) -> t.Payout:
        """Approve a payout whose rate ended before it was sent, at a new one that is worse for the
        payee.

        Not by who prepared its run, and not by whom it pays. The service sends it with the run,
        which is still executing.

        `POST /v1/payouts/{payout_id}/approve`; needs `payout_run.approve`.
        """
        return cast(
            "t.Payout",
            self._call(
                "POST",
                self._path("/v1/payouts/{payout_id}/approve", {"payout_id": payout_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def adopt_late_payout(self, payout_id: str, *, idempotency_key: str | None = None) -> t.Payout:
        """Take a refused payout, which a statement shows all the same, for sent; the line then settles
        it.

        `POST /v1/payouts/{payout_id}/came-late`; needs `payout_run.approve`.
        """
        return cast(
            "t.Payout",
            self._call(
                "POST",
                self._path("/v1/payouts/{payout_id}/came-late", {"payout_id": payout_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def cancel_one_payout(
        self, payout_id: str, body: t.CancelPayoutInput | None = None, *, idempotency_key: str | None = None
    ) -> t.Payout:
        """Give up a payout that is not on its way: its installments are due again, or held until the
        payee acts.

        Due again, the next run pays them, and margins above a worker wait for it. Held as
        destination_refused, which only a refused payout allows, they fall due once the payee sets a
        payout method again, and margins do not wait. The payee is told either way.

        `POST /v1/payouts/{payout_id}/cancel`; needs `payout_run.approve`.
        """
        return cast(
            "t.Payout",
            self._call(
                "POST",
                self._path("/v1/payouts/{payout_id}/cancel", {"payout_id": payout_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def declare_payout_not_executed(self, payout_id: str, *, idempotency_key: str | None = None) -> t.Payout:
        """Say, as one of two people, that the bank never executed a payout; the second makes it
        refused.

        Only once statements without a gap reach three days beyond the payment file's and do not
        show it.

        `POST /v1/payouts/{payout_id}/not-executed`; needs `payout_run.approve`.
        """
        return cast(
            "t.Payout",
            self._call(
                "POST",
                self._path("/v1/payouts/{payout_id}/not-executed", {"payout_id": payout_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def retry_refused_payout(self, payout_id: str, *, idempotency_key: str | None = None) -> t.Payout:
        """Let a refused payout be sent again, to the same account and as the next attempt.

        Not by who prepared its run, and not by whom it pays. The service sends it with the run,
        which is still executing.

        `POST /v1/payouts/{payout_id}/retry`; needs `payout_run.approve`.
        """
        return cast(
            "t.Payout",
            self._call(
                "POST",
                self._path("/v1/payouts/{payout_id}/retry", {"payout_id": payout_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

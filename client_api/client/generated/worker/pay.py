"""What one earned, when it is paid, and where the price of an answer went.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.downloads import Download
from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Pay(Resource):
    """What one earned, when it is paid, and where the price of an answer went."""

    def read_price_chain(self, answer_id: str) -> t.PriceChain:
        """Read where the client's price of one of one's answers goes; the parts add up to it.

        `GET /worker/v1/answers/{answer_id}/price-chain`; needs `price_chain.read.own`.
        """
        return cast(
            "t.PriceChain",
            self._call("GET", self._path("/worker/v1/answers/{answer_id}/price-chain", {"answer_id": answer_id})),
        )

    def read_earnings(self) -> t.Earnings:
        """Read the sums by currency; scheduled, due, paying, held and paid add up to earned.

        `GET /worker/v1/earnings`; needs `earning.read`.
        """
        return cast("t.Earnings", self._call("GET", "/worker/v1/earnings"))

    def list_extras(self, *, cursor: str | None = None, limit: int | None = None) -> t.ExtraPage:
        """List what one is paid beside the price of answers, newest first; it is part of the
        installments.

        `GET /worker/v1/extras`; needs `earning.read`.
        """
        return cast("t.ExtraPage", self._call("GET", "/worker/v1/extras", query={"cursor": cursor, "limit": limit}))

    def iter_extras(self, *, limit: int | None = None) -> Iterator[t.Extra]:
        """Walk the rows of all pages of `list_extras`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_extras(limit=limit, cursor=cursor))

    def list_installments(self, *, cursor: str | None = None, limit: int | None = None) -> t.InstallmentPage:
        """List one's installments by due date.

        `GET /worker/v1/installments`; needs `installment.read.own`.
        """
        return cast(
            "t.InstallmentPage", self._call("GET", "/worker/v1/installments", query={"cursor": cursor, "limit": limit})
        )

    def iter_installments(self, *, limit: int | None = None) -> Iterator[t.Installment]:
        """Walk the rows of all pages of `list_installments`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_installments(limit=limit, cursor=cursor))

    def read_advance_offer(self, installment_id: str) -> t.AdvanceOffer:
        """Read what taking an installment early brings and costs, and when all of it comes for free.

        Doing nothing costs nothing. What is due already, or too little to be paid alone, is not
        offered; nor is anything before one has said where to be paid.

        `GET /worker/v1/installments/{installment_id}/advance`; needs `advance.take`.
        """
        return cast(
            "t.AdvanceOffer",
            self._call(
                "GET",
                self._path("/worker/v1/installments/{installment_id}/advance", {"installment_id": installment_id}),
            ),
        )

    def take_advance(
        self, installment_id: str, body: t.AdvanceInput, *, idempotency_key: str | None = None
    ) -> t.Installment:
        """Take an installment early, for exactly the fee of the offer; the next payout run pays it.

        The fee is taken only by a payout that was prepared before the installment's day and that
        arrives. What is accepted later for the same day is another installment. Nothing is taken
        back, whatever becomes of the layers or the client.

        `POST /worker/v1/installments/{installment_id}/advance`; needs `advance.take`.
        """
        return cast(
            "t.Installment",
            self._call(
                "POST",
                self._path("/worker/v1/installments/{installment_id}/advance", {"installment_id": installment_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def set_payout_currency(self, body: t.PayoutCurrency) -> t.PayoutCurrency:
        """Say in which currency one is paid on a rail; without a choice of one's own it is the one
        owed, always.

        What is got is rounded down to the least that the rail moves; the rest stays owed in its own
        currency.

        `PUT /worker/v1/payout-currency`; needs `payout_method.set`.
        """
        return cast("t.PayoutCurrency", self._call("PUT", "/worker/v1/payout-currency", body=body, repeatable=True))

    def set_payout_method(self, body: t.PayoutMethodInput) -> t.PayoutMethod:
        """Say where one's payouts go.

        One's first word takes effect at once. A key changes nothing after that
        (`step_up_required`): sign in at the pages. A change asked for there waits for 48 hours, and
        one is mailed about it.

        `PUT /worker/v1/payout-method`; needs `payout_method.set`.
        """
        return cast("t.PayoutMethod", self._call("PUT", "/worker/v1/payout-method", body=body, repeatable=True))

    def cancel_payout_method_change(self, payout_method_change_id: str) -> t.PayoutMethod:
        """Take a change back that waits; payouts go on to where they go.

        `POST /worker/v1/payout-method-changes/{payout_method_change_id}/cancel`; needs
        `payout_method.set`.
        """
        return cast(
            "t.PayoutMethod",
            self._call(
                "POST",
                self._path(
                    "/worker/v1/payout-method-changes/{payout_method_change_id}/cancel",
                    {"payout_method_change_id": payout_method_change_id},
                ),
                repeatable=True,
            ),
        )

    def list_payout_methods(self) -> t.PayoutMethods:
        """List where one's payouts go on each rail, masked, and the changes that wait.

        `GET /worker/v1/payout-methods`; needs `payout_method.set`.
        """
        return cast("t.PayoutMethods", self._call("GET", "/worker/v1/payout-methods"))

    def list_payouts(self, *, cursor: str | None = None, limit: int | None = None) -> t.PayoutPage:
        """List one's payouts, the newest first, before and after they are sent, with what one was
        shown of their rates.

        `GET /worker/v1/payouts`; needs `installment.read.own`.
        """
        return cast("t.PayoutPage", self._call("GET", "/worker/v1/payouts", query={"cursor": cursor, "limit": limit}))

    def iter_payouts(self, *, limit: int | None = None) -> Iterator[t.Payout]:
        """Walk the rows of all pages of `list_payouts`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_payouts(limit=limit, cursor=cursor))

    def read_statement(self, *, month: str) -> t.Statement:
        """Read one's statement of a month: what was there, what came, what left, what is there.

        A month's last word is said when its books are closed.

        `GET /worker/v1/statement`; needs `earning.read`.
        """
        return cast("t.Statement", self._call("GET", "/worker/v1/statement", query={"month": month}))

    def list_statement_installments(
        self, *, month: str, cursor: str | None = None, limit: int | None = None
    ) -> t.StatementInstallmentPage:
        """List the installments whose day lies in a month: paid, held and why, or still to come.

        `GET /worker/v1/statement-installments`; needs `earning.read`.
        """
        return cast(
            "t.StatementInstallmentPage",
            self._call(
                "GET", "/worker/v1/statement-installments", query={"cursor": cursor, "limit": limit, "month": month}
            ),
        )

    def iter_statement_installments(self, *, month: str, limit: int | None = None) -> Iterator[t.StatementInstallment]:
        """Walk the rows of all pages of `list_statement_installments`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_statement_installments(limit=limit, month=month, cursor=cursor))

    def list_statement_lines(
        self, *, month: str, cursor: str | None = None, limit: int | None = None
    ) -> t.StatementLinePage:
        """List what each answer accepted in a month earned, with where the client's price of it goes.

        `GET /worker/v1/statement-lines`; needs `earning.read`.
        """
        return cast(
            "t.StatementLinePage",
            self._call("GET", "/worker/v1/statement-lines", query={"cursor": cursor, "limit": limit, "month": month}),
        )

    def iter_statement_lines(self, *, month: str, limit: int | None = None) -> Iterator[t.StatementLine]:
        """Walk the rows of all pages of `list_statement_lines`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_statement_lines(limit=limit, month=month, cursor=cursor))

    def list_statement_payouts(
        self, *, month: str, cursor: str | None = None, limit: int | None = None
    ) -> t.StatementPayoutPage:
        """List the payouts that took money along in a month, or gave it back.

        `GET /worker/v1/statement-payouts`; needs `earning.read`.
        """
        return cast(
            "t.StatementPayoutPage",
            self._call("GET", "/worker/v1/statement-payouts", query={"cursor": cursor, "limit": limit, "month": month}),
        )

    def iter_statement_payouts(self, *, month: str, limit: int | None = None) -> Iterator[t.StatementPayout]:
        """Walk the rows of all pages of `list_statement_payouts`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_statement_payouts(limit=limit, month=month, cursor=cursor))

    def download_statement_pdf(self, *, month: str, cursor: str | None = None) -> Download:
        """Download a month's statement as a PDF, where this server makes any: sums, lines, and the
        log's signed head.

        Of more than 200 answers it is in parts; each names the address of the next, whose `cursor`
        it takes here.

        `GET /worker/v1/statement-pdf`; needs `earning.read`.
        """
        return self._download("GET", "/worker/v1/statement-pdf", query={"month": month, "cursor": cursor})

    def list_statements(self) -> t.StatementMonths:
        """List the months in which anything of one's pay moved, newest first.

        `GET /worker/v1/statements`; needs `earning.read`.
        """
        return cast("t.StatementMonths", self._call("GET", "/worker/v1/statements"))

    def list_tax_years(self) -> t.TaxYears:
        """Read what one was paid in each calendar year, what of it was withheld for whom, and what one
        received.

        `GET /worker/v1/tax-years`; needs `installment.read.own`.
        """
        return cast("t.TaxYears", self._call("GET", "/worker/v1/tax-years"))

"""Money that finance moves itself: tax to its authority, currencies bought back, its own, and what
shows it.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Treasury(Resource):
    """Money that finance moves itself: tax to its authority, currencies bought back, its own, and what
    shows it.
    """

    def list_currency_conversions(self, *, cursor: str | None = None, limit: int | None = None) -> t.ConversionPage:
        """List the exchanges at the bank that closed open positions, the newest first.

        `GET /v1/currency-conversions`; needs `ledger.read`.
        """
        return cast(
            "t.ConversionPage", self._call("GET", "/v1/currency-conversions", query={"cursor": cursor, "limit": limit})
        )

    def iter_currency_conversions(self, *, limit: int | None = None) -> Iterator[t.Conversion]:
        """Walk the rows of all pages of `list_currency_conversions`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_currency_conversions(limit=limit, cursor=cursor))

    def enter_currency_conversion(self, body: t.ConversionInput, *, idempotency_key: str | None = None) -> t.Conversion:
        """Say that two lines were one exchange: what stood open between their currencies is closed by
        it.

        `POST /v1/currency-conversions`; needs `reconciliation.match`.
        """
        return cast(
            "t.Conversion",
            self._call("POST", "/v1/currency-conversions", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def list_external_lines(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["unmatched", "matched", "set_aside"] | None = None,
    ) -> t.ExternalLinePage:
        """List the lines of the rails and of the bank's statements, the newest first.

        `GET /v1/external-lines`; needs `reconciliation.read`.
        """
        return cast(
            "t.ExternalLinePage",
            self._call("GET", "/v1/external-lines", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def iter_external_lines(
        self, *, limit: int | None = None, state: Literal["unmatched", "matched", "set_aside"] | None = None
    ) -> Iterator[t.ExternalLine]:
        """Walk the rows of all pages of `list_external_lines`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_external_lines(limit=limit, state=state, cursor=cursor))

    def list_own_money_moves(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["done", "proposed", "rejected"] | None = None,
    ) -> t.OwnMoneyPage:
        """List what was and is to be done with the platform's own money, the newest first.

        `GET /v1/own-money-moves`; needs `ledger.read`.
        """
        return cast(
            "t.OwnMoneyPage",
            self._call("GET", "/v1/own-money-moves", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def iter_own_money_moves(
        self, *, limit: int | None = None, state: Literal["done", "proposed", "rejected"] | None = None
    ) -> Iterator[t.OwnMoney]:
        """Walk the rows of all pages of `list_own_money_moves`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_own_money_moves(limit=limit, state=state, cursor=cursor))

    def propose_own_money_move(self, body: t.OwnMoneyInput, *, idempotency_key: str | None = None) -> t.OwnMoney:
        """Propose to move the platform's own money, or to give up at its cost what a layer owes;
        another person does it.

        `POST /v1/own-money-moves`; needs `own_money.move`.
        """
        return cast(
            "t.OwnMoney",
            self._call("POST", "/v1/own-money-moves", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def read_own_money_move(self, own_money_move_id: str) -> t.OwnMoney:
        """Read one.

        `GET /v1/own-money-moves/{own_money_move_id}`; needs `ledger.read`.
        """
        return cast(
            "t.OwnMoney",
            self._call(
                "GET", self._path("/v1/own-money-moves/{own_money_move_id}", {"own_money_move_id": own_money_move_id})
            ),
        )

    def approve_own_money_move(self, own_money_move_id: str, *, idempotency_key: str | None = None) -> t.OwnMoney:
        """Do what somebody else proposed, at once.

        `POST /v1/own-money-moves/{own_money_move_id}/approve`; needs `own_money.move`.
        """
        return cast(
            "t.OwnMoney",
            self._call(
                "POST",
                self._path("/v1/own-money-moves/{own_money_move_id}/approve", {"own_money_move_id": own_money_move_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def reject_own_money_move(self, own_money_move_id: str, *, idempotency_key: str | None = None) -> t.OwnMoney:
        """Give a proposal up, also one's own.

        `POST /v1/own-money-moves/{own_money_move_id}/reject`; needs `own_money.move`.
        """
        return cast(
            "t.OwnMoney",
            self._call(
                "POST",
                self._path("/v1/own-money-moves/{own_money_move_id}/reject", {"own_money_move_id": own_money_move_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_tax_remittances(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["approved", "paid", "proposed", "rejected"] | None = None,
    ) -> t.RemittancePage:
        """List what was and is to be paid to tax authorities, the newest first.

        `GET /v1/tax-remittances`; needs `withholding.read`.
        """
        return cast(
            "t.RemittancePage",
            self._call("GET", "/v1/tax-remittances", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def iter_tax_remittances(
        self, *, limit: int | None = None, state: Literal["approved", "paid", "proposed", "rejected"] | None = None
    ) -> Iterator[t.Remittance]:
        """Walk the rows of all pages of `list_tax_remittances`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_tax_remittances(limit=limit, state=state, cursor=cursor))

    def propose_tax_remittance(self, body: t.RemittanceInput, *, idempotency_key: str | None = None) -> t.Remittance:
        """Propose to pay an authority, for a period that is over, what was withheld for it, or the
        sales tax in fees.

        `POST /v1/tax-remittances`; needs `tax.remit`.
        """
        return cast(
            "t.Remittance",
            self._call("POST", "/v1/tax-remittances", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def read_tax_remittance(self, tax_remittance_id: str) -> t.Remittance:
        """Read one.

        `GET /v1/tax-remittances/{tax_remittance_id}`; needs `withholding.read`.
        """
        return cast(
            "t.Remittance",
            self._call(
                "GET", self._path("/v1/tax-remittances/{tax_remittance_id}", {"tax_remittance_id": tax_remittance_id})
            ),
        )

    def approve_tax_remittance(self, tax_remittance_id: str, *, idempotency_key: str | None = None) -> t.Remittance:
        """Approve what somebody else proposed.

        `POST /v1/tax-remittances/{tax_remittance_id}/approve`; needs `tax.remit`.
        """
        return cast(
            "t.Remittance",
            self._call(
                "POST",
                self._path("/v1/tax-remittances/{tax_remittance_id}/approve", {"tax_remittance_id": tax_remittance_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_remitted_documents(
        self, tax_remittance_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.RemittedDocumentPage:
        """List of which invoices and credit notes a remittance of sales tax is; each is in one only.

        `GET /v1/tax-remittances/{tax_remittance_id}/documents`; needs `withholding.read`.
        """
        return cast(
            "t.RemittedDocumentPage",
            self._call(
                "GET",
                self._path(
                    "/v1/tax-remittances/{tax_remittance_id}/documents", {"tax_remittance_id": tax_remittance_id}
                ),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_remitted_documents(
        self, tax_remittance_id: str, *, limit: int | None = None
    ) -> Iterator[t.RemittedDocument]:
        """Walk the rows of all pages of `list_remitted_documents`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_remitted_documents(tax_remittance_id, limit=limit, cursor=cursor))

    def pay_tax_remittance(
        self, tax_remittance_id: str, body: t.RemittancePaidInput | None = None, *, idempotency_key: str | None = None
    ) -> t.Remittance:
        """Say by which line an approved one was paid, or that it was paid from the operating account.

        `POST /v1/tax-remittances/{tax_remittance_id}/pay`; needs `tax.remit`.
        """
        return cast(
            "t.Remittance",
            self._call(
                "POST",
                self._path("/v1/tax-remittances/{tax_remittance_id}/pay", {"tax_remittance_id": tax_remittance_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_remitted_payees(
        self, tax_remittance_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.RemittedPayeePage:
        """List whom a remittance of withheld tax is of, as its authority wants to know.

        `GET /v1/tax-remittances/{tax_remittance_id}/payees`; needs `withholding.read`.
        """
        return cast(
            "t.RemittedPayeePage",
            self._call(
                "GET",
                self._path("/v1/tax-remittances/{tax_remittance_id}/payees", {"tax_remittance_id": tax_remittance_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_remitted_payees(self, tax_remittance_id: str, *, limit: int | None = None) -> Iterator[t.RemittedPayee]:
        """Walk the rows of all pages of `list_remitted_payees`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_remitted_payees(tax_remittance_id, limit=limit, cursor=cursor))

    def reject_tax_remittance(self, tax_remittance_id: str, *, idempotency_key: str | None = None) -> t.Remittance:
        """Give one up that is not paid yet, also one's own.

        `POST /v1/tax-remittances/{tax_remittance_id}/reject`; needs `tax.remit`.
        """
        return cast(
            "t.Remittance",
            self._call(
                "POST",
                self._path("/v1/tax-remittances/{tax_remittance_id}/reject", {"tax_remittance_id": tax_remittance_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

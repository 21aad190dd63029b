"""What your margins earned by month, what fell due, was paid or is held.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Statements(Resource):
    """What your margins earned by month, what fell due, was paid or is held."""

    def read_statement(self, *, month: str) -> t.Statement:
        """Read the statement of a month: what was there, what came, what left, what is there.

        A month's last word is said when its books are closed.

        `GET /v1/statement`; needs `installment.read`.
        """
        return cast("t.Statement", self._call("GET", "/v1/statement", query={"month": month}))

    def list_statement_installments(
        self, *, month: str, cursor: str | None = None, limit: int | None = None
    ) -> t.StatementInstallmentPage:
        """List the installments whose day lies in a month: paid, held and why, or still to come.

        `GET /v1/statement-installments`; needs `installment.read`.
        """
        return cast(
            "t.StatementInstallmentPage",
            self._call("GET", "/v1/statement-installments", query={"cursor": cursor, "limit": limit, "month": month}),
        )

    def iter_statement_installments(self, *, month: str, limit: int | None = None) -> Iterator[t.StatementInstallment]:
        """Walk the rows of all pages of `list_statement_installments`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_statement_installments(limit=limit, month=month, cursor=cursor))

    def list_statement_lines(
        self, *, month: str, cursor: str | None = None, limit: int | None = None
    ) -> t.StatementLinePage:
        """List what each answer accepted in a month earned, with its price chain as far as the job's
        policy shows it.

        `GET /v1/statement-lines`; needs `installment.read`.
        """
        return cast(
            "t.StatementLinePage",
            self._call("GET", "/v1/statement-lines", query={"cursor": cursor, "limit": limit, "month": month}),
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

        `GET /v1/statement-payouts`; needs `installment.read`.
        """
        return cast(
            "t.StatementPayoutPage",
            self._call("GET", "/v1/statement-payouts", query={"cursor": cursor, "limit": limit, "month": month}),
        )

    def iter_statement_payouts(self, *, month: str, limit: int | None = None) -> Iterator[t.StatementPayout]:
        """Walk the rows of all pages of `list_statement_payouts`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_statement_payouts(limit=limit, month=month, cursor=cursor))

    def list_statements(self) -> t.StatementMonths:
        """List the months in which anything of your organization's margins moved, newest first.

        `GET /v1/statements`; needs `installment.read`.
        """
        return cast("t.StatementMonths", self._call("GET", "/v1/statements"))

"""Payouts by bank: files that people carry to it, and what it says happened.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Bank(Resource):
    """Payouts by bank: files that people carry to it, and what it says happened."""

    def list_bank_csv_layouts(self) -> t.CsvLayouts:
        """List how the columns of banks' CSV files are read, by name.

        `GET /v1/bank-csv-layouts`; needs `reconciliation.read`.
        """
        return cast("t.CsvLayouts", self._call("GET", "/v1/bank-csv-layouts"))

    def save_bank_csv_layout(self, body: t.CsvLayoutInput, *, idempotency_key: str | None = None) -> t.CsvLayout:
        """Say how the columns of a bank's CSV are read; a layout of the same name is replaced.

        `POST /v1/bank-csv-layouts`; needs `reconciliation.match`.
        """
        return cast(
            "t.CsvLayout",
            self._call("POST", "/v1/bank-csv-layouts", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def list_bank_files(self, *, cursor: str | None = None, limit: int | None = None) -> t.BankFilePage:
        """List the payment files that were made, the newest first.

        `GET /v1/bank-files`; needs `payout_run.read`.
        """
        return cast("t.BankFilePage", self._call("GET", "/v1/bank-files", query={"cursor": cursor, "limit": limit}))

    def iter_bank_files(self, *, limit: int | None = None) -> Iterator[t.BankFile]:
        """Walk the rows of all pages of `list_bank_files`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_bank_files(limit=limit, cursor=cursor))

    def make_bank_files(self, *, idempotency_key: str | None = None) -> t.BankFiles:
        """Put every payment that waits into a file, one for each currency; each is in one file ever.

        Nothing waits: none is made. A file proves nothing: a payout stays sent until a statement
        shows it.

        `POST /v1/bank-files`; needs `payout_run.execute`.
        """
        return cast("t.BankFiles", self._call("POST", "/v1/bank-files", idempotency_key=idempotency_key, keyed=True))

    def read_bank_file(self, bank_file_id: str) -> t.BankFileContent:
        """Read a payment file with its content, to carry it to the bank; that you took it is logged.

        `GET /v1/bank-files/{bank_file_id}`; needs `payout_run.execute`.
        """
        return cast(
            "t.BankFileContent",
            self._call("GET", self._path("/v1/bank-files/{bank_file_id}", {"bank_file_id": bank_file_id})),
        )

    def import_bank_report(self, body: t.BankDocumentInput) -> t.ImportedReport:
        """Import the bank's report on a payment file (pain.002).

        What it rejects is refused for certain, unless it says that it came twice; that it took a
        payment settles nothing.

        `POST /v1/bank-reports`; needs `reconciliation.match`.
        """
        return cast("t.ImportedReport", self._call("POST", "/v1/bank-reports", body=body))

    def list_bank_statements(self, *, cursor: str | None = None, limit: int | None = None) -> t.BankStatementPage:
        """List the statements that were imported, the newest first.

        `GET /v1/bank-statements`; needs `reconciliation.read`.
        """
        return cast(
            "t.BankStatementPage", self._call("GET", "/v1/bank-statements", query={"cursor": cursor, "limit": limit})
        )

    def iter_bank_statements(self, *, limit: int | None = None) -> Iterator[t.BankStatement]:
        """Walk the rows of all pages of `list_bank_statements`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_bank_statements(limit=limit, cursor=cursor))

    def import_bank_statements(self, body: t.BankStatementsInput) -> t.ImportedStatements:
        """Import the statements of a file (camt.053, MT940, or a CSV by its layout), all or none, and
        book their lines.

        A statement that was imported before changes nothing, so that this may be sent again.

        `POST /v1/bank-statements`; needs `reconciliation.match`.
        """
        return cast("t.ImportedStatements", self._call("POST", "/v1/bank-statements", body=body))

    def read_bank_status(self) -> t.BankStatus:
        """Read how many payments wait for a payment file, and where statements are missing.

        `GET /v1/bank-status`; needs `payout_run.read`.
        """
        return cast("t.BankStatus", self._call("GET", "/v1/bank-status"))

"""Files of results and of money: asked for and made as an operation, or kept of each month; fetched by
a link.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Exports(Resource):
    """Files of results and of money: asked for and made as an operation, or kept of each month;
    fetched by a link.
    """

    def list_exports(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        job_id: str | None = None,
        format: Literal[
            "books.beancount",
            "books.hledger",
            "books.xlsx",
            "books_ageing.csv",
            "books_journal.csv",
            "books_payables.csv",
            "books_payouts.csv",
            "books_statements.csv",
            "books_trial_balance.csv",
            "coco.json",
            "consensus.jsonl",
            "label_studio.json",
            "payables.csv",
            "price_chain.csv",
            "results.csv",
            "results.jsonl",
        ]
        | None = None,
    ) -> t.ExportPage:
        """List your organization's exports, the newest first.

        `GET /v1/exports`; needs `export.read`.
        """
        return cast(
            "t.ExportPage",
            self._call(
                "GET", "/v1/exports", query={"cursor": cursor, "limit": limit, "job_id": job_id, "format": format}
            ),
        )

    def iter_exports(
        self,
        *,
        limit: int | None = None,
        job_id: str | None = None,
        format: Literal[
            "books.beancount",
            "books.hledger",
            "books.xlsx",
            "books_ageing.csv",
            "books_journal.csv",
            "books_payables.csv",
            "books_payouts.csv",
            "books_statements.csv",
            "books_trial_balance.csv",
            "coco.json",
            "consensus.jsonl",
            "label_studio.json",
            "payables.csv",
            "price_chain.csv",
            "results.csv",
            "results.jsonl",
        ]
        | None = None,
    ) -> Iterator[t.Export]:
        """Walk the rows of all pages of `list_exports`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_exports(limit=limit, job_id=job_id, format=format, cursor=cursor))

    def create_export(self, body: t.ExportInput, *, idempotency_key: str | None = None) -> t.Export:
        """Ask for an export; `Location` names the operation that makes it.

        Needs the permission of what is in the file too: `result.read`, `price_chain.read`,
        `installment.read` or `ledger.read`. The file shows one moment: what is accepted while it is
        made is not in it. Content of rejected answers never is.

        `POST /v1/exports`; needs `export.create`.
        """
        return cast(
            "t.Export", self._call("POST", "/v1/exports", body=body, idempotency_key=idempotency_key, keyed=True)
        )

    def read_export(self, export_id: str) -> t.Export:
        """Read an export; once it is ready, with a fresh link to its file.

        `GET /v1/exports/{export_id}`; needs `export.read`.
        """
        return cast("t.Export", self._call("GET", self._path("/v1/exports/{export_id}", {"export_id": export_id})))

    def list_kept_books(self, *, cursor: str | None = None, limit: int | None = None) -> t.KeptBookPage:
        """List the files of the books that are kept of each month that is over, the newest first.

        They are written a day after its end and never changed. Their SHA-256 is in the log as well
        (`books.kept`).

        `GET /v1/kept-books`; needs `ledger.read`.
        """
        return cast("t.KeptBookPage", self._call("GET", "/v1/kept-books", query={"cursor": cursor, "limit": limit}))

    def iter_kept_books(self, *, limit: int | None = None) -> Iterator[t.KeptBook]:
        """Walk the rows of all pages of `list_kept_books`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_kept_books(limit=limit, cursor=cursor))

    def read_kept_book(self, kept_book_id: str) -> t.KeptBook:
        """Read a kept file of the books, with a fresh link to it.

        `GET /v1/kept-books/{kept_book_id}`; needs `ledger.read`.
        """
        return cast(
            "t.KeptBook", self._call("GET", self._path("/v1/kept-books/{kept_book_id}", {"kept_book_id": kept_book_id}))
        )

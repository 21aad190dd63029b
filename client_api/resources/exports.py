"""Exports: files of results and money, made apart from the request and fetched by a link."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.exports import EXPORT_EXAMPLE, ExportInput, ExportQuery, ExportView, KeptBookView, export_parts
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.exports import queries
from marketplace.exports.asking import request_export
from marketplace.exports.keeping import kept_book_by_id, kept_books
from marketplace.exports.models import KeptBook
from marketplace.exports.queries import Seen
from marketplace.provenance.statements import Month
from marketplace.web.export_files import export_link
from marketplace.web.kept_book_files import kept_book_link

exports = Theme(
    "exports",
    "Files of results and of money: asked for and made as an operation, or kept of each month; fetched by a link.",
)


@exports.operation(
    "POST",
    "/exports",
    permission="export.create",
    body=ExportInput,
    example=EXPORT_EXAMPLE,
    returns=ExportView,
    status=202,
    idempotent=True,
    location="/operations/{operation_id}",
    refusals=[404],
)
def create_export(body: dict[str, Any]) -> With:
    """Ask for an export; `Location` names the operation that makes it.

    Needs the permission of what is in the file too: `result.read`, `price_chain.read`, `installment.read` or
    `ledger.read`. The file shows one moment: what is accepted while it is made is not in it. Content of rejected
    answers never is.
    """
    made = request_export(
        session(),
        actor(),
        format_name=body["format"],
        job_id=body["job_id"],
        answers=body["answers"],
        month=None if body["month"] is None else Month.parse(body["month"]),
    )
    return view(queries.get_export(session(), actor(), made.id))


@exports.operation("GET", "/exports", permission="export.read", query=ExportQuery, returns=ExportView, page=True)
def list_exports(query: dict[str, Any]) -> Page[With]:
    """List your organization's exports, the newest first."""
    page = queries.list_exports(session(), actor(), format_name=query.pop("format", None), **query)
    return Page([view(seen) for seen in page.data], page.next_cursor)


@exports.operation("GET", "/exports/{export_id}", permission="export.read", returns=ExportView)
def read_export(export_id: UUID) -> With:
    """Read an export; once it is ready, with a fresh link to its file."""
    return view(queries.get_export(session(), actor(), export_id))


@exports.operation("GET", "/kept-books", permission="ledger.read", query=ListQuery, returns=KeptBookView, page=True)
def list_kept_books(query: dict[str, Any]) -> Page[With]:
    """List the files of the books that are kept of each month that is over, the newest first.

    They are written a day after its end and never changed. Their SHA-256 is in the log as well (`books.kept`).
    """
    page = kept_books(session(), actor(), **query)
    return Page([_kept(book) for book in page.data], page.next_cursor)


@exports.operation("GET", "/kept-books/{kept_book_id}", permission="ledger.read", returns=KeptBookView)
def read_kept_book(kept_book_id: UUID) -> With:
    """Read a kept file of the books, with a fresh link to it."""
    return _kept(kept_book_by_id(session(), actor(), kept_book_id))


def view(seen: Seen) -> With:
    """An export with its link."""
    return With(seen, **export_parts(seen, export_link(seen, actor())))


def _kept(book: KeptBook) -> With:
    return With(book, link=kept_book_link(book, actor()))

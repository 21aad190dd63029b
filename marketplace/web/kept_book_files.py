"""The kept books of months by short-lived links, as the files of exports are fetched."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue

from marketplace.exports.formats import FORMATS
from marketplace.exports.keeping import kept_book_by_id
from marketplace.exports.models import KeptBook
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.export_files import name_of_month
from marketplace.web.guard import public
from marketplace.web.signed_links import SignedLinks
from marketplace.web.stored_files import StoredFile, file_response

_LINKS: Final = SignedLinks("kept book")
blueprint = Blueprint("kept_book_files", __name__)


def kept_book_link(book: KeptBook, actor: Actor) -> str:
    """The address under which this actor, who sees the file, may fetch it for fifteen minutes."""
    return get_context().settings.public_url + url_for("kept_book_files.fetch", token=_LINKS.sign(book.id, actor))


@blueprint.get("/kept-books/<token>")
@public
def fetch(token: str) -> ResponseReturnValue:
    """The bytes; anything wrong with the link or the right to it is a plain 404."""
    book = _kept_book(token)
    if book is None:
        abort(HTTPStatus.NOT_FOUND)
    return file_response(stored_file(book))


def stored_file(book: KeptBook) -> StoredFile:
    """The file as it is sent."""
    return StoredFile(
        name=name_of_month(book.name, book.month),
        content_type=FORMATS[book.name].content_type,
        storage_key=book.storage_key,
        byte_count=book.byte_count,
        sha256=book.sha256,
    )


def _kept_book(token: str) -> KeptBook | None:
    found = _LINKS.read(token)
    if found is None:
        return None
    book_id, actor = found
    try:
        return kept_book_by_id(request_session(), actor, book_id)
    except DomainError:
        return None

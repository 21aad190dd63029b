"""The kept books of months by short-lived links, as the files of exports are fetched.

A link names the file and for whom it was signed, and that person's right is looked up at each fetch.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from marketplace.exports.formats import FORMATS
from marketplace.exports.keeping import kept_book_by_id
from marketplace.exports.models import KeptBook
from marketplace.identity.authentication import actor_of_person
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.export_files import name_of_month
from marketplace.web.guard import public
from marketplace.web.media import LIFE_SECONDS
from marketplace.web.stored_files import StoredFile, file_response

blueprint = Blueprint("kept_book_files", __name__)


def kept_book_link(book: KeptBook, actor: Actor) -> str:
    """The address under which this actor, who sees the file, may fetch it for fifteen minutes."""
    token = _signer().dumps([book.id.hex, actor.person.hex, actor.organization.hex])
    return get_context().settings.public_url + url_for("kept_book_files.fetch", token=token)


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
    try:
        book_hex, person_hex, organization_hex = _signer().loads(token, max_age=LIFE_SECONDS)
    except (BadData, ValueError):
        return None
    session = request_session()
    actor = actor_of_person(session, uuid.UUID(person_hex), uuid.UUID(organization_hex))
    if actor is None:
        return None
    try:
        return kept_book_by_id(session, actor, uuid.UUID(book_hex))
    except DomainError:
        return None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(get_context().secret_key, salt="kept book link")

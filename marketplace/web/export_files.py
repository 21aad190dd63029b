"""The files of exports by short-lived links, from a path that is sent no cookies.

As with media, a link names the export and for whom it was signed, and that person's right is looked up at each fetch.
"""

import datetime as dt
from http import HTTPStatus
from typing import Final

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue

from marketplace.exports.formats import FORMATS
from marketplace.exports.models import Export
from marketplace.exports.queries import Seen, get_export, may_fetch
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.provenance.statements import Month
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import public
from marketplace.web.signed_links import SignedLinks
from marketplace.web.stored_files import StoredFile, file_response

_LINKS: Final = SignedLinks("export")
blueprint = Blueprint("export_files", __name__)


def export_link(seen: Seen, actor: Actor) -> str | None:
    """The address under which this actor may fetch the file for fifteen minutes; None while there is nothing to fetch.

    None too for a key without the scope of what is in the file: a link stands for its person.
    """
    if not may_fetch(actor, seen):
        return None
    token = _LINKS.sign(seen.export.id, actor)
    return get_context().settings.public_url + url_for("export_files.fetch", token=token)


@blueprint.get("/exports/<token>")
@public
def fetch(token: str) -> ResponseReturnValue:
    """The bytes, always as a download; anything wrong with the link or the right to it is a plain 404."""
    export = _export(token)
    if export is None or export.storage_key is None:
        abort(HTTPStatus.NOT_FOUND)
    assert export.sha256 is not None, "a stored file has its digest"
    assert export.byte_count is not None, "a stored file has its size"
    return file_response(
        StoredFile(
            name=file_name(export),
            content_type=FORMATS[export.format].content_type,
            storage_key=export.storage_key,
            byte_count=export.byte_count,
            sha256=export.sha256,
        )
    )


def file_name(export: Export) -> str:
    """What a file is called by who fetches it: its format, and its month if it is of one."""
    return export.format if export.month is None else name_of_month(export.format, export.month)


def name_of_month(name: str, month: dt.date) -> str:
    """What a file of a month, by its first day, is called: `books-2027-01.xlsx`."""
    stem, dot, ending = name.partition(".")
    return f"{stem}-{Month(month)}{dot}{ending}"


def _export(token: str) -> Export | None:
    found = _LINKS.read(token)
    if found is None:
        return None
    export_id, actor = found
    try:
        seen = get_export(request_session(), actor, export_id)
    except DomainError:
        return None
    return seen.export if may_fetch(actor, seen) else None

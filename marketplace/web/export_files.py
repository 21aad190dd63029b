"""The files of exports by short-lived links, from a path that is sent no cookies.

As with media, a link names the export and for whom it was signed, and that person's right is looked up at each fetch.
"""

import uuid
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from marketplace.exports.formats import FORMATS
from marketplace.exports.models import Export
from marketplace.exports.queries import Seen, get_export, may_fetch
from marketplace.identity.authentication import actor_of_person
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.provenance.statements import Month
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import public
from marketplace.web.media import LIFE_SECONDS, asked_part, chunks

blueprint = Blueprint("export_files", __name__)
_POLICY: Final = "default-src 'none'; sandbox"


def export_link(seen: Seen, actor: Actor) -> str | None:
    """The address under which this actor may fetch the file for fifteen minutes; None while there is nothing to fetch.

    None too for a key without the scope of what is in the file: a link stands for its person.
    """
    if not may_fetch(actor, seen):
        return None
    token = _signer().dumps([seen.export.id.hex, actor.person.hex, actor.organization.hex])
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
    etag = export.sha256.hex()
    if request.if_none_match.contains(etag):
        return _described(Response(status=HTTPStatus.NOT_MODIFIED), export, etag)
    # A download that broke off goes on where it was, as long as the file is the same.
    part = asked_part(export.byte_count) if request.if_range.etag in {None, etag} else None
    try:
        stream = get_context().storage.open(export.storage_key)
    except KeyError:
        abort(HTTPStatus.NOT_FOUND)
    start, stop = part or (0, export.byte_count)
    response = Response(chunks(stream, start, stop - start), 206 if part else 200, direct_passthrough=True)
    response.content_length = stop - start
    if part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{export.byte_count}"
    response.headers["Content-Type"] = FORMATS[export.format].content_type
    return _described(response, export, etag)


def _described(response: Response, export: Export, etag: str) -> Response:
    response.set_etag(etag)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(export)}"'
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


def file_name(export: Export) -> str:
    """What a file is called by who fetches it: its format, and its month if it is of one."""
    stem, dot, ending = export.format.partition(".")
    return export.format if export.month is None else f"{stem}-{Month(export.month)}{dot}{ending}"


def _export(token: str) -> Export | None:
    try:
        export_hex, person_hex, organization_hex = _signer().loads(token, max_age=LIFE_SECONDS)
    except (BadData, ValueError):
        return None
    session = request_session()
    actor = actor_of_person(session, uuid.UUID(person_hex), uuid.UUID(organization_hex))
    if actor is None:
        return None
    try:
        seen = get_export(session, actor, uuid.UUID(export_hex))
    except DomainError:
        return None
    return seen.export if may_fetch(actor, seen) else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(get_context().secret_key, salt="export link")

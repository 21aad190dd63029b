"""Files out of storage, sent as downloads: with their digest as ETag, so that one that broke off goes on."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, abort, request

from marketplace.web.context import get_context
from marketplace.web.headers import POLICY_OF_FILES
from marketplace.web.media import asked_part, chunks


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What lies under a key; `name` is what it is called by who fetches it."""

    name: str
    content_type: str
    storage_key: str
    byte_count: int
    sha256: bytes


def file_response(file: StoredFile) -> Response:
    """The bytes, always as a download; a plain 404 where storage has not got them any more."""
    etag = file.sha256.hex()
    if request.if_none_match.contains(etag):
        return _described(Response(status=HTTPStatus.NOT_MODIFIED), file, etag)
    # A download that broke off goes on where it was, as long as the file is the same.
    part = asked_part(file.byte_count) if request.if_range.etag in {None, etag} else None
    try:
        stream = get_context().storage.open(file.storage_key)
    except KeyError:
        abort(HTTPStatus.NOT_FOUND)
    start, stop = part or (0, file.byte_count)
    response = Response(chunks(stream, start, stop - start), 206 if part else 200, direct_passthrough=True)
    response.content_length = stop - start
    if part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.byte_count}"
    response.headers["Content-Type"] = file.content_type
    return _described(response, file, etag)


def _described(response: Response, file: StoredFile, etag: str) -> Response:
    response.set_etag(etag)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Content-Security-Policy"] = POLICY_OF_FILES
    response.headers["Cache-Control"] = "private, no-store"
    return response

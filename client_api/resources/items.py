"""Items and the media they are made of."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, Final, cast
from uuid import UUID

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from client_api.blueprint import Theme
from client_api.receiving import receive
from client_api.request import actor, session
from client_api.schemas.items import (
    ItemQuery,
    ItemsAddedView,
    ItemsEnvelope,
    ItemsInput,
    ItemsQuery,
    ItemsWithdrawnView,
    ItemView,
    MediaView,
    WithdrawItemsInput,
)
from client_api.uploads import STREAM_BYTES_MAX, Body
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.jobs import media, queries
from marketplace.jobs.errors import ITEMS_REFUSED
from marketplace.jobs.item_csv import rows_from_csv
from marketplace.jobs.item_rows import ItemRow, rows_from_json, rows_from_ndjson
from marketplace.jobs.items import AddResult
from marketplace.jobs.models import Media
from marketplace.jobs.withdrawing import ItemRange
from marketplace.kernel.errors import DomainError, FieldError
from marketplace.lifecycle.items import Withdrawn, add_items, withdraw_items
from marketplace.web.context import get_context
from marketplace.web.malformed import BODY_MALFORMED

JSON_BYTES: Final = 50_000_000
WITHDRAWAL_BYTES: Final = 10_000_000
MEDIA_BYTES: Final = 26_000_000
NDJSON: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_ITEMS_EXAMPLE: Final = {
    "items": [
        {"external_id": "street-0001", "rate": "standard", "content": {"media": "med_01h455vb4pex5vsknk084sn02q"}},
        {"external_id": "street-0002", "rate": "dense", "content": {"url": "https://images.example.org/2.jpg"}},
    ]
}
CSV: Final = "text/csv"
_CSV_EXAMPLE: Final = 'external_id,rate,text\nn-1,standard,Fine weather.\nn-2,standard,"Rain, again."\n'
_LINES_EXAMPLE: Final = (
    '{"external_id": "n-1", "rate": "standard", "content": {"text": "Fine weather."}}\n'
    '{"external_id": "n-2", "rate": "standard", "content": {"text": "Rain again."}}\n'
)

items = Theme("items", "The things to label, and the images we keep for them.")


@items.operation("GET", "/jobs/{job_id}/items", permission="job.read", query=ItemQuery, returns=ItemView, page=True)
def list_items(query: dict[str, Any], job_id: UUID) -> Page[With]:
    """List a job's items by rate and ordinal, also those that were withdrawn."""
    page = queries.list_items(session(), actor(), job_id, rate_code=query.pop("rate", None), **query)
    withdrawn = queries.withdrawn_of(session(), [item.id for item in page.data])
    return Page([With(item, withdrawn=item.id in withdrawn) for item in page.data], page.next_cursor)


@items.operation(
    "POST",
    "/jobs/{job_id}/items/withdraw",
    permission="job.write",
    body=WithdrawItemsInput,
    example={"ranges": [{"rate": "standard", "first": 101, "last": 200}]},
    returns=ItemsWithdrawnView,
    idempotent=True,
    body_bytes=WITHDRAWAL_BYTES,
)
def withdraw_items_of_job(body: dict[str, Any], job_id: UUID) -> Withdrawn:
    """Take items back that are in no task: by name, by ranges, or all of them. They leave the contracts that have them.

    One item in a task refuses all (`items_in_work`); who opened that task can take back what nobody has begun.
    """
    if body.get("ranges") is not None:
        body["ranges"] = [ItemRange(**one) for one in body["ranges"]]
    return withdraw_items(session(), actor(), job_id, **body)


@items.operation(
    "POST",
    "/jobs/{job_id}/items",
    permission="job.write",
    query=ItemsQuery,
    returns=ItemsAddedView,
    body_bytes=STREAM_BYTES_MAX,
    refusals=[409, 413, 415, 422],
    doc={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": ItemsInput, "example": _ITEMS_EXAMPLE},
                "application/x-ndjson": {
                    "schema": {"type": "string", "description": "One item a line, each as in the JSON body."},
                    "example": _LINES_EXAMPLE,
                },
                "text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
            },
        }
    },
)
def add_items_to_job(query: dict[str, Any], job_id: UUID) -> With:
    """Add items, before publication or while the job is open or paused.

    Up to ten thousand as JSON, or any number as NDJSON or CSV in one streamed request.

    NDJSON is one item a line. CSV (RFC 4180, UTF-8) begins with a line that names the columns: `external_id`, `rate`,
    and `text`, `url` or `media`. Any of the three may come with `Content-Encoding: gzip`.

    Safe to send again after a broken connection: an item whose `external_id` is there with the same content is
    skipped, with another content it is an error (`item_conflict`). Send a `Content-Length` or gzip, so that a broken
    connection is told from the end; of a plain chunked body the whole lines that arrived are taken.
    """
    body, on_error = Body(request), query["on_error"]
    form, rows = _rows(body)

    def add(result: AddResult) -> None:
        try:
            add_items(session(), actor(), job_id, rows, on_error=on_error, into=result)
        except DomainError as error:
            if error.spec is ITEMS_REFUSED and form == "json":
                error.errors = tuple(FieldError(f"/items{e.pointer}", e.code, e.message) for e in error.errors)
            raise

    return receive(job_id, body, form, on_error, add)


def _rows(body: Body) -> tuple[str, Iterator[ItemRow]]:
    """The form of a body by its content type, and its rows, of which none is read yet."""
    if request.mimetype in NDJSON:
        return "ndjson", rows_from_ndjson(body.lines())
    if request.mimetype == CSV:
        return "csv", rows_from_csv(body.lines())
    if not request.is_json:
        raise UnsupportedMediaType(f"Items come as application/json, application/x-ndjson or {CSV}.")
    return "json", _json_rows(body)


def _json_rows(body: Body) -> Iterator[ItemRow]:
    yield from rows_from_json(body.json(ItemsEnvelope(), JSON_BYTES)["items"])


@items.operation(
    "POST",
    "/media",
    permission="job.write",
    returns=MediaView,
    status=201,
    idempotent=True,
    body_bytes=MEDIA_BYTES,
    refusals=[413, 415],
    doc={
        "requestBody": {
            "required": True,
            "content": {
                "image/*": {"schema": {"type": "string", "format": "binary"}},
                "audio/*": {"schema": {"type": "string", "format": "binary"}},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                },
            },
        }
    },
)
def add_media() -> Media:
    """Hand in an image (JPEG, PNG, WebP), a sound (WAV, MP3, Ogg, FLAC, M4A) or a point cloud (PCD, PLY).

    As the body itself or as `file` of a form; items then name it by its id. What it is, is read from the bytes, never
    from the type that is said. The same bytes handed in twice are kept once. An image goes to workers byte for byte,
    so what its camera wrote into it (place, time, camera) does too: take out first what they are not to have.
    """
    stream, filename = _media()
    return media.store_media(session(), actor(), get_context().storage, cast("BinaryIO", stream), filename)


def _media() -> tuple[IO[bytes], str]:
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        if file is None:
            raise BODY_MALFORMED.error('The form has no file named "file".')
        return file.stream, file.filename or "media"
    if not request.mimetype.startswith(("image/", "audio/", "model/", "application/octet-stream")):
        raise UnsupportedMediaType
    return io.BytesIO(request.get_data()), "media"

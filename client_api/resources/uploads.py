"""What became of uploads, and their bad rows to read or to download."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

from flask import Response, request, stream_with_context

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.uploads import UploadErrorQuery, UploadErrorView, UploadView
from marketplace.db.paging import Page
from marketplace.intake import uploads as intake
from marketplace.intake.models import Upload, UploadError
from marketplace.kernel.ids import public
from marketplace.kernel.spreadsheets import csv_line
from marketplace.web.database import transactions

_COLUMNS: Final = ("line", "external_id", "code", "message", "pointer")
_TYPES: Final = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
_EXAMPLES: Final = {
    "csv": "line,external_id,code,message,pointer\r\n7,n-7,rate_unknown,The job has no rate 'gold'.,\r\n",
    "ndjson": '{"line": 7, "external_id": "n-7", "code": "rate_unknown", '
    '"message": "The job has no rate \'gold\'.", "pointer": ""}\n',
}

uploads = Theme("uploads", "What became of each upload of items, and its bad rows to download.")


@uploads.operation(
    "GET", "/jobs/{job_id}/uploads", permission="job.read", query=ListQuery, returns=UploadView, page=True
)
def list_uploads(query: dict[str, Any], job_id: UUID) -> Page[Upload]:
    """List the uploads to a job, the newest first, the refused and the broken among them."""
    return intake.list_uploads(session(), actor(), job_id, **query)


@uploads.operation("GET", "/uploads/{upload_id}", permission="job.read", returns=UploadView)
def read_upload(upload_id: UUID) -> Upload:
    """Read what became of an upload: state, counts, and the digest of what was received."""
    return intake.get_upload(session(), actor(), upload_id)


@uploads.operation(
    "GET",
    "/uploads/{upload_id}/errors",
    permission="job.read",
    query=UploadErrorQuery,
    returns=UploadErrorView,
    page=True,
    doc={
        "x-other-forms": {
            kind: {"schema": {"type": "string"}, "example": _EXAMPLES[name]} for name, kind in _TYPES.items()
        }
    },
)
def list_upload_errors(query: dict[str, Any], upload_id: UUID) -> Page[UploadError] | Response:
    """Read the rows of an upload that became no items, page by page, or download them as CSV or NDJSON.

    The first ten thousand are kept, also of an upload that was refused. In CSV a cell that a spreadsheet would take
    for a formula begins with an apostrophe.
    """
    form = query.pop("format", None) or _accepted()
    if form == "json":
        return intake.list_errors(session(), actor(), upload_id, **query)
    upload = intake.get_upload(session(), actor(), upload_id)
    name = f"{public('upload', upload.id)}-errors.{form}"
    return Response(
        stream_with_context(_file(upload.id, _csv_line if form == "csv" else _json_line, form)),
        content_type=f"{_TYPES[form]}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _accepted() -> str:
    """The form that Accept asks for: JSON unless one of the others is preferred."""
    best = request.accept_mimetypes.best_match(["application/json", *_TYPES.values()], "application/json")
    return {kind: form for form, kind in _TYPES.items()}.get(best or "", "json")


def _file(upload_id: UUID, line: Callable[[dict[str, Any]], str], form: str) -> Iterator[str]:
    if form == "csv":
        yield _csv_line({name: name for name in _COLUMNS})
    # The request's own transaction has ended when the answer is sent.
    with transactions() as own:
        for error in intake.every_error(own, upload_id):
            yield line({name: getattr(error, name) for name in _COLUMNS})


def _csv_line(values: dict[str, Any]) -> str:
    return csv_line(values.values())


def _json_line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"

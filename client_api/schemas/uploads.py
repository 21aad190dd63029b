from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Instant, PublicId, View
from marketplace.intake.models import FORMS, UPLOAD


class UploadView(View):
    """One request that brought items, and what became of it."""

    id = PublicId("upload")
    job_id = PublicId("job")
    actor = fields.String(metadata={"description": "Who sent it."})
    format = fields.String(attribute="form", validate=validate.OneOf(FORMS))
    packed = fields.Boolean(metadata={"description": "Whether it came with gzip."})
    on_error = fields.String(validate=validate.OneOf(("abort", "skip")))
    state = fields.String(
        validate=validate.OneOf(sorted(UPLOAD.states)),
        metadata={
            "description": "`receiving`; `added`: its items are there; `refused`: `refusal_code` says why, and nothing "
            "was added; `broken`: connection or server broke off, nothing was added; send it again."
        },
    )
    received_bytes = fields.Integer(allow_none=True, metadata={"description": "As sent, as far as they arrived."})
    sha256 = fields.Function(
        lambda upload: None if upload.sha256 is None else upload.sha256.hex(),
        metadata={"type": ["string", "null"], "description": "Of the received bytes, hexadecimal."},
    )
    added = fields.Integer()
    skipped_existing = fields.Integer(metadata={"description": "Already there, with the same content."})
    error_count = fields.Integer(metadata={"description": "All bad rows that were found."})
    kept_error_count = fields.Integer(metadata={"description": "Those that are listed: the first ten thousand."})
    refusal_code = fields.String(allow_none=True)
    refusal_detail = fields.String(allow_none=True)
    started_at = Instant()
    ended_at = Instant(allow_none=True)


class UploadErrorView(View):
    """A row that did not become an item, and why."""

    line = fields.Integer(metadata={"description": "The physical line, or the place in the list, from 1."})
    external_id = fields.String(allow_none=True)
    code = fields.String()
    message = fields.String()
    pointer = fields.String(metadata={"description": "The place inside the row (RFC 6901); empty for the whole row."})


class UploadErrorQuery(ListQuery):
    """A page of errors, or all that are kept as a file."""

    format = fields.String(
        validate=validate.OneOf(("json", "csv", "ndjson")),
        metadata={"description": "`csv` and `ndjson` are files with all kept errors; so asks `Accept`."},
    )

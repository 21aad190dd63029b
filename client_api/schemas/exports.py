from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.audit import Hex
from client_api.schemas.fields import Input, Instant, PublicId, View
from client_api.schemas.operations import OperationProblemView
from client_api.schemas.statements import MONTH_RULES
from marketplace.exports.formats import FORMATS
from marketplace.exports.keeping import NAMES
from marketplace.exports.queries import STATES, Seen
from marketplace.provenance.statements import Month

FORMAT = validate.OneOf(sorted(FORMATS))
ANSWERS = validate.OneOf(["used", "not_used"])


class Monthly(fields.String):
    """A month by its first day."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        del attr, obj, kwargs
        return None if value is None else str(Month(value))


class ExportInput(Input):
    """What is to be exported."""

    format = fields.String(
        required=True,
        validate=FORMAT,
        metadata={
            "description": "`results.jsonl` is the canonical form of results; `results.csv`, `coco.json` (boxes) and "
            "`label_studio.json` hold the same answers. `consensus.jsonl` has what those to each item say together. "
            "`price_chain.csv` has the parts of each answer's price as far "
            "as you may see them; `payables.csv` what falls due to your organization, and takes no job. The formats "
            "that begin with `books` are for who may read the whole ledger: tables with control totals (`.csv`, all of "
            "them in `books.xlsx`), what is owed by its age at a month's end or today (`books_ageing.csv`), and every "
            "journal for other accounting programs."
        },
    )
    job_id = PublicId("job", load_default=None, allow_none=True)
    answers = fields.String(
        load_default="used",
        validate=ANSWERS,
        metadata={
            "description": "`not_used`: answers that are paid for but not to be used; they never share a file with "
            "the others. Only of `results.jsonl` and `results.csv`."
        },
    )
    month = fields.String(
        load_default=None,
        allow_none=True,
        validate=MONTH_RULES["validate"],
        metadata={"example": "2027-01", "description": "Of the books: one month of them; all unless given."},
    )


class ExportView(View):
    """A file that was asked for, with the operation that makes it."""

    id = PublicId("export", attribute="export.id")
    operation_id = PublicId("operation", attribute="export.operation_id")
    format = fields.String(attribute="export.format", validate=FORMAT)
    job_id = PublicId("job", attribute="export.job_id", allow_none=True)
    answers = fields.String(attribute="export.answers", validate=ANSWERS)
    month = Monthly(attribute="export.month", allow_none=True, metadata={"example": "2027-01"})
    state = fields.String(validate=validate.OneOf(STATES))
    rows = fields.Integer(attribute="export.row_count", allow_none=True)
    size = fields.Integer(attribute="export.byte_count", allow_none=True, metadata={"description": "In bytes."})
    sha256 = Hex(attribute="export.sha256", allow_none=True)
    link = fields.String(
        allow_none=True,
        metadata={
            "format": "uri",
            "description": "Where the file can be fetched for fifteen minutes, without a key; a new one with each "
            "reading. Null unless it is ready, and for a key that may not read what is in it.",
        },
    )
    problem = fields.Nested(OperationProblemView, allow_none=True, metadata={"description": "Of a failed one."})
    created_at = Instant(attribute="export.created_at", metadata={"description": "Real time, as all times here."})
    ready_at = Instant(attribute="export.ready_at", allow_none=True)
    expires_at = Instant(attribute="export.expires_at", allow_none=True, metadata={"description": "Then it goes."})


class KeptBookView(View):
    """A file of the books of a month that is over."""

    id = PublicId("kept_book")
    month = Monthly(metadata={"example": "2027-01"})
    name = fields.String(
        validate=validate.OneOf(sorted(NAMES)), metadata={"description": "Which table; `books.xlsx` has all of them."}
    )
    rows = fields.Integer(attribute="row_count")
    size = fields.Integer(attribute="byte_count", metadata={"description": "In bytes."})
    sha256 = Hex()
    link = fields.String(
        metadata={
            "format": "uri",
            "description": "Where the file can be fetched for fifteen minutes, without a key; a new one with each "
            "reading.",
        },
    )
    kept_at = Instant(attribute="written_at", metadata={"description": "Real time."})


class ExportQuery(ListQuery):
    """Filters of the list of exports."""

    job_id = PublicId("job")
    format = fields.String(validate=FORMAT)


def export_parts(seen: Seen, link: str | None) -> dict[str, Any]:
    """What an answer shows beside the row."""
    operation = seen.operation
    failed = operation.problem_code is not None
    return {
        "link": link,
        "problem": {"code": operation.problem_code, "detail": operation.problem_detail} if failed else None,
    }


EXPORT_EXAMPLE = {"format": "results.jsonl", "job_id": "job_01h455vb4pex5vsknk084sn02q"}

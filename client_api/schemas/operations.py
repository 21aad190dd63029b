from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Instant, PublicId, View
from marketplace.kernel.ids import public
from marketplace.operations.models import Operation
from marketplace.operations.states import OPERATION


class OperationProblemView(View):
    """Why an operation failed."""

    code = fields.String(metadata={"description": "One of the codes in docs/errors.md."})
    detail = fields.String()


class OperationProgressView(View):
    """How far it is."""

    done = fields.Integer(metadata={"description": "In what the kind of work counts in, such as rows."})
    total = fields.Integer(allow_none=True, metadata={"description": "Null while it is not known."})


class OperationView(View):
    """Long work. Ask again until `state` is succeeded, failed or cancelled."""

    id = PublicId("operation")
    kind = fields.String(metadata={"example": "export"})
    state = fields.String(validate=validate.OneOf(sorted(OPERATION.states)))
    subject = fields.Function(
        lambda operation: public(operation.subject_noun, operation.subject_id),
        metadata={"type": "string", "description": "The id of what it is about."},
    )
    started_by = PublicId("person", attribute="person_id")
    progress = fields.Nested(OperationProgressView)
    cancel_requested = fields.Boolean(
        metadata={"description": "Whether it was asked to stop; it ends at its next step."}
    )
    attempts = fields.Integer(metadata={"description": "How often it was begun; what breaks is begun again."})
    result = fields.Dict(
        keys=fields.String(), allow_none=True, metadata={"description": "What came of it, once it has succeeded."}
    )
    problem = fields.Nested(OperationProblemView, allow_none=True, metadata={"description": "Of a failed one."})
    created_at = Instant(metadata={"description": "Real time, as all times of an operation."})
    started_at = Instant(allow_none=True)
    finished_at = Instant(allow_none=True)
    expires_at = Instant(allow_none=True, metadata={"description": "When this record of it is deleted."})


class OperationQuery(ListQuery):
    """Filters of the list of operations."""

    state = fields.String(validate=validate.OneOf(sorted(OPERATION.states)))
    kind = fields.String(validate=validate.Length(1, 60), metadata={"example": "export"})


def operation_parts(operation: Operation) -> dict[str, Any]:
    """What an answer shows that is not a column."""
    failed = operation.problem_code is not None
    return {
        "progress": {"done": operation.progress_done, "total": operation.progress_total},
        "problem": {"code": operation.problem_code, "detail": operation.problem_detail} if failed else None,
        "cancel_requested": operation.cancel_requested_at is not None,
    }

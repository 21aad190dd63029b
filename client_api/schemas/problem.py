from __future__ import annotations

from marshmallow import fields

from client_api.schemas.fields import View


class FieldProblemSchema(View):
    """One thing wrong with one field."""

    pointer = fields.String(
        metadata={"description": "A JSON pointer into what was sent.", "example": "/rates/0/price/amount"}
    )
    code = fields.String(metadata={"example": "too_many_decimals"})
    message = fields.String(metadata={"example": "CNY has at most 6 decimals."})


class ProblemSchema(View):
    """An RFC 9457 problem document."""

    type = fields.String(metadata={"format": "uri", "description": "An address that explains the code."})
    title = fields.String(metadata={"example": "The input breaks a rule"})
    status = fields.Integer(metadata={"example": 422})
    detail = fields.String(metadata={"example": "One field breaks a rule."})
    instance = fields.String(metadata={"example": "/v1/jobs"})
    code = fields.String(metadata={"description": "Stable; for programs.", "example": "invalid"})
    request_id = fields.String(allow_none=True)
    errors = fields.List(fields.Nested(FieldProblemSchema), metadata={"description": "Only where fields are at fault."})
    data = fields.Dict(
        keys=fields.String(), metadata={"description": "Only where the code has more to say to programs."}
    )

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """All but `errors` and `data` are always there."""
        field_obj.required = field_name not in {"errors", "data"}

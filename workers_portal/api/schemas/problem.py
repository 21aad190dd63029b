"""Refusals on the wire; the same as in the document of the REST API for organizations, which a test holds."""

from typing import Annotated, Any, NotRequired, TypedDict

from workers_portal.api.describing import Says


class FieldProblemWire(TypedDict):
    """One thing wrong with one field."""

    pointer: Annotated[str, "A JSON pointer into what was sent.", Says(example="/answers/itm_01h4…/label")]
    code: Annotated[str, Says(example="out_of_range")]
    message: str


class ProblemWire(TypedDict):
    """An RFC 9457 problem document."""

    type: Annotated[str, "An address that explains the code.", Says(format="uri")]
    title: str
    status: int
    detail: str
    instance: str
    code: Annotated[str, "Stable; for programs."]
    request_id: str | None
    errors: NotRequired[Annotated[list[FieldProblemWire], "Only where fields are at fault."]]
    data: NotRequired[Annotated[dict[str, Any], "Only where the code has more to say to programs."]]

"""The OpenAPI 3.1 document of the worker API, made from the declared operations; docs/worker-openapi.json is a copy."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from marketplace.identity.permissions import DESCRIPTIONS
from marketplace.web.api_parts import IDEMPOTENCY_KEY, PROBLEM_RESPONSE, id_parameters
from marketplace.web.documenting.examples import read_examples, show_example
from marketplace.web.documenting.page import text_of
from marketplace.web.faces import WORKER_API
from workers_portal.api.declaring import OPERATIONS, TAGS, Operation
from workers_portal.api.describing import Describer
from workers_portal.api.schemas.problem import ProblemWire

VERSION: Final = "1.0.0"
EXAMPLES: Final = Path(__file__).with_name("examples.json")
_ABOUT: Final = """
A worker's own view of the market: finding and doing work, answers and disputes, pay.

**Keys.** `Authorization: Bearer pwk_…`, made on the worker's page of keys. A key acts for one worker.

**Ids** are opaque and prefixed. What you may not see answers exactly like what does not exist: 404.

**Money** is `{"amount": "0.90", "currency": "CNY"}`, an exact decimal string, never a number.

**Times** are RFC 3339 in UTC; a lease is also given in seconds left.

**Lists** take `cursor` and `limit` and answer `data`, `next_cursor`, `has_more` and a `Link` header. Unknown filters
are refused with 400.

**Errors** are problem documents (RFC 9457) with a stable `code`; `errors` points at each field that is wrong.

**Sending again.** What is marked `x-repeatable` may be sent again after a broken connection: it takes effect once.
Where an operation asks for `Idempotency-Key`, the same request with the same key takes effect once and is answered the
same, with `Idempotent-Replayed: true`. A claim asks for no key: whoever got no answer finds it in the list of claims.
""".strip()
_BODY_TYPE: Final = "application/json"


def document() -> dict[str, Any]:
    """The whole document as plain values, in a stable order."""
    describer = Describer()
    problem = describer.schema(ProblemWire)
    assert problem == {"$ref": "#/components/schemas/Problem"}
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        item = paths.setdefault(WORKER_API.prefix + operation.path, {})
        if "{" in operation.path:
            item["parameters"] = id_parameters(operation.path)
        item[operation.method.lower()] = _described(describer, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Piecework for workers",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(describer.components.items())),
            "parameters": {"IdempotencyKey": IDEMPOTENCY_KEY},
            "responses": {"Problem": PROBLEM_RESPONSE},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key of a worker, `pwk_…`."}
            },
        },
        "x-permissions": {
            name: text
            for name, text in sorted(DESCRIPTIONS.items())
            if name in {operation.permission for operation in OPERATIONS}
        },
    }


def text() -> str:
    """The document as it is committed and served."""
    return text_of(document())


def _described(describer: Describer, operation: Operation) -> dict[str, Any]:
    parameters = [*_query(describer, operation)]
    if operation.keyed:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    found: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        **({"description": operation.description} if operation.description else {}),
        "x-permission": operation.permission,
        **({"x-repeatable": True} if operation.repeatable else {}),
        **({"parameters": parameters} if parameters else {}),
    }
    if operation.body is not None:
        required = any(is_required for _, is_required in describer.fields(operation.body).values())
        schema = describer.schema(operation.body)
        found["requestBody"] = {"required": required, "content": {_BODY_TYPE: {"schema": schema}}}
    answer: dict[str, Any] = {
        "description": HTTPStatus(operation.status).phrase,
        "content": _content(describer, operation),
    }
    refused = {"$ref": "#/components/responses/Problem"}
    found["responses"] = {
        str(operation.status): answer,
        **{str(status): refused for status in _statuses(operation)},
        "default": refused,
    }
    show_example(found, read_examples(EXAMPLES))
    return found


def _content(describer: Describer, operation: Operation) -> dict[str, Any]:
    if operation.file is not None:
        return {operation.file: {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": describer.schema(operation.returns)}}


def _query(describer: Describer, operation: Operation) -> list[dict[str, Any]]:
    found = []
    for name, (hint, required) in ({} if operation.query is None else describer.fields(operation.query)).items():
        schema = describer.schema(hint)
        about = schema.pop("description", None)
        parameter = {"in": "query", "name": name, "required": required, "schema": schema}
        found.append({**parameter, **({"description": about} if about else {})})
    return found


def _statuses(operation: Operation) -> list[int]:
    # 400: any query may name what there is not.
    found = {400, 401, 403, 429, *operation.refusals}
    found |= {404} if "{" in operation.path else set()
    found |= {413, 422} if operation.body is not None else set()
    found |= {413} if operation.method != "GET" else set()
    found |= {409, 422} if operation.keyed else set()
    return sorted(found)

"""The OpenAPI 3.1 document, made from the declared operations; docs/openapi.json is a copy of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest import Api  # type: ignore[import-untyped]
from marshmallow import Schema

from client_api.schemas.problem import ProblemSchema
from marketplace.identity.permissions import DESCRIPTIONS
from marketplace.web.api_parts import IDEMPOTENCY_KEY, IF_MATCH, PROBLEM_RESPONSE
from marketplace.web.documenting.examples import read_examples, show_example
from marketplace.web.documenting.page import text_of

VERSION: Final = "1.0.0"
EXAMPLES: Final = Path(__file__).with_name("examples.json")
_ABOUT: Final = """
Every cent from the client's price to the worker's pocket.

**Keys.** `Authorization: Bearer pwk_…`. A key acts for one organization with the permissions of its holder's role, or
fewer; each operation names the one it needs.

**Ids** are opaque and prefixed. What you may not see answers exactly like what does not exist: 404.

**Money** is `{"amount": "0.90", "currency": "CNY"}`, an exact decimal string, never a number.

**Times** are RFC 3339 in UTC.

**Lists** take `cursor` and `limit` and answer `data`, `next_cursor`, `has_more` and a `Link` header. Unknown filters
are refused with 400.

**Errors** are problem documents (RFC 9457) with a stable `code`; `errors` points at each field that is wrong.

**Idempotency.** Where an operation asks for `Idempotency-Key`, sending the same request again with the same key does it
once and answers the same, with `Idempotent-Replayed: true`. Keys are kept for 30 days; refusals are not kept. Secrets
are never kept either: in a replayed answer they are null, and `Idempotent-Withheld` names them.

**Bodies** may be packed: `Content-Encoding: gzip`.

**Versions.** `ETag` names the version of what you read; changes send it back as `If-Match`.
""".strip()


def make_api(app: Flask) -> Any:
    """flask-smorest bound to the app, without its own error handlers and documentation addresses."""
    app.config.setdefault("API_TITLE", "Piecework")
    app.config.setdefault("API_VERSION", VERSION)
    app.config.setdefault("OPENAPI_VERSION", "3.1.0")
    about = {"description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}}
    return _QuietApi(app, spec_kwargs={"info": about, "marshmallow_plugin": MarshmallowPlugin(_schema_name)})


def _schema_name(schema: Schema | type[Schema]) -> str:
    """`JobView` is the component "Job": readers care about the noun."""
    cls = schema if isinstance(schema, type) else type(schema)
    return cls.__name__.removesuffix("Schema").removesuffix("View")


class _QuietApi(Api):  # type: ignore[misc]
    """Errors are the business of `problems`; there is one set of them for the whole face."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        return


def document(api: Any) -> dict[str, Any]:
    """The whole document as plain values, in a stable order."""
    found: dict[str, Any] = json.loads(json.dumps(api.spec.to_dict()))
    components = found["components"]
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key of an organization, `pwk_…`."}
    }
    components["parameters"] = {"IdempotencyKey": IDEMPOTENCY_KEY, "IfMatch": IF_MATCH}
    components["responses"] = {"Problem": PROBLEM_RESPONSE}
    found["security"] = [{"key": []}]
    found["servers"] = [{"url": "/", "description": "This server"}]
    found["x-permissions"] = dict(sorted(DESCRIPTIONS.items()))
    # In the order of the themes: what a newcomer needs first comes first.
    found["tags"] = [{**tag, "name": tag["name"].removeprefix("v1_")} for tag in found["tags"]]
    for path in found["paths"].values():
        for method in path.keys() - {"parameters"}:
            _tidy(path[method])
            show_example(path[method], read_examples(EXAMPLES))
    found["paths"] = dict(sorted(found["paths"].items()))
    components["schemas"].pop("PaginationMetadata", None)
    components["schemas"] = dict(sorted(components["schemas"].items()))
    return found


def text(api: Any) -> str:
    """The document as it is committed and served."""
    return text_of(document(api))


def _tidy(operation: dict[str, Any]) -> None:
    headers = [{"$ref": f"#/components/parameters/{name}"} for name in operation.pop("x-headers")]
    if headers:
        operation["parameters"] = [*operation.get("parameters", []), *headers]
    responses = operation["responses"]
    forms = operation.pop("x-other-forms", {})
    for code in responses:
        if forms and code.isdecimal() and int(code) < 400:
            responses[code].setdefault("content", {}).update(forms)
    responses.pop("default", None)
    operation["responses"] = {
        code: {"$ref": "#/components/responses/Problem"} if int(code) >= 400 else responses[code]
        for code in sorted(responses)
    }
    operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}

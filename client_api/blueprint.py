"""How an operation is declared: once, with its permission, schemas and rules, over a plain function.

flask-smorest parses, dumps and documents; around it stand the guard (who, may they, commit or roll back), the ids of
the address, and the idempotency key. A view then only calls its verb.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

from flask import Response, g, request
from flask_smorest import Blueprint  # type: ignore[import-untyped]
from marshmallow import RAISE, Schema

from client_api.errors import PRECONDITION_REQUIRED
from client_api.paging import envelope, page_of
from client_api.reading import PARSER
from client_api.validation import refusal
from marketplace.kernel.errors import STALE
from marketplace.kernel.ids import parse
from marketplace.web.api_parts import ETAG_PATTERN, id_parameters, noun, rule_of
from marketplace.web.faces import API
from marketplace.web.guard import guarded
from marketplace.web.idempotency import replayable

BODY_BYTES: Final = 1_000_000
_ETAG: Final = re.compile(ETAG_PATTERN)
F = TypeVar("F", bound=Callable[..., Any])


class Theme:
    """The operations of one theme; `blueprint` is what the app registers."""

    def __init__(self, name: str, description: str) -> None:
        """`name` is the tag under which the documentation shows them."""
        self.name = name
        self.blueprint: Any = Blueprint(f"v1_{name}", __name__, url_prefix=API.prefix, description=description)
        self.blueprint.ARGUMENTS_PARSER = PARSER

    def operation(
        self,
        method: str,
        path: str,
        *,
        permission: str,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        returns: type[Schema] | None = None,
        status: int = 200,
        page: bool = False,
        idempotent: bool = False,
        secret_fields: Sequence[str] = (),
        versioned: bool = False,
        if_match: bool = False,
        location: str | None = None,
        body_bytes: int | None = BODY_BYTES,
        example: Any = None,
        refusals: Sequence[int] = (),
        doc: Mapping[str, Any] | None = None,
    ) -> Callable[[F], F]:
        """Declare a view; it gets body or query first, then ids by name (as UUIDs), then `version` if `if_match`.

        It returns what `returns` dumps, for a `page` a page of it, or a finished Response. `versioned` sends the row's
        version as ETag, `if_match` demands it back. `secret_fields` are members of an idempotent answer that are null
        when it is replayed: secrets are never kept. `location` is a template over the answer. `body_bytes` is the
        longest body. `refusals` are statuses beyond those that follow from the other arguments. `doc` is merged into
        the OpenAPI operation.
        """

        def declare(view: F) -> F:
            schema = page_of(returns) if page and returns is not None else returns
            call: Any = _answer(view, page=page, versioned=versioned)
            call = self.blueprint.response(status, schema)(call)
            if body is not None:
                required = any(field.required for field in body().fields.values())
                call = self.blueprint.arguments(body, location="json", required=required, example=example)(call)
            if query is not None:
                call = self.blueprint.arguments(query, location="query", error_status_code=400, unknown=RAISE)(call)
            call = _finish(call, versioned=versioned, location=location)
            _check_secrets(secret_fields, returns, idempotent)
            call = replayable(call, secret_fields) if idempotent else call
            call = _prepare(call, takes_query=query is not None, if_match=if_match, body_bytes=body_bytes)
            statuses = _statuses(path, body, idempotent, if_match, refusals)
            call = self.blueprint.doc(
                operationId=view.__name__,
                **{"x-permission": permission},
                **{"x-headers": [*["IdempotencyKey"] * idempotent, *["IfMatch"] * if_match]},
                responses={str(code): {"$ref": "#/components/responses/Problem"} for code in statuses},
                **(doc or {}),
            )(call)
            call = guarded(permission)(call)
            self.blueprint.route(
                rule_of(path),
                methods=[method],
                endpoint=view.__name__,
                tags=[self.name],
                parameters=id_parameters(path),
            )(call)
            return view

        return declare


def _check_secrets(names: Sequence[str], returns: type[Schema] | None, idempotent: bool) -> None:
    fields = {} if returns is None else returns().fields
    wrong = [name for name in names if not (idempotent and name in fields and fields[name].allow_none)]
    if wrong:
        raise ValueError(f"{wrong}: a secret is a member that may be null, of an answer that can be replayed")


def _statuses(
    path: str,
    body: type[Schema] | None,
    idempotent: bool,
    if_match: bool,
    refusals: Sequence[int],
) -> list[int]:
    # 400: any query may name what there is not.
    found = {400, 401, 403, *refusals}
    found |= {404} if "{" in path else set()
    found |= {413, 415, 422} if body is not None else set()
    found |= {409, 422} if idempotent else set()
    found |= {412, 428} if if_match else set()
    return sorted(found)


def _prepare(
    call: Callable[..., Response], *, takes_query: bool, if_match: bool, body_bytes: int | None
) -> Callable[..., Response]:
    """The limit of the body, the ids of the address as UUIDs, and the version that If-Match names."""

    @functools.wraps(call)
    def prepared(**kwargs: str) -> Response:
        request.max_content_length = body_bytes
        if not takes_query and request.args:
            # What belongs into the body must not seem to have been heard.
            raise refusal({"query": {name: ["Unknown field."] for name in request.args}})
        ids: dict[str, Any] = {name: parse(noun(name), text) for name, text in kwargs.items()}
        if if_match:
            ids["version"] = _version()
        return call(**ids)

    return prepared


def _version() -> int:
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        raise PRECONDITION_REQUIRED.error("Send If-Match with the ETag of the version that you read.")
    match = _ETAG.fullmatch(header)
    if match is None:
        raise STALE.error("If-Match names no version of this; read it again and take its ETag.")
    return int(match[1])


def _answer(view: Callable[..., Any], *, page: bool, versioned: bool) -> Callable[..., Any]:
    @functools.wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        value = view(*args, **kwargs)
        if isinstance(value, Response):
            return value
        if versioned:
            g.etag_version = value["version"] if isinstance(value, Mapping) else value.version
        return envelope(value) if page else value

    return answer


def _finish(call: Callable[..., Response], *, versioned: bool, location: str | None) -> Callable[..., Response]:
    """ETag and Location, which follow from the answer; 304 where the caller has this version already."""

    @functools.wraps(call)
    def finished(*args: Any, **kwargs: Any) -> Response:
        response = call(*args, **kwargs)
        if response.status_code == HTTPStatus.NO_CONTENT:
            # Not even the type of a body, which is what a client would try to read.
            del response.headers["Content-Type"]
            return response
        dumped = g.get("_flask_smorest", {}).get("result_dump")
        if location is not None and dumped is not None:
            response.headers["Location"] = API.prefix + location.format_map(dumped)
        if versioned:
            response.set_etag(str(g.etag_version))
            if request.method == "GET":
                return cast("Response", response.make_conditional(request))
        return response

    return finished

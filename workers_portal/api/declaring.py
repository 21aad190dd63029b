"""How an operation of the worker API is declared: once, beside its view.

    @tasks.operation("POST", "/disputes", permission="dispute.open", body=DisputeInput, status=201, keyed=True)
    def open_dispute(given: dict[str, Any]) -> OpenedDispute:
        "Contest a rejection ..."

The return annotation is what the document shows as the answer and what mypy holds the view to. A view gets the body
first if it takes one, then the ids of the address by name, as UUIDs.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from flask import Response, current_app, request

from marketplace.kernel.errors import FieldError
from marketplace.kernel.ids import parse
from marketplace.web.api_parts import noun, rule_of
from marketplace.web.guard import guarded
from marketplace.web.idempotency import replayable
from marketplace.web.malformed import QUERY_INVALID
from workers_portal.api import blueprint
from workers_portal.api.body import read_body

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address, as it was declared."""

    name: str
    tag: str
    method: str
    path: str
    permission: str
    summary: str
    description: str
    body: Any
    query: Any
    returns: Any
    status: int
    keyed: bool
    repeatable: bool
    refusals: tuple[int, ...]
    file: str | None


OPERATIONS: Final[list[Operation]] = []
"""Everything that was declared, in that order."""
TAGS: Final[dict[str, str]] = {}
"""The themes and what they are about, in the order in which they were made."""


class Theme:
    """The operations under one tag of the document."""

    def __init__(self, name: str, about: str) -> None:
        """`name` is the tag, and the attribute of the client."""
        self.name = name
        TAGS[name] = about

    def operation(
        self,
        method: str,
        path: str,
        *,
        permission: str,
        body: Any = None,
        query: Any = None,
        status: int = 200,
        keyed: bool = False,
        repeatable: bool = False,
        refusals: Sequence[int] = (),
        file: str | None = None,
    ) -> Callable[[F], F]:
        """Declare a view at `/worker/v1` + `path`, such as `/claims/{claim_id}`.

        `body` and `query` are typed dictionaries. `keyed` demands an Idempotency-Key, as whatever creates or moves
        money does unless it is idempotent by itself; then it is `repeatable`: a client that got no answer sends it
        again. `refusals` are statuses beyond those that follow from the other arguments. `file` is the media type of an
        answer that is a file and no JSON: a finished Response.
        """

        def declare(view: F) -> F:
            summary, _, description = inspect.cleandoc(view.__doc__ or "").partition("\n\n")
            OPERATIONS.append(
                Operation(
                    view.__name__,
                    self.name,
                    method,
                    path,
                    permission,
                    " ".join(summary.split()),
                    description.strip(),
                    body,
                    query,
                    typing.get_type_hints(view, include_extras=True).get("return"),
                    status,
                    keyed,
                    repeatable,
                    tuple(refusals),
                    file,
                )
            )
            call = _called(view, method, body, query, status)
            if keyed:
                call = replayable(_finished(call))
            blueprint.add_url_rule(rule_of(path), view.__name__, guarded(permission)(call), methods=[method])
            return view

        return declare


def _called(view: Callable[..., Any], method: str, body: Any, query: Any, status: int) -> Callable[..., Any]:
    """The view behind its address: the query and the body read, the ids parsed, the answer with status and Link."""
    known = frozenset() if body is None else frozenset(typing.get_type_hints(body))

    @functools.wraps(view)
    def called(**kwargs: str) -> Any:
        if query is None and request.args:
            # What belongs into the body must not seem to have been heard.
            errors = [FieldError(f"/{name}", "unknown_filter", "There is no such parameter.") for name in request.args]
            raise QUERY_INVALID.error("This takes no query.", errors=errors)
        given = () if method == "GET" else (read_body(known),)
        ids = {name: parse(noun(name), text) for name, text in kwargs.items()}
        answer = view(*(given if body is not None else ()), **ids)
        return answer, status, _link(answer)

    return called


def _link(answer: Any) -> dict[str, str]:
    cursor = answer.get("next_cursor") if isinstance(answer, dict) else None
    if cursor is None:
        return {}
    query = urlencode({**request.args.to_dict(flat=False), "cursor": [cursor]}, doseq=True)
    return {"Link": f'<{request.base_url}?{query}>; rel="next"'}


def _finished(call: Callable[..., Any]) -> Callable[..., Response]:
    @functools.wraps(call)
    def finished(**kwargs: str) -> Response:
        return current_app.make_response(call(**kwargs))

    return finished

"""/docs: the OpenAPI document as a page that needs no script; /docs/errors: every code, and a page for each."""

from __future__ import annotations

import json
import re
import shlex
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template
from markupsafe import Markup, escape

from client_api import openapi
from client_api.documentation import errors_by_status, operations
from marketplace.web.guard import public

blueprint = Blueprint("api_docs", __name__, template_folder="templates")
EXTENSION = "client_api"


@lru_cache(maxsize=2)
def _document(api: Any) -> tuple[dict[str, Any], str]:
    # The routes do not change while a process lives.
    return openapi.document(api), openapi.text(api)


def _prose(text: str) -> Markup:
    """Paragraphs, `code` and **words** of the descriptions as HTML."""
    html = str(escape(text))
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", html)
    html = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", html)
    return Markup("".join(f"<p>{part}</p>" for part in html.split("\n\n") if part.strip()))  # noqa: S704 - escaped above


@blueprint.app_template_filter("api_prose")
def api_prose(text: str) -> Markup:
    """`_prose` for the templates."""
    return _prose(text)


@blueprint.app_template_filter("api_json")
def api_json(value: Any) -> str:
    """An example as readable JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


@blueprint.app_template_filter("api_curl")
def api_curl(operation: dict[str, Any]) -> str:
    """The example of an operation as a line for the shell; the body is the one shown below it."""
    lines = [f'curl -X {operation["method"]} "$API{operation["x-example-path"]}"', '-H "Authorization: Bearer $KEY"']
    headers = [parameter for parameter in operation["parameters"] if parameter["in"] == "header"]
    lines += ["-H " + shlex.quote(f"{header['name']}: {header['example']}") for header in headers]
    if operation["bodies"]:
        lines += [f'-H "Content-Type: {operation["bodies"][0]["type"]}"', "-d @body"]
    return " \\\n  ".join(lines)


@blueprint.get("/docs")
@public
def read_documentation() -> str:
    """The API for people."""
    document, _ = _document(current_app.extensions[EXTENSION])
    return render_template("api_docs/operations.html", document=document, themes=operations(document))


@blueprint.get("/docs/docs.css")
@public
def stylesheet() -> Response:
    """How the two pages look."""
    response = current_app.response_class(render_template("api_docs/docs.css"), mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@blueprint.get("/docs/errors")
@public
def read_errors() -> str:
    """Every code a refusal may carry."""
    return render_template("api_docs/errors.html", statuses=errors_by_status())


@blueprint.get("/docs/errors/<code>")
@public
def read_error(code: str) -> str:
    """What the `type` of a problem document leads to: one code, where it may come from, and what to do."""
    named = [
        (status, *entry) for status, entries in errors_by_status().items() for entry in entries if entry[0] == code
    ]
    if not named:
        abort(404)
    document, _ = _document(current_app.extensions[EXTENSION])
    status = str(named[0][0])
    given_by = [
        operation
        for listed in operations(document).values()
        for operation in listed
        if status in operation["responses"]
    ]
    return render_template("api_docs/error.html", named=named, given_by=given_by)


@blueprint.get("/v1/openapi.json")
@public
def read_openapi() -> Response:
    """The API for programs."""
    _, text = _document(current_app.extensions[EXTENSION])
    return current_app.response_class(text, mimetype="application/json")

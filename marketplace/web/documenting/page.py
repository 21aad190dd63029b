"""/docs: each OpenAPI document as a page that needs no script; /docs/errors: every code, and a page for each."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, current_app, render_template
from markupsafe import Markup, escape

from marketplace.web.documenting.errors import errors_by_status
from marketplace.web.documenting.reading import operations
from marketplace.web.guard import public

blueprint = Blueprint("api_docs", "marketplace.web", template_folder="templates")
_EXTENSION: Final = "piecework_api_documents"


@dataclass
class ApiDocument:
    """One API's document: its heading, the address of its page and of its source, and how to make it."""

    title: str
    page: str
    source: str
    make: Callable[[], dict[str, Any]]

    @cached_property
    def content(self) -> dict[str, Any]:
        """The document; the routes do not change while a process lives."""
        return self.make()

    @cached_property
    def text(self) -> str:
        """The document as it is committed and served."""
        return text_of(self.content)


def text_of(document: Mapping[str, Any]) -> str:
    """A document as text, in its own order."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def add_document(app: Flask, document: ApiDocument) -> None:
    """Show a document, and serve its source; called while its face registers."""
    app.extensions.setdefault(_EXTENSION, {})[document.page] = document

    @public
    def read_source() -> Response:
        return app.response_class(document.text, mimetype="application/json")

    app.add_url_rule(document.source, f"source of {document.page}", read_source)


def _documents() -> Mapping[str, ApiDocument]:
    found: Mapping[str, ApiDocument] = current_app.extensions.get(_EXTENSION, {})
    return found


@blueprint.context_processor
def documents_for_templates() -> dict[str, Any]:
    """What the navigation of these pages lists."""
    return {"api_documents": list(_documents().values())}


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
    """The API of organizations, for people."""
    return _page("/docs")


@blueprint.get("/docs/worker")
@public
def read_worker_documentation() -> str:
    """The API of workers, for people."""
    return _page("/docs/worker")


def _page(address: str) -> str:
    document = _documents().get(address)
    if document is None:
        abort(404)
    content = document.content
    return render_template(
        "api_docs/operations.html",
        title=document.title,
        source=document.source,
        document=content,
        themes=operations(content),
    )


@blueprint.get("/docs/docs.css")
@public
def stylesheet() -> Response:
    """How these pages look."""
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
    status = str(named[0][0])
    given_by = [
        {**operation, "page": document.page}
        for document in _documents().values()
        for listed in operations(document.content).values()
        for operation in listed
        if status in operation["responses"]
    ]
    return render_template("api_docs/error.html", named=named, given_by=given_by)

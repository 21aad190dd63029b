"""REST for organizations: requesters, subcontractors, finance, integrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Put /v1 and its documentation into the app."""
    from client_api import openapi
    from marketplace.web.documenting.page import ApiDocument, add_document

    # Members in the order of the schemas: what a reader looks for first comes first.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    api = _bind(app)
    add_document(app, ApiDocument("REST API", "/docs", "/v1/openapi.json", lambda: openapi.document(api)))


def standalone() -> Any:
    """The API bound to an app of its own, for making its documentation without a database."""
    from flask import Flask

    return _bind(Flask("documentation"))


def _bind(app: Flask) -> Any:
    from client_api import openapi
    from client_api.resources import THEMES

    api = openapi.make_api(app)
    for theme in THEMES:
        api.register_blueprint(theme.blueprint)
    return api

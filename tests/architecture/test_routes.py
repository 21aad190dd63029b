"""Every address of the whole application says who may call it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, get_origin, is_typeddict

import pytest
from flask import Flask

from marketplace.entrypoints.wsgi import create_app
from marketplace.identity.permissions import DESCRIPTIONS
from marketplace.settings import Settings
from marketplace.web.api_parts import rule_of
from marketplace.web.faces import API, WORKER_API, face_of
from marketplace.web.guard import ATTRIBUTE, PUBLIC, SIGNED_IN
from workers_portal.api.declaring import OPERATIONS

# What everybody may call without a key or a session; whoever adds an address here says why in a review.
OPEN_TO_EVERYBODY: Final = {
    "/v1/verify/<code>",
    "/v1/openapi.json",
    "/docs",
    "/docs/worker",
    "/docs/docs.css",
    "/docs/errors",
    "/docs/errors/<code>",
    "/worker/v1/openapi.json",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("data")
    # Nothing connects: the routes are there before the first request.
    return create_app(
        Settings.from_env(
            {
                "DATA_DIR": str(folder),
                "DATABASE_URL": "postgresql://app@127.0.0.1:1/none",
                "DATABASE_OWNER_URL": "postgresql://owner@127.0.0.1:1/none",
            }
        )
    )


def _guards(app: Flask) -> dict[str, str | None]:
    """The guard of each rule; Flask's own delivery of static files serves what is published anyway."""
    return {
        rule.rule: getattr(app.view_functions[rule.endpoint], ATTRIBUTE, None)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.rpartition(".")[2] != "static"
    }


def test_every_route_has_a_permission_or_is_public_on_purpose(app: Flask) -> None:
    unguarded = [rule for rule, guard in _guards(app).items() if guard is None]
    assert unguarded == []


def test_every_guard_names_a_permission_that_exists(app: Flask) -> None:
    assert set(_guards(app).values()) <= {*DESCRIPTIONS, PUBLIC, SIGNED_IN}


def test_the_apis_and_their_documentation_open_only_what_is_listed(app: Flask) -> None:
    opened = {
        rule
        for rule, guard in _guards(app).items()
        if guard == PUBLIC and (face_of(rule) in {API, WORKER_API} or rule.startswith("/docs"))
    }
    assert opened == OPEN_TO_EVERYBODY


def test_every_route_of_the_worker_api_is_declared_for_its_document(app: Flask) -> None:
    declared = {(operation.method, rule_of(operation.path)) for operation in OPERATIONS}
    routes = {
        (method, rule.rule.removeprefix(WORKER_API.prefix))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(WORKER_API.prefix + "/") and rule.rule not in OPEN_TO_EVERYBODY
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == declared, (
        'declare it with a theme of workers_portal/api/themes.py, @claims.operation("POST", "/claims/{claim_id}/skip", '
        "permission=...), instead of @blueprint.post and @guarded; CONTRIBUTING.md says how, under 'The worker API'"
    )


def test_every_operation_of_the_worker_api_says_what_it_takes_and_answers() -> None:
    silent = [
        operation.name
        for operation in OPERATIONS
        if not operation.summary
        or not (operation.file or is_typeddict(get_origin(operation.returns) or operation.returns))
    ]
    assert silent == [], (
        "give the view a docstring, and as return annotation a typed dictionary of workers_portal/api/schemas, or "
        "Page[...] of one; CONTRIBUTING.md says how, under 'The worker API'"
    )

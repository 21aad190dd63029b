from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from marketplace.entrypoints import documentation
from marketplace.web.documenting.errors import known_errors

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return documentation.files()


@pytest.fixture(scope="module")
def document(files: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["docs/openapi.json"])
    return found


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


@pytest.mark.parametrize("path", ["docs/openapi.json", "docs/errors.md"])
def test_the_committed_document_is_fresh(path: str, files: dict[str, str]) -> None:
    assert (ROOT / path).read_text() == files[path], f"run: piecework docs ({path} is stale)"


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_operation_says_its_name_its_summary_its_permission_and_its_answers(document: dict[str, Any]) -> None:
    operations = _operations(document)
    names = [operation["operationId"] for _, _, operation in operations]
    assert len(set(names)) == len(names)
    for path, method, operation in operations:
        assert operation["summary"], (path, method)
        assert operation["x-permission"] in {*document["x-permissions"], "signed in"}
        assert "default" in operation["responses"], (path, method)
        assert operation["tags"][0] in {tag["name"] for tag in document["tags"]}


def test_every_post_that_takes_a_key_says_so_and_every_creation_takes_one(document: dict[str, Any]) -> None:
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for path, method, operation in _operations(document):
        if method == "post" and "201" in operation["responses"]:
            assert key in operation["parameters"], path


def test_examples_of_bodies_fit_their_schemas(document: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    for path, method, operation in _operations(document):
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            if "example" in media and kind == "application/json":
                validator = Draft202012Validator({**document, **media["schema"]})
                assert list(validator.iter_errors(media["example"])) == [], (path, method)


def test_every_refusal_of_every_package_is_documented(files: dict[str, str]) -> None:
    documented = set(re.findall(r"^\| `([a-z_]+)`", files["docs/errors.md"], re.MULTILINE))
    declared = {
        slug
        for package in ("marketplace", "client_api", "workers_portal")
        for path in (ROOT / package).rglob("*.py")
        for slug in re.findall(r"\bdefine\(\s*\"([a-z0-9_]+)\"", path.read_text())
    }
    assert declared - documented == set()


def test_every_refusal_explains_itself() -> None:
    silent = [spec.slug for spec in known_errors() if not spec.explanation]
    assert silent == []


def test_the_pages_show_every_operation_and_every_error(client: Any, document: dict[str, Any]) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    for path, _, operation in _operations(document):
        assert f'id="{operation["operationId"]}"' in text
        assert path in text
    assert "<script" not in text
    assert "style=" not in text
    errors = client.get("/docs/errors").get_data(as_text=True)
    for spec in known_errors():
        assert f'id="{spec.slug}"' in errors
    assert client.get("/docs/docs.css").mimetype == "text/css"


def test_the_type_of_every_problem_leads_to_a_page_about_it(client: Any) -> None:
    refused = client.get("/v1/me").get_json()
    assert refused["type"].endswith("/docs/errors/unauthenticated")
    for spec in known_errors():
        page = client.get(f"/docs/errors/{spec.slug}")
        assert page.status_code == 200, spec.slug
        assert spec.title in html.unescape(page.get_data(as_text=True))
    assert client.get("/docs/errors/no_such_code").status_code == 404


def test_the_served_document_is_the_committed_one(client: Any, files: dict[str, str]) -> None:
    assert client.get("/v1/openapi.json").get_data(as_text=True) == files["docs/openapi.json"]

"""The generated part: complete, fresh, and made from whatever a document may say."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from client_api.client import Client, WorkerClient
from client_api.generating import writing
from client_api.generating.calls import METHODS
from client_api.generating.targets import ORGANIZATIONS, WORKERS, Target

ROOT = Path(__file__).parents[3]
URL: Final = "http://127.0.0.1:1"


Api = tuple[Target, dict[str, Any], Client | WorkerClient]
CLIENTS: Final[dict[Target, type[Client | WorkerClient]]] = {ORGANIZATIONS: Client, WORKERS: WorkerClient}


@pytest.fixture(scope="module", params=CLIENTS, ids=lambda target: target.source)
def api(request: pytest.FixtureRequest) -> Api:
    target: Target = request.param
    return target, json.loads((ROOT / target.source).read_text(encoding="utf-8")), CLIENTS[target](URL, "pwk_none")


def test_the_committed_client_is_the_one_that_the_committed_document_makes(api: Api) -> None:
    target, document, _ = api
    made = writing.files(document, target)
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / target.folder).glob("*.py")}
    assert there == set(made), "run: piecework docs, and remove the modules of tags that are gone"
    stale = [name for name, text in made.items() if (ROOT / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run: piecework docs, and commit what it writes"


def test_making_it_twice_makes_the_same(api: Api) -> None:
    target, document, _ = api
    assert writing.files(document, target) == writing.files(json.loads(json.dumps(document)), target)


def test_every_operation_is_a_method_with_every_parameter(api: Api) -> None:
    _, document, client = api
    missing = []
    for item in document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            method = getattr(getattr(client, operation["tags"][0].replace("-", "_")), operation["operationId"], None)
            if method is None:
                missing.append(operation["operationId"])
                continue
            has = set(inspect.signature(method).parameters)
            wanted = {p["name"] for p in [*item.get("parameters", ()), *operation.get("parameters", ())] if "name" in p}
            wanted |= {"body"} if "requestBody" in operation else set()
            refs = [p["$ref"].rpartition("/")[2] for p in operation.get("parameters", ()) if "$ref" in p]
            wanted |= {{"IdempotencyKey": "idempotency_key", "IfMatch": "if_match"}[name] for name in refs}
            missing += [f"{operation['operationId']}: {name}" for name in sorted(wanted - has)]
    assert missing == []


def test_every_list_can_be_walked_row_by_row(api: Api) -> None:
    _, document, client = api
    pages = 0
    for item in document["paths"].values():
        operation = item.get("get", {})
        in_rows = "application/json" in operation.get("responses", {}).get("200", {}).get("content", {})
        if in_rows and any(p.get("name") == "cursor" for p in operation.get("parameters", ())):
            resource = getattr(client, operation["tags"][0])
            name = f"iter_{operation['operationId'].removeprefix('list_')}"
            assert "cursor" not in inspect.signature(getattr(resource, name)).parameters
            pages += 1
    assert pages >= 7


def test_importing_the_client_imports_nothing_of_the_service() -> None:
    program = (
        "import sys, client_api.client\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "print(*sorted(roots & {'apispec', 'flask', 'marketplace', 'marshmallow', 'psycopg', 'sqlalchemy'}))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""


ODD: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/v1/{class}/things/{thing-id}": {
            "parameters": [
                {"in": "path", "name": "class", "required": True, "schema": {"type": "string"}},
                {"in": "path", "name": "thing-id", "required": True, "schema": {"type": "string"}},
            ],
            "get": {
                "operationId": "list",
                "tags": ["odd-things"],
                "parameters": [
                    {
                        "in": "query",
                        "name": "filter[state]",
                        "schema": {"type": "array", "items": {"enum": ["a", "b"]}},
                    },
                    {"in": "query", "name": "kinds", "explode": False, "schema": {"type": "array", "items": {}}},
                    {"in": "query", "name": "from", "required": True, "schema": {"type": "string"}},
                    {"in": "query", "name": "body", "schema": {"type": ["integer", "null"]}},
                    {"in": "header", "name": "X-Trace", "schema": {"type": "string"}},
                    {"in": "cookie", "name": "session", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {"description": "", "content": {"text/csv": {"schema": {"type": "string"}}}},
                    "default": {"$ref": "#/components/responses/Nowhere"},
                },
            },
            "delete": {"responses": {"204": {"description": "gone"}}},
            "put": {
                "operationId": "list",
                "tags": ["odd-things"],
                "description": 'Says "quotes", a \\ and """three""" of Any Version.',
                "requestBody": {
                    "content": {
                        "multipart/form-data": {"schema": {"type": "object"}},
                        "application/merge-patch+json": {"schema": {"type": "object", "properties": {"a": {}}}},
                    }
                },
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}},
                    "202": {"content": {"application/json": {"schema": {"oneOf": [{"type": "null"}, {"const": 1}]}}}},
                    "204": {"description": "none"},
                },
            },
        },
    },
    "components": {
        "schemas": {
            "Tree": {
                "type": "object",
                "required": ["left"],
                "properties": {
                    "left": {"anyOf": [{"$ref": "#/components/schemas/Tree"}, {"type": "null"}]},
                    "class": {"type": "boolean"},
                    "Input.x": {"type": ["number", "integer", "null"]},
                    "kind": {"enum": ["A | B", "it's [one]", None, 3]},
                },
            },
            "list": {"type": "object", "properties": {"list": {"type": "array", "items": {"type": "string"}}}},
            "Money": {
                "type": "object",
                "required": ["amount", "currency"],
                "properties": {"amount": {"type": "string"}, "currency": {"type": "string"}},
            },
            "Lists": {"type": "object", "additionalProperties": {"type": "array"}},
            "Anything": {},
            "Nothing": {"$ref": "#/components/schemas/Absent"},
            "Strange": {"type": "object", "properties": {"x": {"enum": [1.5, "a"], "description": "Half a \\ word"}}},
            "Both": {"allOf": [{"$ref": "#/components/schemas/Tree"}, {"type": "object"}]},
        }
    },
}


@pytest.mark.slow
def test_whatever_a_document_says_becomes_a_client_that_passes_the_type_checker(tmp_path: Path) -> None:
    made = writing.files(ODD)
    for name, text in made.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        ast.parse(text)
    for part in ("client_api", "client_api/client"):
        (tmp_path / part / "__init__.py").touch()
    for path in (ROOT / "client_api/client").glob("*.py"):
        if path.name not in {"__init__.py", "client.py"}:
            (tmp_path / "client_api/client" / path.name).write_text(path.read_text(encoding="utf-8"))
    program = (
        "import inspect\n"
        "from client_api.client.generated import types as t, odd_things, resources\n"
        "print(*inspect.signature(odd_things.OddThings.list_).parameters)\n"
        "print(*t.Tree.__annotations__, sep=',')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "self class_ thing_id from_ filter_state kinds body_ x_trace",
        "left,class,Input.x,kind",
    ]
    text = made["client_api/client/generated/odd_things.py"]
    assert ('"kinds": comma(kinds)' in text, '"filter[state]": filter_state,' in text) == (True, True)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version=3.11", f"--cache-dir={tmp_path}/cache"]
    checked = subprocess.run(
        [*command, "client_api/client/generated"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    command = [sys.executable, "-m", "ruff", "check", f"--config={ROOT}/pyproject.toml", "--no-cache", "--quiet"]
    linted = subprocess.run(
        [*command, "client_api/client/generated"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout


def test_each_tag_is_an_attribute_of_the_client(api: Api) -> None:
    _, document, client = api
    used = {
        operation["tags"][0] for item in document["paths"].values() for m, operation in item.items() if m in METHODS
    }
    assert {tag.replace("-", "_") for tag in used} <= set(vars(client))

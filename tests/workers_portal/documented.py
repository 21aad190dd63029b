"""Holds what the worker API answers against its document: the status, every field, and no field besides."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

import workers_portal  # noqa: F401 - declares every operation
from workers_portal.api import openapi


def check(method: str, path: str, status: int, content_type: str, body: Any) -> None:
    """Raise AssertionError where an answer is not as documented; unknown addresses are not looked at."""
    operation = _operation(method, path.partition("?")[0])
    if operation is None:
        return
    declared = operation["responses"].get(str(status))
    assert declared is not None, f"{operation['operationId']} answers {status}, which its declaration does not list"
    declared = _document()["components"]["responses"]["Problem"] if "$ref" in declared else declared
    media = declared["content"].get(content_type.partition(";")[0])
    assert media is not None, f"{operation['operationId']} answers {status} as {content_type}"
    if media["schema"].get("format") == "binary":
        return
    schema = {"components": _document()["components"], **media["schema"]}
    wrong = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(body)]
    assert wrong == [], f"{operation['operationId']} answers {status} otherwise than it is declared"


@cache
def _document() -> dict[str, Any]:
    document = openapi.document()
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return document


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for declared, item in _document()["paths"].items():
        if method.lower() in item and re.fullmatch(re.sub(r"{\w+}", "[^/]+", declared), path):
            found: dict[str, Any] = item[method.lower()]
            return found
    return None

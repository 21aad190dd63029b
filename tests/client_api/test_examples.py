"""The examples in the documentation are what really was sent and answered: each operation is called here."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from client_api import openapi, standalone
from marketplace.rails.port import Rails
from tests.audit.parts import SIGNER
from tests.client_api.conftest import Market
from tests.client_api.tour.recorder import Recorder
from tests.client_api.tour.scenes import play
from tests.client_api.tour.tidying import Tidier
from workers_portal.api import openapi as worker_openapi

REWRITE: Final = "REWRITE_EXAMPLES"


@dataclass(frozen=True)
class Api:
    """A document, where its examples are kept, and what was exchanged on the tour."""

    document: dict[str, Any]
    path: Path
    exchanges: dict[str, Any]


@pytest.fixture
def apis(app: Flask, market: Market, session: Session, rails: Rails) -> list[Api]:
    recorder = Recorder(app)
    play(market, session, rails, SIGNER)
    tidier = Tidier()
    found = [
        Api(openapi.document(standalone()), openapi.EXAMPLES, tidier.tidy(recorder.kept)),
        Api(worker_openapi.document(), worker_openapi.EXAMPLES, tidier.tidy(recorder.kept_of_workers)),
    ]
    if os.environ.get(REWRITE):
        for api in found:
            api.path.write_text(json.dumps(api.exchanges, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return found


def test_every_operation_is_called_and_its_example_is_what_is_answered(apis: list[Api]) -> None:
    for api in apis:
        operations = {
            operation["operationId"]: operation
            for item in api.document["paths"].values()
            for method, operation in item.items()
            if method != "parameters"
        }
        assert operations.keys() - api.exchanges.keys() == set(), "not called by any scene of the tour"
        for name, exchange in api.exchanges.items():
            _fits(api.document, operations[name], exchange)
        kept = json.loads(api.path.read_text(encoding="utf-8"))
        stale = {name for name in operations if shape(kept.get(name)) != shape(api.exchanges[name])}
        assert stale == set(), f"run the tests with {REWRITE}=1 to write the examples anew"


def _fits(document: dict[str, Any], operation: dict[str, Any], exchange: dict[str, Any]) -> None:
    answer = exchange["answer"]
    declared = operation["responses"].get(str(answer["status"]))
    assert declared is not None, (operation["operationId"], answer["status"])
    media = declared.get("content", {}).get(answer["content_type"])
    if media is None:
        assert not answer["body"], operation["operationId"]
    elif isinstance(answer["body"], dict):
        errors = Draft202012Validator({**document, **media["schema"]}).iter_errors(answer["body"])
        assert [f"{error.json_path}: {error.message}" for error in errors] == [], operation["operationId"]


def shape(value: Any, depth: int = 0) -> Any:
    """Names and kinds of a value, whatever stands in it; of a list only whether it has rows."""
    if isinstance(value, dict):
        return {name: shape(member, depth + 1) for name, member in sorted(value.items()) if "_01h4" not in name}
    if isinstance(value, list):
        return [shape(value[0], depth + 1)] if value else []
    return type(value).__name__

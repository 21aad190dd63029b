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
from sqlalchemy import select
from sqlalchemy.orm import Session

from client_api import openapi, standalone
from marketplace.audit.models import AuditEvent
from marketplace.rails.port import Rails
from tests.audit.parts import SIGNER
from tests.client_api.conftest import Market
from tests.client_api.tour.recorder import Recorder
from tests.client_api.tour.scenes import play
from tests.client_api.tour.tidying import Tidier
from workers_portal.api import openapi as worker_openapi

ROOT: Final = Path(__file__).parents[2]
REWRITE: Final = "REWRITE_EXAMPLES"

WITHOUT_EVENT: Final[dict[str, str]] = {
    "beat": "how long a worker looked at hard content: kept for the limits of that day",
    "save_draft": "an answer that is not handed in yet; the submission is recorded",
    "set_page_settings": "how pages are shown to one worker, which is nobody else's matter",
    "set_time_factor": "a private matter of one worker that nobody else may learn of, from no log either",
    "take_next_review": "who looks at a claim for some minutes; the verdict is recorded",
    "ping_webhook": "a message to try an address with; the delivery is kept",
    "redeliver_webhook_delivery": "what was sent before is sent again; the delivery is kept",
}
"""Operations that may change something and write no event, and why none is needed."""


@dataclass(frozen=True)
class Api:
    """A document, where its examples are kept, and what was exchanged on the tour."""

    document: dict[str, Any]
    path: Path
    exchanges: dict[str, Any]


@pytest.fixture
def apis(app: Flask, market: Market, session: Session, rails: Rails) -> list[Api]:
    recorder = Recorder(app, session)
    play(market, session, rails, SIGNER)
    assert recorder.silent == WITHOUT_EVENT.keys(), "these operations wrote no event, or write one now"
    _the_log_fits_its_schemas(session)
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


def _the_log_fits_its_schemas(session: Session) -> None:
    """Every event of the tour against docs/audit-events.json, as somebody who has no more than that would check it."""
    kinds = json.loads((ROOT / "docs/audit-events.json").read_text(encoding="utf-8"))["kinds"]
    seen = set()
    for body in session.scalars(select(AuditEvent.body)):
        event = json.loads(body)
        schema = kinds[event["kind"]][str(event["v"])]
        errors = [
            f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(event["data"])
        ]
        assert errors == [], event
        seen.add(event["kind"])
    assert len(seen) > 100


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

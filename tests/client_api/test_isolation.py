"""One tenant never sees or changes what is another's: the whole tour of the API, repeated by strangers.

The tour leaves one of everything and remembers how each operation was called with success. Strangers of every tenant
role then send the very same requests, bodies and all.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.ids import new_id, public
from marketplace.rails.port import Rails
from marketplace.web.faces import WORKER_API
from tests.audit.parts import SIGNER
from tests.builders.digests import NOTED_BY_KEYS, changed, digests
from tests.client_api.conftest import Caller, Market
from tests.client_api.permission_table import ROLES, TABLE
from tests.client_api.story import Story, ok
from tests.client_api.tour.recorder import Recorder
from tests.client_api.tour.scenes import play

TENANTS: Final = "rvmwk"
"""Roles of tenants; the platform's own see everybody's, each as far as the table of roles says."""
OPEN_TO_ALL: Final = frozenset({"list_organizations", "read_organization_scorecard"})
"""Whoever may offer parts sees to whom, and how they work."""
ONES_OWN_WORD: Final = frozenset({"report_fee"})
"""Any worker may say what an organization asked of them; where they had nothing to do with it, nothing follows."""
_ID: Final = re.compile(r"\b([a-z]{3})_([0-7][0-9a-z]{25})\b")


@pytest.fixture
def recorder(app: Flask, market: Market, session: Session, rails: Rails) -> Recorder:
    found = Recorder(app, session)
    play(market, session, rails, SIGNER)
    return found


@pytest.fixture
def recorded(recorder: Recorder) -> dict[str, Any]:
    return dict(recorder.kept)


@pytest.fixture
def strangers(market: Market) -> dict[str, Caller]:
    return {
        letter: market.caller(market.organization(kind), role) if kind else market.caller(None)
        for letter, (kind, role) in ROLES.items()
        if letter in TENANTS
    }


def repeat(caller: Caller, exchange: dict[str, Any], *, path: str | None = None) -> Any:
    """The recorded request by somebody else, with a key of its own."""
    sent = exchange["request"]
    headers = {"If-Match": '"1"', "Idempotency-Key": uuid.uuid4().hex}
    address = (path or sent["path"]).removeprefix(caller.base)
    if sent["body"] is None and "Content-Type" in sent["headers"]:
        kind = sent["headers"]["Content-Type"]
        return caller.send(sent["method"], address, headers=headers, data=b"", content_type=kind)
    if sent["body"] is None:
        return caller.send(sent["method"], address, headers=headers)
    if isinstance(sent["body"], str):
        kind = sent["headers"]["Content-Type"]
        return caller.send(sent["method"], address, headers=headers, data=sent["body"], content_type=kind)
    return caller.send(sent["method"], address, headers=headers, json=sent["body"])


def test_the_tour_repeated_by_strangers_finds_nothing_and_changes_nothing(
    app: Flask, recorded: dict[str, Any], strangers: dict[str, Caller], session: Session
) -> None:
    before, tried = digests(session, NOTED_BY_KEYS), 0
    for operation, endpoint in _with_ids(app).items():
        if endpoint in OPEN_TO_ALL:
            continue
        exchange = recorded[endpoint]
        for letter, caller in strangers.items():
            answer = repeat(caller, exchange)
            may = letter in TABLE[operation] or TABLE[operation] == "*"
            assert answer.status_code == (404 if may else 403), (operation, letter, answer.text)
            if may:
                nothing = repeat(caller, exchange, path=_nothing(exchange["request"]["path"]))
                told = [(one.json["code"], one.json["title"], one.json["detail"]) for one in (answer, nothing)]
                assert told[0] == told[1], operation
            tried += 1
    assert tried >= 100
    assert changed(before, digests(session, NOTED_BY_KEYS)) == set()


def test_no_list_or_filter_shows_strangers_an_id_of_the_tour(
    recorded: dict[str, Any], strangers: dict[str, Caller]
) -> None:
    theirs = {match[0] for match in _ID.finditer(json.dumps(recorded))}
    tried = 0
    for endpoint, exchange in recorded.items():
        path = exchange["request"]["path"]
        if exchange["request"]["method"] != "GET" or _ID.search(path.partition("?")[0]) or endpoint in OPEN_TO_ALL:
            continue
        for letter, caller in strangers.items():
            answer = repeat(caller, exchange)
            assert answer.status_code in {200, 403, 404}, (endpoint, letter, answer.text)
            shown = {match[0] for match in _ID.finditer(answer.text)}
            assert shown & theirs == set(), (endpoint, letter)
            tried += 1
    assert tried >= 100


def test_what_a_worker_did_on_the_tour_is_nothing_to_another_worker(
    recorder: Recorder, market: Market, session: Session
) -> None:
    stranger = replace(market.caller(None), base=WORKER_API.prefix)
    recorded, before = dict(recorder.kept_of_workers), digests(session, NOTED_BY_KEYS)
    theirs = {match[0] for match in _ID.finditer(json.dumps(recorded))} - _open_work(recorded)
    for endpoint, exchange in recorded.items():
        sent = exchange["request"]
        if endpoint in ONES_OWN_WORD:
            continue
        if {match[0] for match in _ID.finditer(json.dumps([sent["path"], sent["body"]]))} & theirs:
            answer = repeat(stranger, exchange)
            assert answer.status_code == 404, (endpoint, answer.text)
        elif sent["method"] == "GET":
            answer = repeat(stranger, exchange)
            nothing_to_prove = {404} if endpoint == "download_statement_bundle" else set()
            assert answer.status_code in {200, *nothing_to_prove}, (endpoint, answer.text)
            assert {match[0] for match in _ID.finditer(answer.text)} & theirs == set(), endpoint
    assert changed(before, digests(session, NOTED_BY_KEYS)) == set()


def _open_work(recorded: dict[str, Any]) -> set[str]:
    """What everybody finds who looks for work."""
    return {match[0] for match in _ID.finditer(json.dumps(recorded["list_tasks"]))}


def test_a_layer_lists_its_own_contracts_and_not_those_below_its_buyer(market: Market, session: Session) -> None:
    story = Story(market, session)
    story.publish()
    story.contract()
    seen = {
        name: [contract["layer"] for contract in ok(caller.get("/contracts")).json["data"]]
        for name, caller in (("client", story.client), ("upper", story.upper), ("lower", story.lower))
    }
    assert seen == {"client": [1, 0], "upper": [2, 1], "lower": [2]}


def _with_ids(app: Flask) -> dict[str, str]:
    """The operations whose address names something, with their endpoints."""
    found = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = f"{method} {rule.rule.removeprefix('/v1')}"
            if rule.rule.startswith("/v1/") and rule.arguments and operation in TABLE:
                found[operation] = rule.endpoint.rpartition(".")[2]
    return found


def _nothing(path: str) -> str:
    """The same address with ids that nothing has."""
    return _ID.sub(lambda match: f"{match[1]}_{public('job', new_id()).partition('_')[2]}", path)

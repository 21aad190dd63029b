"""Rule 12 where something is refused: no refusal, and no answer to a change, tells an amount that is hidden.

Every operation that changes something is tried by every reader who may call it, on everything there is, with the bodies
of the documentation's examples and with prices, terms and counts that break a rule.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import client_api
import workers_portal
from client_api import openapi
from marketplace.kernel.ids import PREFIXES, public
from marketplace.web.faces import API, WORKER_API, face_of
from marketplace.web.guard import ATTRIBUTE
from tests.audit.parts import seal_all
from tests.builders.payouts import sandbox
from tests.builders.web import make_app
from tests.client_api.examples import money
from tests.provenance.sold import FIRST, SECOND, Looker, Sold, hidden_from, ids, numbers, paths
from workers_portal.api import openapi as worker_openapi

POLICIES: Final = ["finance_only", "shares", "full"]
PROBES: Final = ("8.8801", "6.2203", "4.4407", "2.6901", "1.0003")
"""Prices between those of the chain, and below the floor."""
LATE: Final = [{"weight": 1, "months": 119, "anchor": "month_end"}]
_ID: Final = re.compile(r"\b([a-z]{3})_[0-7][0-9a-z]{25}\b")


class Trying:
    """Sends what changes something, and takes it back; `leaks` are the hidden amounts that were told."""

    def __init__(self, session: Session, policy: str) -> None:
        self.session = session
        self.sold = Sold(session, policy)
        self.app = make_app(session, client_api.register, workers_portal.register, rails={"sandbox": sandbox(session)})
        readers = self.sold.readers(session)
        self.readers = {reader.name: reader for reader in readers}
        self.lookers = {reader.name: Looker(self.app, session, reader.actor) for reader in readers}
        self.hidden = {reader.name: hidden_from(reader, policy) for reader in readers}
        self.codes: Counter[str] = Counter()
        self.leaks: set[tuple[str, str, str]] = set()

    def send(self, reader: str, method: str, path: str, body: Any) -> TestResponse:
        answer = self.lookers[reader].send(method, path, body, uuid4().hex)
        told = answer.get_data(as_text=True)
        assert answer.status_code < 500, (reader, method, path, body, told)
        self.codes[(answer.get_json(silent=True) or {}).get("code", str(answer.status_code))] += 1
        # What one has said oneself is no news, whatever it happens to be.
        news = numbers(f"{told} {answer.headers}") - numbers(json.dumps(body))
        self.leaks |= {(reader, f"{method} {path}", str(found)) for found in news & self.hidden[reader]}
        return answer

    def once(self, reader: str, method: str, path: str, body: Any) -> None:
        """Send it, and leave everything as it was."""
        self.session.flush()
        connection = self.session.connection()
        # In SQL: the application's own session on this connection is none of the test's.
        connection.exec_driver_sql("SAVEPOINT before_it")
        self.send(reader, method, path, body)
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT before_it")

    def looks(self, reader: str, path: str) -> str:
        """What a list shows a reader now."""
        found = self.lookers[reader].get(path)
        assert found is not None
        assert found[0] == 200, found
        news = numbers(found[1])
        self.leaks |= {(reader, f"GET {path}", str(one)) for one in news & self.hidden[reader]}
        return found[1]


@pytest.fixture(params=POLICIES)
def trying(request: pytest.FixtureRequest, session: Session) -> Trying:
    return Trying(session, request.param)


def bodies() -> dict[str, Any]:
    """The bodies of the examples, by operation."""
    found: dict[str, Any] = {}
    for path in (openapi.EXAMPLES, worker_openapi.EXAMPLES):
        exchanges = json.loads(Path(path).read_text(encoding="utf-8"))
        found |= {name: exchange["request"]["body"] for name, exchange in exchanges.items()}
    return found


def with_real_ids(body: Any, known: dict[str, list[str]]) -> Any:
    """The body with ids that exist instead of those of the documentation."""
    nouns = {prefix: noun for noun, prefix in PREFIXES.items()}
    return json.loads(_ID.sub(lambda m: (known.get(nouns[m[1]]) or [m[0]])[0], json.dumps(body)))


@pytest.mark.slow
def test_no_operation_that_changes_something_tells_a_hidden_amount(trying: Trying) -> None:
    known, examples = ids(trying.session), bodies()
    known = {noun: found if noun in {"contract", "amendment"} else found[:1] for noun, found in known.items()}
    for rule in trying.app.url_map.iter_rules():
        if face_of(rule.rule) not in {API, WORKER_API}:
            continue
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}):
            guard = getattr(trying.app.view_functions[rule.endpoint], ATTRIBUTE)
            body = with_real_ids(examples.get(rule.endpoint.rpartition(".")[2]), known)
            if isinstance(body, str):
                continue  # a file: nothing in it has a price
            for name, reader in trying.readers.items():
                if reader.actor.may(guard):
                    for path in paths(rule, known):
                        trying.once(name, method, path, body)
    assert sorted(trying.leaks) == []
    assert sum(trying.codes.values()) > 250
    assert len(trying.codes) > 15


@pytest.mark.slow
def test_no_price_count_or_term_that_breaks_a_rule_brings_a_hidden_amount_to_light(trying: Trying) -> None:
    job, contracts = public("job", trying.sold.chain.job.id), ids(trying.session)["contract"]
    stranger = public("organization", trying.readers["stranger"].actor.organization)
    frozen = public("contract", trying.sold.chain.layers[1][1].id)
    trying.once("second layer", "POST", f"/v1/contracts/{frozen}/offers", _offer(stranger, "3.0001"))
    trying.send("first layer", "POST", f"/v1/contracts/{frozen}/unfreeze", None)
    for name, reader in trying.readers.items():
        if reader.actor.organization_id is None:
            continue
        for contract in contracts:
            for path, body in _attempts(contract, stranger):
                trying.once(name, "POST", f"/v1{path}", body)
        for path, body in _of_the_job(job):
            trying.once(name, "POST", f"/v1{path}", body)
    assert sorted(trying.leaks) == []
    wanted = {"price_above_parent", "price_below_floor", "allotment_short", "deferral_exceeded", "layers_exceeded"}
    wanted |= {"balance_insufficient", "contract_halted", "not_found"}
    assert wanted - trying.codes.keys() == set(), trying.codes


def _offer(to: str, price: str, items: int = 1, **more: Any) -> dict[str, Any]:
    return {"seller_organization_id": to, "rates": {"standard": {"price": money(price), "items": items}}, **more}


def _attempts(contract: str, to: str) -> Iterator[tuple[str, Any]]:
    base = f"/contracts/{contract}"
    for price in PROBES:
        yield f"{base}/offers", _offer(to, price)
        yield f"{base}/amendments", {"rates": {"standard": {"price": money(price)}}, "reason": "Try."}
        yield f"{base}/tasks", {"rate": "standard", "items_per_task": 1, "items": 1, "pay": money(price)}
    yield f"{base}/offers", _offer(to, "2.7201", 99)
    yield f"{base}/offers", _offer(to, "2.7201", settlement_terms=LATE)
    yield f"{base}/tasks", {"rate": "standard", "items_per_task": 1, "items": 99, "pay": money("2.7201")}
    yield f"{base}/recall", {"rates": {"standard": 99}}


def _of_the_job(job: str) -> Iterator[tuple[str, Any]]:
    yield f"/jobs/{job}/fund", {"amount": money("99999.00")}
    yield f"/jobs/{job}/raise-redundancy", {"redundancy": 90}
    yield f"/jobs/{job}/items/withdraw", {"ranges": [{"rate": "standard", "first": 1, "last": 12}]}
    yield f"/jobs/{job}/tasks", {"rate": "standard", "items_per_task": 1, "items": 99, "pay": money("2.7201")}
    for kind in ("price_chain.csv", "payables.csv", "results.jsonl"):
        yield "/exports", {"format": kind, "job_id": job}


@pytest.mark.parametrize(
    ("proposer", "layer", "price", "answerer", "code"),
    [
        # The seller asks for more than its buyer gets above: the buyer is told its own price, the seller nothing.
        ("third layer", 2, "7.4409", "second layer", "price_above_parent"),
        ("second layer", 1, "8.5499", "first layer", None),
        # The buyer offers less than the seller has promised below: the seller is told its own price, the buyer nothing.
        ("requester", 0, "6.2203", "first layer", "price_below_promised"),
        ("first layer", 1, "4.4407", "second layer", "price_below_promised"),
    ],
)
def test_a_proposal_that_the_other_side_cannot_accept_tells_each_side_its_own_prices_alone(
    trying: Trying, proposer: str, layer: int, price: str, answerer: str, code: str | None
) -> None:
    contract = public("contract", trying.sold.chain.layers[layer][1].id)
    waiting = json.loads(trying.looks(proposer, f"/v1/contracts/{contract}/amendments"))["data"]
    for row in waiting:
        if row["state"] == "proposed":
            trying.send("third layer", "POST", f"/v1/amendments/{row['id']}/withdraw", None)
    body = {"rates": {"standard": {"price": money(price)}}, "reason": "Try."}
    made = trying.send(proposer, "POST", f"/v1/contracts/{contract}/amendments", body)
    assert made.status_code == 201, made.get_data(as_text=True)
    amendment = made.get_json()["id"]
    answered = trying.send(answerer, "POST", f"/v1/amendments/{amendment}/accept", None)
    if code is not None:
        assert answered.get_json()["code"] == code
        own = {"second layer": {SECOND, FIRST}, "first layer": {FIRST}}[answerer]
        assert own & numbers(answered.get_data(as_text=True))
    seal_all(trying.session)
    for name in trying.readers:
        if name not in {"worker", "another worker"} and trying.readers[name].actor.may("webhook.read"):
            trying.looks(name, "/v1/events")
        if trying.readers[name].actor.may("contract.read"):
            trying.looks(name, "/v1/contracts")
    new = Decimal(price)
    trying.leaks = {leak for leak in trying.leaks if Decimal(leak[2]) != new}
    assert sorted(trying.leaks) == []

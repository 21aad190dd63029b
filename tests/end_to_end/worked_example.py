"""The worked example of the domain, told by everybody who takes part in it, over HTTP, to the last installment."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import re
import time
from decimal import Decimal
from typing import Any

from marketplace.entrypoints.demo.scenes import LABELS, Scene, draw_scene
from marketplace.entrypoints.demo.worked_example import acceptance_day
from tests.end_to_end.service import Caller, Service, Visitor

IMAGES = 1000
DIFFERENT = 40
ITEMS_PER_TASK = 50
TASKS = {"worker_1": 8, "worker_2": 7, "worker_3": 5}
TERMS = [
    {"weight": 1, "months": 1, "anchor": "month_end"},
    {"weight": 1, "months": 6, "anchor": "month_end"},
]
CAPS = {"layers_max": 2, "worker_share_min_ppm": 380_000, "deferral_months_max": 6}


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


class Outside:
    """What happens outside the market, where a rail needs that: nothing on most."""

    def paid_in(self, deposit: dict[str, Any]) -> None:
        """The client has ordered money in, and now sends it."""

    def account_of(self, key: str) -> str:
        """Where one of the cast is paid."""
        return f"sandbox-{key}"

    def move_on(self) -> None:
        """What was sent is paid, and shown."""


class Market:
    """The cast, each with a key of their own; made through the pages that strangers use."""

    def __init__(self, service: Service, rail: str = "sandbox", outside: Outside | None = None) -> None:
        self.service, self.rail, self.outside = service, rail, outside or Outside()
        link = re.search(
            r"http\S+", service.command("setup", "--name", "Olga Operations", "--email", "olga@piecework.example")
        )
        assert link
        self.operator = Visitor(service)
        self.operator.submit(link[0], {})
        self.callers: dict[str, Caller] = {}
        self._organization("client", "client", "Harbour Vision", "SG")
        self._organization("layer_1", "subcontractor", "Meridian Data", "PT")
        self._organization("layer_2", "subcontractor", "Riverbend Labeling", "IN")
        layer_2 = Visitor(service)
        layer_2.sign_in("console", "layer_2@example.org")
        self._member(layer_2, "reviewer", "reviewer")
        for key, role in (("finance_1", "finance"), ("finance_2", "finance"), ("dispute_decider", "dispute_decider")):
            self._member(self.operator, key, role)
        self._member(self.operator, "auditor", "auditor")
        self._member(self.operator, "operations_2", "operations")
        for number, country in ((1, "KE"), (2, "CN"), (3, "PH")):
            self._worker(f"worker_{number}", country)

    def __getitem__(self, key: str) -> Caller:
        return self.callers[key]

    def _organization(self, key: str, kind: str, name: str, country: str) -> None:
        visitor, email = Visitor(self.service), f"{key}@example.org"
        visitor.sign_up(kind, email, name=f"{key} person", organization_name=name, country=country)
        waiting = self.operator.browser.get("/console/organizations").text
        decided = re.search(r"/console/organizations/org_[0-9a-z]+", waiting)
        assert decided, waiting
        self.operator.submit(decided[0], {"decision": "approve"}, f"{decided[0]}/decide")
        self.callers[key] = Caller(
            self.service, visitor.make_key("/console/team", "/console/team/keys", {"key_name": "test"})
        )
        if kind == "subcontractor":
            self._payout_method(visitor, key, "/console/team", "/console/team/payout-method")

    def _member(self, manager: Visitor, key: str, role: str) -> None:
        email = f"{key}@example.org"
        fields = {"name": f"{key} person", "email": email, "role": role}
        manager.submit("/console/team", fields, "/console/team/invitations")
        visitor = Visitor(self.service)
        visitor.accept_invitation(email)
        visitor.sign_in("console", email)
        self.callers[key] = Caller(self.service, visitor.make_key("/console/keys", "/console/keys", {}))

    def _worker(self, key: str, country: str) -> None:
        visitor, email = Visitor(self.service), f"{key}@example.org"
        visitor.sign_up("worker", email, name=f"{key} person", country=country, languages=["en"], adult="yes")
        self._payout_method(visitor, key, "/work/payout-method", "/work/payout-method")
        self.callers[key] = Caller(self.service, visitor.make_key("/work/keys", "/work/keys", {"name": "test"}))

    def _payout_method(self, visitor: Visitor, key: str, page: str, action: str) -> None:
        if self.rail in {"sandbox", "bank"}:
            visitor.submit(page, {"rail": self.rail, "destination": self.outside.account_of(key)}, action)
        else:
            assert "Go on at" in visitor.submit(page, {"rail": self.rail}, f"{action}/account")


def prove(service: Service) -> None:
    """The books and the log hold."""
    service.command("ledger", "check")
    service.command("audit", "seal")
    service.command("audit", "verify")


def tell_the_story(market: Market, service: Service) -> None:
    """From the posting of the job to the second installment."""
    job_id = _post_job(market, market["client"])
    contract_1, contract_2 = _pass_down(market, job_id)
    service.command("clock", "advance", str(acceptance_day(_today(service))))
    _label(market, contract_2)
    answers = _review(market, job_id)
    year = acceptance_day(_today(service)).year
    first, second = _first_due(year), f"{year}-07-31"
    _expect_installments(market, contract_1, contract_2, first, second)
    chain = market["client"].get(f"/v1/answers/{answers[0]}/price-chain")
    _expect_chain(chain)
    for due in (first, second):
        assert due in service.command("clock", "advance", "--to-next-due")
        _pay(market)
        _expect_paid_until(market, due, first, second)


def _today(service: Service) -> dt.date:
    found = re.search(r"\d{4}-\d\d-\d\d", service.command("clock", "show"))
    assert found
    return dt.date.fromisoformat(found[0])


def _first_due(year: int) -> str:
    return f"{year}-02-{calendar.monthrange(year, 2)[1]:02}"


def _scene(number: int) -> Scene:
    return draw_scene(number % DIFFERENT)


def _post_job(market: Market, client: Caller) -> str:
    media = [client.send("/v1/media", _scene(number).png, "image/png")["id"] for number in range(DIFFERENT)]
    job = client.post(
        "/v1/jobs",
        {
            "title": "Street scenes",
            "kind": "image_boxes",
            "instructions": "A box around every car, person and traffic light.",
            "label_schema": {"classes": list(LABELS)},
            "currency": "CNY",
            "rates": [{"code": "standard", "price": cny("0.90")}],
            "settlement_terms": TERMS,
            "guideline": {"text": "Tight boxes.", "rules": [{"id": "G1", "text": "Nothing is left out."}]},
            **CAPS,
        },
    )
    path = f"/v1/jobs/{job['id']}"
    rows = (
        {"external_id": f"scene-{n:04}", "rate": "standard", "content": {"media": media[n % DIFFERENT]}}
        for n in range(IMAGES)
    )
    lines = (json.dumps(row).encode() + b"\n" for row in rows)
    assert client.send(f"{path}/items", lines, "application/x-ndjson")["added"] == IMAGES
    client.post(f"{path}/publish", code=402)
    client.post(f"{path}/fund", {"amount": cny("900.00")}, code=402)
    deposit = client.post("/v1/deposits", {"rail": market.rail, "amount": cny("900.00")})
    market.outside.paid_in(client.get(f"/v1/deposits/{deposit['id']}"))
    assert client.post(f"{path}/fund", {"amount": cny("900.00")})["free"] == cny("900.00")
    assert client.post(f"{path}/publish")["rates"][0]["fee"] == cny("0.045")
    return str(job["id"])


def _pass_down(market: Market, job_id: str) -> tuple[str, str]:
    named = {row["name"]: row["id"] for row in market["client"].every("/v1/organizations")}
    (root,) = market["client"].every(f"/v1/contracts?job_id={job_id}")
    contract_1 = _sell(market["client"], root["id"], market["layer_1"], named["Meridian Data"], "0.855")
    contract_2 = _sell(market["layer_1"], contract_1, market["layer_2"], named["Riverbend Labeling"], "0.60")
    tasks = {"rate": "standard", "items_per_task": ITEMS_PER_TASK}
    low = market["layer_2"].post(f"/v1/contracts/{contract_2}/tasks", {**tasks, "pay": cny("0.34")}, code=422)
    assert "0.342" in json.dumps(low), low  # 38 % of 0.90: the cap of the client binds the second layer
    opened = market["layer_2"].post(f"/v1/contracts/{contract_2}/tasks", {**tasks, "pay": cny("0.35")})
    assert (opened["task_count"], opened["seats_released"]) == (IMAGES // ITEMS_PER_TASK, IMAGES // ITEMS_PER_TASK)
    return contract_1, contract_2


def _sell(buyer: Caller, parent: str, seller: Caller, seller_id: str, price: str) -> str:
    rates = {"standard": {"price": cny(price), "items": IMAGES}}
    offered = buyer.post(f"/v1/contracts/{parent}/offers", {"seller_organization_id": seller_id, "rates": rates})
    assert seller.post(f"/v1/contracts/{offered['id']}/accept")["state"] == "active"
    return str(offered["id"])


def _label(market: Market, contract_2: str) -> None:
    (batch,) = market["worker_1"].every("/worker/v1/tasks")
    assert batch["pay_per_answer"] == cny("0.35")
    for worker, tasks in TASKS.items():
        for _ in range(tasks):
            claim = market[worker].post("/worker/v1/claims", {"batch_id": batch["id"]})
            answers = {
                item["id"]: {"boxes": [box.to_answer() for box in _scene(int(item["external_id"][-4:])).boxes]}
                for item in claim["items"]
            }
            market[worker].put(f"/worker/v1/claims/{claim['id']}/draft", {"answers": answers})
            done = market[worker].post(f"/worker/v1/claims/{claim['id']}/submit", {"attempt": 1, "answers": answers})
            assert (done["state"], done["answer_count"]) == ("submitted", ITEMS_PER_TASK)
    market["worker_1"].post("/worker/v1/claims", {"batch_id": batch["id"]}, code=409)
    progress = market["layer_2"].get(f"/v1/contracts/{contract_2}/tasks")["data"][0]
    assert progress["seats_released"] == IMAGES // ITEMS_PER_TASK


def _review(market: Market, job_id: str) -> list[str]:
    accepted: list[str] = []
    waiting = market["reviewer"].every(f"/v1/reviews?job_id={job_id}")
    assert len(waiting) == IMAGES // ITEMS_PER_TASK
    for line in waiting:
        claim = market["reviewer"].get(f"/v1/reviews/{line['claim_id']}")
        verdicts = [{"answer_id": answer["id"], "verdict": "accept"} for answer in claim["answers"]]
        decided = market["reviewer"].post(f"/v1/reviews/{line['claim_id']}/verdicts", {"verdicts": verdicts})
        accepted += decided["accepted"]
    assert len(accepted) == IMAGES
    return accepted


# The table of the worked example: who gets how much on each of the two days.
HALVES = {
    "layer_1": "127.50",
    "layer_2": "125.00",
    "worker_1": "70.00",
    "worker_2": "61.25",
    "worker_3": "43.75",
}


def _expect_installments(market: Market, contract_1: str, contract_2: str, first: str, second: str) -> None:
    for layer, contract in (("layer_1", contract_1), ("layer_2", contract_2)):
        rows = market[layer].every("/v1/installments")
        assert {row["contract_id"] for row in rows} == {contract}
        assert [(row["due_on"], row["amount"]) for row in rows] == [
            (day, cny(HALVES[layer])) for day in (first, second)
        ]
    for worker in TASKS:
        rows = market[worker].every("/worker/v1/installments")
        assert [(row["due_on"], row["amount"], row["state"]) for row in rows] == [
            (day, cny(HALVES[worker]), "scheduled") for day in (first, second)
        ]
        (owed,) = market[worker].get("/worker/v1/earnings")["data"]
        assert Decimal(owed["earned"]["amount"]) == 2 * Decimal(HALVES[worker])


def _expect_chain(chain: dict[str, Any]) -> None:
    assert chain["client_price"] == cny("0.90")
    assert [(part["kind"], part["amount"]) for part in chain["parts"]] == [
        ("fee", cny("0.045")),
        ("margin", cny("0.255")),
        ("margin", cny("0.25")),
        ("pay", cny("0.35")),
    ]


def _pay(market: Market) -> None:
    run = market["finance_1"].post("/v1/payout-runs", {"rail": market.rail})
    path = f"/v1/payout-runs/{run['id']}"
    market["finance_1"].post(f"{path}/approve", code=403)
    market["finance_1"].post(f"{path}/execute", code=409)
    market["finance_2"].post(f"{path}/approve")
    done = market["finance_2"].post(f"{path}/execute")
    deadline = time.monotonic() + 60
    while done["state"] == "executing" and time.monotonic() < deadline:  # the scheduler is just sending one of them
        market.outside.move_on()
        time.sleep(0.5)
        done = market["finance_2"].get(path)
    assert done["state"] == "done", done
    assert sum(Decimal(total["amount"]["amount"]) for total in done["totals"]) == Decimal("427.50")
    assert {total["state"] for total in done["totals"]} <= {"settled", "reconciled"}


def _expect_paid_until(market: Market, paid: str, first: str, second: str) -> None:
    states = {first: "paid", second: "paid" if paid == second else "scheduled"}
    for key in TASKS:
        rows = market[key].every("/worker/v1/installments")
        assert {row["due_on"]: row["state"] for row in rows} == states
    for key in ("layer_1", "layer_2"):
        rows = market[key].every("/v1/installments")
        assert {row["due_on"]: row["state"] for row in rows} == states


def expect_books(auditor: Caller, expected: dict[int, str]) -> None:
    balances: dict[int, Decimal] = {}
    for line in auditor.get("/v1/ledger/trial-balance")["data"]:
        balances[line["code"]] = balances.get(line["code"], Decimal(0)) + Decimal(line["balance"]["amount"])
    assert {code: balance for code, balance in balances.items() if balance} == {
        code: Decimal(amount) for code, amount in expected.items()
    }

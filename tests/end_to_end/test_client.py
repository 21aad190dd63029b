"""A job from its first line to its price chain with nothing but the Python client and its command line.

Workers have an API of their own, which is called by plain HTTP.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from client_api.client import Client, Forbidden, Invalid, NotFound, Stale, Unfunded, amount_of, money, was_replayed
from client_api.client.generated.types import JobInput
from marketplace.entrypoints.commands import jobs
from tests.client_api.client.cutting import cutting
from tests.end_to_end.service import Caller, Service, serving
from tests.server import Server

ITEMS = 7
JOB: JobInput = {
    "title": "What do they feel?",
    "kind": "text_classification",
    "instructions": "Choose what the writer feels.",
    "label_schema": {"classes": ["good", "bad"]},
    "currency": "CNY",
    "rates": [{"code": "standard", "price": money("0.90", "CNY")}],
}


# One market, made once, whichever process of a parallel run gets it.
pytestmark = pytest.mark.xdist_group("a market for clients")


@pytest.fixture(scope="module")
def service(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(server, tmp_path_factory.mktemp("client"), demo=True) as running:
        yield running


@pytest.fixture(scope="module")
def keys(service: Service) -> dict[str, str]:
    text = (service.folder / "demo.env").read_text(encoding="utf-8")
    return dict(re.findall(r"export (\w+)_KEY=(\S+)", text))


@pytest.fixture
def parties(service: Service, keys: dict[str, str]) -> Iterator[dict[str, Client]]:
    made = {name: Client(service.url, keys[name]) for name in ("CLIENT", "LAYER_1", "LAYER_2", "REVIEWER")}
    yield made
    for client in made.values():
        client.close()


class Terminal:
    """The command line of a requester, who knows an address and a key and no database."""

    def __init__(self, service: Service, key: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "DATA_DIR"))}
        self.environment = {**kept, "PIECEWORK_URL": service.url, "PIECEWORK_API_KEY": key}

    def run(self, *words: str, code: int = 0, typed: str | None = None) -> str:
        """Run `piecework jobs words…`; what it prints on both streams."""
        done = subprocess.run(
            [sys.executable, "-m", "marketplace.entrypoints", "jobs", *words],
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def terminal(service: Service, keys: dict[str, str]) -> Terminal:
    return Terminal(service, keys["CLIENT"])


def test_a_job_runs_from_its_first_line_to_its_price_chain(
    service: Service, keys: dict[str, str], parties: dict[str, Client], terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "job.json").write_text(json.dumps(JOB))
    once = ["create", str(tmp_path / "job.json"), "--idempotency-key", "first-job", "--json"]
    job_id = json.loads(terminal.run(*once))["id"]
    assert json.loads(terminal.run(*once))["id"] == job_id
    table = "external_id,rate,text\n" + "".join(f"n-{n},standard,Number {n}.\n" for n in range(ITEMS))
    (tmp_path / "items.csv").write_text(table)
    assert f"{ITEMS} added, 0 there already" in terminal.run("items", "add", job_id, str(tmp_path / "items.csv"))
    assert f"0 added, {ITEMS} there already" in terminal.run("items", "add", job_id, str(tmp_path / "items.csv"))
    assert [item["external_id"] for item in parties["CLIENT"].items.iter_items(job_id, limit=3)] == [
        f"n-{n}" for n in range(ITEMS)
    ]
    assert re.search(r"^not funded yet +6\.30 CNY$", terminal.run("preview", job_id), re.MULTILINE)
    assert "code job_unfunded" in terminal.run("publish", job_id, code=1)
    with pytest.raises(Unfunded):
        parties["CLIENT"].jobs.publish_job(job_id)
    assert "6.30 CNY by sandbox is available" in terminal.run("deposit", "6.30", "cny")
    assert f"{job_id} has 6.30" in terminal.run("fund", job_id, "6.30")
    assert f"{job_id} is open" in terminal.run("publish", job_id)
    assert job_id in terminal.run("list", "--state", "open")
    contract_id = _pass_on(parties, job_id)
    _label(service, keys, parties["LAYER_2"], contract_id)
    _accept(parties["REVIEWER"], job_id)
    seen = [json.loads(line) for line in terminal.run("watch", job_id, "--json", "--every", "0.2").splitlines()]
    assert (seen[-1]["wanted"], seen[-1]["answers"]) == (ITEMS, {"accepted": ITEMS})
    assert f"{ITEMS} of {ITEMS} answers accepted" in terminal.run("watch", job_id)
    results = list(parties["CLIENT"].tasks.iter_results(job_id, limit=2))
    assert len({row["item_id"] for row in results}) == ITEMS
    _export(terminal, job_id, tmp_path)
    chain = parties["CLIENT"].provenance.read_price_chain(results[0]["answer_id"])
    assert sum(amount_of(part["amount"]) for part in chain["parts"]) == amount_of(chain["client_price"])


def _export(terminal: Terminal, job_id: str, folder: Path) -> None:
    to = folder / "results.jsonl"
    said = terminal.run("export", job_id, "--format", "results.jsonl", "-o", str(to))
    assert hashlib.sha256(to.read_bytes()).hexdigest() in said
    lines = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
    assert {line["item"]["external_id"] for line in lines} == {f"n-{n}" for n in range(ITEMS)}
    assert len(lines) == ITEMS
    made = json.loads(terminal.run("export", job_id, "--format", "price_chain.csv", "-o", str(to), "--json"))
    rows = list(csv.DictReader(to.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == made["rows"]
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("0.90") * ITEMS
    assert "/format: " in terminal.run("export", job_id, "--format", "results.xml", "-o", str(to), code=1)
    assert sorted(path.name for path in folder.iterdir()) == ["items.csv", "job.json", "results.jsonl"]


def _pass_on(parties: dict[str, Client], job_id: str) -> str:
    (contract,) = parties["CLIENT"].contracts.iter_contracts(job_id=job_id)
    parent = contract["id"]
    for buyer, seller, price in (("CLIENT", "LAYER_1", "0.855"), ("LAYER_1", "LAYER_2", "0.70")):
        to = parties[seller].identity.read_me()["organization_id"]
        assert to is not None
        rates: Any = {"standard": {"price": money(price, "CNY"), "items": ITEMS}}
        offer = parties[buyer].contracts.offer_contract(parent, {"seller_organization_id": to, "rates": rates})
        parent = parties[seller].contracts.accept_contract(offer["id"])["id"]
    return parent


def _label(service: Service, keys: dict[str, str], layer: Client, contract_id: str) -> None:
    batch = layer.tasks.open_tasks_of_contract(
        contract_id, {"rate": "standard", "items_per_task": ITEMS, "pay": money("0.50", "CNY")}
    )
    worker = Caller(service, keys["WORKER_1"])
    claim = worker.post("/worker/v1/claims", {"batch_id": batch["id"]})
    answers = {item["id"]: {"label": "good"} for item in claim["items"]}
    worker.post(f"/worker/v1/claims/{claim['id']}/submit", {"attempt": 1, "answers": answers})


def _accept(reviewer: Client, job_id: str) -> None:
    for line in reviewer.reviews.iter_reviews(job_id=job_id):
        answers = reviewer.reviews.read_review(line["claim_id"])["answers"]
        verdicts: Any = [{"answer_id": answer["id"], "verdict": "accept"} for answer in answers]
        reviewer.reviews.decide_review(line["claim_id"], {"verdicts": verdicts})


def test_refusals_name_the_field_and_the_rule_and_end_with_one(terminal: Terminal) -> None:
    said = terminal.run("create", "-", typed=json.dumps({**JOB, "redundancy": 0, "colour": "red"}), code=1)
    assert re.search(r"^  /redundancy: .+ \(\w+\)$", said, re.MULTILINE), said
    assert "/colour: " in said
    assert "code invalid, request " in said
    said = terminal.run("publish", "job_01h455vb4pex5vsknk084sn02q", code=1)
    assert "code not_found" in said
    assert "is not JSON" in terminal.run("create", "-", typed="{", code=2)
    assert "AMOUNT" in terminal.run("fund", "job_01h455vb4pex5vsknk084sn02q", "much", code=2)


def test_bad_rows_are_told_by_their_line(terminal: Terminal, parties: dict[str, Client]) -> None:
    job = parties["CLIENT"].jobs.create_job(JOB)
    lines = [json.dumps({"external_id": "a", "rate": rate, "content": {"text": "x"}}) for rate in ("standard", "none")]
    said = terminal.run("items", "add", job["id"], "-", "--on-error", "skip", typed="\n".join(lines), code=1)
    assert "1 added, 0 there already, 1 refused." in said
    assert "  line 2 (a): " in said
    said = terminal.run("items", "add", job["id"], "-", typed=lines[1], code=1)
    assert "Some rows cannot become items" in said


def test_a_service_that_is_not_there_is_another_exit_code(terminal: Terminal, tmp_path: Path) -> None:
    terminal.environment["PIECEWORK_API_KEY"] = "pwk_wrong"
    assert "code unauthenticated" in terminal.run("list", code=1)
    terminal.environment.pop("PIECEWORK_API_KEY")
    assert "PIECEWORK_API_KEY" in terminal.run("list", code=2)


def test_a_change_made_in_between_is_noticed_and_others_jobs_are_not_seen(parties: dict[str, Client]) -> None:
    client = parties["CLIENT"]
    job = client.jobs.create_job(JOB)
    changed = client.jobs.change_job(job["id"], {"title": "First"}, if_match=job)
    with pytest.raises(Stale):
        client.jobs.change_job(job["id"], {"title": "Second"}, if_match=job)
    assert client.jobs.change_job(job["id"], {"title": "Third"}, if_match=changed)["title"] == "Third"
    with pytest.raises(NotFound):
        parties["LAYER_1"].jobs.read_job(job["id"])
    with pytest.raises(Forbidden):
        parties["LAYER_1"].jobs.create_job(JOB)
    with pytest.raises(Invalid) as caught:
        client.jobs.create_job(cast("JobInput", {**JOB, "currency": "XXQ"}))
    assert caught.value.errors


def test_an_upload_over_a_wire_that_breaks_twice_arrives_whole_and_once(
    service: Service, keys: dict[str, str], parties: dict[str, Client]
) -> None:
    job = parties["CLIENT"].jobs.create_job(JOB)
    rows: list[dict[str, Any]] = [
        {"external_id": f"c-{n}", "rate": "standard", "content": {"text": secrets.token_hex(60)}} for n in range(15_000)
    ]
    address = httpx.URL(service.url)
    with cutting(address.host, address.port or 80) as wire, Client(wire.url, keys["CLIENT"]) as client:
        wire.cuts = [200_000, 600_000]
        added = client.upload_items(job["id"], iter(rows))
    assert wire.made == 3
    assert added["added"] + added["skipped_existing"] == len(rows)
    kept = [item["external_id"] for item in parties["CLIENT"].items.iter_items(job["id"], limit=200)]
    assert sorted(kept) == sorted(row["external_id"] for row in rows)


def test_an_answer_that_is_lost_on_the_wire_is_replayed(
    service: Service, keys: dict[str, str], parties: dict[str, Client]
) -> None:
    address = httpx.URL(service.url)
    with cutting(address.host, address.port or 80) as wire, Client(wire.url, keys["CLIENT"]) as client:
        wire.lost_answers = 1
        made = client.jobs.create_job({**JOB, "title": "Lost on the wire"})
    assert was_replayed(made)
    titles = [job["title"] for job in parties["CLIENT"].jobs.iter_jobs(limit=200)]
    assert titles.count("Lost on the wire") == 1


def test_the_same_key_twice_makes_one_job(parties: dict[str, Client]) -> None:
    made = [parties["CLIENT"].jobs.create_job(JOB, idempotency_key="twice") for _ in range(2)]
    assert made[0]["id"] == made[1]["id"]


def test_the_examples_of_the_page_about_the_client_run(
    service: Service, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIECEWORK_URL", service.url)
    monkeypatch.setenv("PIECEWORK_API_KEY", keys["CLIENT"])
    page = (Path(__file__).parents[2] / "docs/client.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 6
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block.replace('Client("http://127.0.0.1:8000", "pwk_…")', "Client()"), names)
    names["client"].close()
    assert names["job"]["title"] == "What do the writers feel?"
    shown = re.findall(r"^piecework jobs (\w+)", page, re.MULTILINE)
    assert set(shown) <= set(jobs.command.commands)

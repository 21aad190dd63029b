"""A job of many items from the first key to a verified export, over HTTP and with nothing but the client library.

Two layers, three workers and a reviewer of the demo market do it: `make run` in one terminal, `make soak` in another.
`ARGS="--items 1000"` makes it shorter, `--url` and `--keys` name another service. It ends with 1 where an item is
lost or doubled, a digest is wrong, or a price chain does not sum to the price.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from client_api.client import Client, Problem, WorkerClient, amount_of, money
from client_api.client.generated.types import JobInput

CURRENCY = "CNY"
PRICE, FIRST, SECOND, PAY = "0.90", "0.855", "0.60", "0.35"
WORKERS = ("WORKER_1", "WORKER_2", "WORKER_3")
LABELS = ("good", "bad")


@dataclass(slots=True)
class Soak:
    """One run: who takes part, and what it took."""

    url: str
    keys: dict[str, str]
    count: int
    items_per_task: int
    clients: contextlib.ExitStack
    figures: list[tuple[str, float, str]] = field(default_factory=list)

    def client(self, part: str) -> Client:
        """The client of one of the cast, closed at the end."""
        return self.clients.enter_context(Client(self.url, self.keys[part]))

    @contextlib.contextmanager
    def timed(self, what: str, count: int | None = None) -> Iterator[None]:
        """Note how long something took, and how many a second that is."""
        begun = time.monotonic()
        yield
        seconds = time.monotonic() - begun
        rate = f"{count / seconds:,.0f} a second" if count else ""
        self.figures.append((what, seconds, rate))
        print(f"{what:<34} {seconds:>9.1f} s  {rate}", flush=True)


def main() -> None:
    """Run it, and say what it took."""
    asked = _arguments()
    keys, api = _keys(asked.keys)
    with contextlib.ExitStack() as clients, tempfile.TemporaryDirectory(prefix="piecework-soak-") as folder:
        soak = Soak(asked.url or api, keys, asked.items, asked.items_per_task, clients)
        begun = time.monotonic()
        job_id = post(soak)
        batch_id = pass_down(soak, job_id)
        label_and_review(soak, job_id, batch_id)
        verify(soak, job_id, Path(folder))
        print(f"{'in all':<34} {time.monotonic() - begun:>9.1f} s  {soak.count:,} items", flush=True)


def post(soak: Soak) -> str:
    """A job with its items, paid for and published."""
    client = soak.client("CLIENT")
    body: JobInput = {
        "title": f"Soak of {soak.count}",
        "kind": "text_classification",
        "instructions": "Choose what the writer feels.",
        "label_schema": {"classes": list(LABELS)},
        "currency": CURRENCY,
        "rates": [{"code": "standard", "price": money(PRICE, CURRENCY)}],
    }
    job_id = client.jobs.create_job(body)["id"]
    rows = (
        {"external_id": f"text-{n:07}", "rate": "standard", "content": {"text": f"Text number {n}."}}
        for n in range(soak.count)
    )
    with soak.timed("items uploaded", soak.count):
        added = client.upload_items(job_id, rows)
    _expect("items added", added["added"], soak.count)
    amount = money(Decimal(PRICE) * soak.count, CURRENCY)
    with soak.timed("deposited, funded, published"):
        deposit = client.funding.start_deposit({"rail": "sandbox", "amount": amount})
        while client.funding.read_deposit(deposit["id"])["state"] != "available":
            time.sleep(0.2)
        client.funding.fund_job_reserve(job_id, {"amount": amount})
        client.jobs.publish_job(job_id)
    return job_id


def pass_down(soak: Soak, job_id: str) -> str:
    """Two layers, and tasks of the second: the batch."""
    with soak.timed("passed through two layers"):
        (root,) = soak.client("CLIENT").contracts.iter_contracts(job_id=job_id)
        parent = root["id"]
        for buyer, seller, price in (("CLIENT", "LAYER_1", FIRST), ("LAYER_1", "LAYER_2", SECOND)):
            bought = soak.client(seller)
            to = str(bought.identity.read_me()["organization_id"])
            rates: Any = {"standard": {"price": money(price, CURRENCY), "items": soak.count}}
            offer = soak.client(buyer).contracts.offer_contract(parent, {"seller_organization_id": to, "rates": rates})
            parent = bought.contracts.accept_contract(offer["id"])["id"]
    with soak.timed("opened as tasks", soak.count):
        batch = soak.client("LAYER_2").tasks.open_tasks_of_contract(
            parent, {"rate": "standard", "items_per_task": soak.items_per_task, "pay": money(PAY, CURRENCY)}
        )
    return batch["id"]


def label_and_review(soak: Soak, job_id: str, batch_id: str) -> None:
    """Workers label and the reviewer accepts, side by side."""
    done = threading.Event()
    with (
        soak.timed("labeled, reviewed, accepted", soak.count),
        ThreadPoolExecutor(len(WORKERS) + 1) as threads,
    ):
        reviewing = threads.submit(_review, soak.client("REVIEWER"), job_id, done)
        working = [threads.submit(_work, soak, part, batch_id) for part in WORKERS]
        try:
            labeled = sum(each.result() for each in working)
        finally:
            done.set()
        _expect("answers submitted", labeled, soak.count)
        _expect("answers accepted", reviewing.result(), soak.count)


def _work(soak: Soak, part: str, batch_id: str) -> int:
    labeled = 0
    with WorkerClient(soak.url, soak.keys[part]) as worker:
        while True:
            try:
                claim = worker.claims.claim_next({"batch_id": batch_id})
            except Problem as refused:
                if refused.code == "nothing_to_claim":
                    return labeled
                raise
            answers: dict[str, dict[str, Any]] = {
                item["id"]: {"label": LABELS[n % 2]} for n, item in enumerate(claim["items"])
            }
            worker.claims.submit_claim(claim["id"], {"attempt": claim["attempt"], "answers": answers})
            labeled += len(answers)


def _review(reviewer: Client, job_id: str, done: threading.Event) -> int:
    accepted = 0
    while True:
        last = done.is_set()
        waiting = list(reviewer.reviews.iter_reviews(job_id=job_id, limit=200))
        for line in waiting:
            answers = reviewer.reviews.read_review(line["claim_id"])["answers"]
            verdicts: Any = [{"answer_id": answer["id"], "verdict": "accept"} for answer in answers]
            accepted += len(reviewer.reviews.decide_review(line["claim_id"], {"verdicts": verdicts})["accepted"])
        if not waiting:
            if last:
                return accepted
            time.sleep(0.2)


def verify(soak: Soak, job_id: str, folder: Path) -> None:
    """Every item is answered once in a file with the right digest, and every price is shared out to the last bit."""
    client = soak.client("CLIENT")
    results, chains = folder / "results.jsonl", folder / "price_chain.csv"
    with soak.timed("results exported and fetched", soak.count):
        made = client.save_export({"format": "results.jsonl", "job_id": job_id}, results)
    _expect("rows of the export", made["rows"], soak.count)
    seen: Counter[str] = Counter()
    answers: set[str] = set()
    with results.open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            seen[line["item"]["external_id"]] += 1
            answers.add(line["answer_id"])
            if line["state"] != "accepted" or line["answer"].get("label") not in LABELS:
                sys.exit(f"WRONG: {line['item']['external_id']} is {line['state']} with {line['answer']}")
    _expect("items with an answer", len(seen), soak.count)
    _expect("items with more than one", [name for name, times in seen.items() if times > 1], [])
    _expect("names of the items", set(seen), {f"text-{n:07}" for n in range(soak.count)})
    with soak.timed("price chains exported and fetched", soak.count):
        client.save_export({"format": "price_chain.csv", "job_id": job_id}, chains)
    parts: dict[str, Decimal] = {}
    kinds: Counter[str] = Counter()
    with chains.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            parts[row["answer_id"]] = parts.get(row["answer_id"], Decimal(0)) + Decimal(row["amount"])
            kinds[row["part"]] += 1
    _expect("answers with a price chain", set(parts), answers)
    _expect("sums of the price chains", set(parts.values()), {Decimal(PRICE)})
    print(f"{len(parts):,} price chains sum to {PRICE} {CURRENCY} each: {dict(kinds)}", flush=True)
    cost = client.funding.preview_cost(job_id)
    _expect("spent", amount_of(cost["spent"]), Decimal(PRICE) * soak.count)
    print(f"SHA-256 of results.jsonl, {made['size']:,} bytes: {made['sha256']}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--items-per-task", type=int, default=100)
    parser.add_argument("--keys", type=Path, default=Path(".piecework/demo.env"), help="what make run has written")
    parser.add_argument("--url", help="address of the service, if it is not the one in the file of keys")
    return parser.parse_args()


def _keys(path: Path) -> tuple[dict[str, str], str]:
    text = path.read_text(encoding="utf-8")
    api = re.search(r"^export API=(\S+)", text, re.MULTILINE)
    return dict(re.findall(r"^export (\w+)_KEY=(\S+)", text, re.MULTILINE)), api[1] if api else ""


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        sys.exit(f"WRONG: {what}: {found}, and not {wanted}")


if __name__ == "__main__":
    main()

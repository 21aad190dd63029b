"""The load over HTTP: workers who claim and submit without pause, each on a connection that is kept.

Run as a program: an order on standard input, the outcome on standard output. One thread over raw sockets, because the
load shares the machine with what it measures.
"""

import json
import resource
import selectors
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.tickets import Order, Outcome, Tickets, Watch, read_order, write_outcome

ANSWER_SECONDS_MAX = 60.0
CREATED, OK, CONFLICT = 201, 200, 409


@dataclass(slots=True)
class Worker:
    """One worker's connection, and what it waits for."""

    wire: socket.socket
    bearer: str
    batch: str = ""
    claim: str = ""
    goes_on: bool = False
    asked_at: float = 0.0
    claim_seconds: float = 0.0
    received: bytes = b""

    def ask(self, path: str, body: str) -> None:
        """Send a request; small enough to go out whole."""
        self.asked_at = time.perf_counter()
        self.received = b""
        self.wire.send(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.bearer}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )

    def answer(self) -> tuple[int, bytes] | None:
        """Status and body once all has come, None before. Raises ConnectionError when the server hung up."""
        arrived = self.wire.recv(1 << 16)
        if not arrived:
            raise ConnectionError("the server closed the connection")
        self.received += arrived
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
        return (int(head[9:12]), body) if len(body) >= int(length) else None


class Load:
    """All workers of one order."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.outcome = Outcome()
        self.selector = selectors.DefaultSelector()
        self.tickets = Tickets(order)
        address = urlsplit(order.target)
        self.workers = [
            Worker(socket.create_connection((address.hostname or "", address.port or 0)), bearer)
            for bearer in order.workers
        ]

    def run(self) -> Outcome:
        self.watch = Watch(self.order)
        for worker in self.workers:
            worker.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(worker.wire, selectors.EVENT_READ, worker)
            self._claim(worker)
        while self.selector.get_map():
            ready = self.selector.select(ANSWER_SECONDS_MAX)
            if not ready:
                self._wrong("no answer came in time")
                break
            for key, _ in ready:
                self._go_on(key.data)
        self.outcome.measured_seconds = self.watch.measured_seconds()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.outcome.cpu_seconds = usage.ru_utime + usage.ru_stime
        return self.outcome

    def _claim(self, worker: Worker) -> None:
        batch = self.tickets.batch(self.outcome.tickets)
        if batch is None or self.watch.over():
            self._leave(worker)
            return
        self.outcome.tickets += 1
        worker.batch, worker.claim = batch, ""
        worker.ask("/worker/v1/claims", f'{{"batch_id":"{batch}"}}')

    def _go_on(self, worker: Worker) -> None:
        try:
            answer = worker.answer()
        except ConnectionError as problem:
            self._wrong(repr(problem))
            self._leave(worker)
            return
        if answer is None:
            return
        status, body = answer
        if not worker.claim and status == CREATED:
            worker.claim_seconds = time.perf_counter() - worker.asked_at
            self._submit(worker, json.loads(body))
        elif not worker.claim and status == CONFLICT:
            self.outcome.empty += 1
            self._claim(worker)
        elif worker.claim and status == OK:
            self._submitted(worker, body)
        else:
            self._wrong(f"{status} {body[:500].decode(errors='replace')}")
            self._leave(worker)

    def _submit(self, worker: Worker, claimed: dict[str, Any]) -> None:
        worker.claim = claimed["id"]
        further = self.order.together and not self.watch.over()
        worker.goes_on = further and self.tickets.batch(self.outcome.tickets) == worker.batch
        self.outcome.tickets += worker.goes_on
        answers = ",".join(f'"{item["id"]}":{{"label":"good"}}' for item in claimed["items"])
        onwards = ',"claim_next":true' if worker.goes_on else ""
        worker.ask(f"/worker/v1/claims/{worker.claim}/submit", f'{{"attempt":1,"answers":{{{answers}}}{onwards}}}')

    def _submitted(self, worker: Worker, body: bytes) -> None:
        if worker.goes_on:
            worker.claim_seconds = time.perf_counter() - worker.asked_at
        self.watch.count(self.outcome, worker.claim_seconds)
        if not worker.goes_on:
            self._claim(worker)
            return
        claimed = json.loads(body)["next"]
        if claimed is None:
            self.outcome.empty += 1
            self._claim(worker)
        else:
            self._submit(worker, claimed)

    def _leave(self, worker: Worker) -> None:
        self.selector.unregister(worker.wire)
        worker.wire.close()

    def _wrong(self, what: str) -> None:
        self.outcome.wrong += 1
        self.outcome.first_wrong = self.outcome.first_wrong or what


if __name__ == "__main__":
    write_outcome(Load(read_order()).run())

"""The first baseline: the bare statements, from as many database clients as there are workers.

Run as a program: an order on standard input, the outcome on standard output. The clients are threads of two
processes, as the web server's are; a thread waits in the driver without holding the interpreter.
"""

import itertools
import multiprocessing
import resource
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

from tests.benchmarks import statements
from tests.benchmarks.tickets import Order, Outcome, Tickets, Watch, read_order, write_outcome

PROCESSES_MAX = 2


def main() -> None:
    order = read_order()
    count = min(PROCESSES_MAX, len(order.workers))
    forking = multiprocessing.get_context("fork")
    ready = forking.Barrier(count)
    answers: Any = forking.SimpleQueue()
    shares = [order.workers[number::count] for number in range(count)]
    # Ticket n goes to process n modulo count: no counter to share.
    processes = [
        forking.Process(target=_clients, args=(order, share, itertools.count(number, count), ready, answers))
        for number, share in enumerate(shares)
    ]
    for process in processes:
        process.start()
    total = Outcome()
    for _ in processes:
        outcome = answers.get()
        total.add(outcome)
        total.measured_seconds = max(total.measured_seconds, outcome.measured_seconds)
    for process in processes:
        process.join()
    write_outcome(total)


def _clients(order: Order, workers: list[str], numbers: Iterator[int], ready: Barrier, answers: Any) -> None:
    connections = [statements.connect(order.target) for _ in workers]
    outcomes = [Outcome() for _ in workers]
    ready.wait()
    watch = Watch(order)
    threads = [
        threading.Thread(target=_pairs, args=(order, numbers, watch, connection, worker, outcome))
        for worker, connection, outcome in zip(workers, connections, outcomes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Outcome(measured_seconds=watch.measured_seconds())
    for outcome in outcomes:
        total.add(outcome)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    total.cpu_seconds = usage.ru_utime + usage.ru_stime
    answers.put(total)


def _pairs(order: Order, numbers: Iterator[int], watch: Watch, connection: Any, worker: str, outcome: Outcome) -> None:
    client = _Client(connection, uuid.UUID(worker), watch, outcome)
    tickets = Tickets(order)
    try:
        while not watch.over():
            ticket = next(numbers)
            batch = tickets.batch(ticket)
            if batch is None:
                break
            outcome.tickets = ticket + 1
            if order.together:
                client.go_on(batch)
            else:
                client.claim(batch)
                client.submit()
        client.submit(measured=False)
    except Exception as problem:  # noqa: BLE001 - reported to the process that compares
        outcome.wrong += 1
        outcome.first_wrong = repr(problem)
    finally:
        connection.close()


@dataclass(slots=True)
class _Client:
    """One worker with a connection of their own, and what they hold."""

    connection: Any
    worker_id: uuid.UUID
    watch: Watch
    outcome: Outcome
    batch: str = ""
    held: uuid.UUID | None = None
    seconds: float = 0.0

    def claim(self, batch: str) -> None:
        begun = time.perf_counter()
        found = statements.claim(self.connection, self.worker_id, uuid.UUID(batch))
        self._hold(batch, None if found is None else found[0], begun)

    def go_on(self, batch: str) -> None:
        """Submit what is held, and claim with it where both are of one batch."""
        if self.held is None or self.batch != batch:
            self.submit()
            self.claim(batch)
            return
        begun = time.perf_counter()
        found = statements.submit_and_claim(self.connection, self.worker_id, self.held)
        self._hold(batch, None if found is None else found[0], begun)
        self.watch.count(self.outcome, self.seconds)

    def submit(self, *, measured: bool = True) -> None:
        if self.held is None:
            return
        statements.submit(self.connection, self.worker_id, self.held)
        self.held = None
        if measured:
            self.watch.count(self.outcome, self.seconds)
        else:
            self.outcome.made += 1

    def _hold(self, batch: str, claim_id: uuid.UUID | None, begun: float) -> None:
        self.batch, self.held, self.seconds = batch, claim_id, time.perf_counter() - begun
        self.outcome.empty += claim_id is None


if __name__ == "__main__":
    main()

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
        threading.Thread(target=_pairs, args=(Tickets(order), numbers, watch, connection, uuid.UUID(worker), outcome))
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


def _pairs(
    tickets: Tickets, numbers: Iterator[int], watch: Watch, connection: Any, worker_id: uuid.UUID, outcome: Outcome
) -> None:
    try:
        while not watch.over():
            ticket = next(numbers)
            batch = tickets.batch(ticket)
            if batch is None:
                return
            outcome.tickets = ticket + 1
            begun = time.perf_counter()
            found = statements.claim(connection, worker_id, uuid.UUID(batch))
            took = time.perf_counter() - begun
            if found is None:
                outcome.empty += 1
                continue
            statements.submit(connection, worker_id, found[0])
            watch.count(outcome, took)
    except Exception as problem:  # noqa: BLE001 - reported to the process that compares
        outcome.wrong += 1
        outcome.first_wrong = repr(problem)
    finally:
        connection.close()


if __name__ == "__main__":
    main()

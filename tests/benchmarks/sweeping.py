"""`make bench`: leases that end and answers that nobody reviewed, a second, by 1, 2 and 4 processes of the sweeps.

    python -m tests.benchmarks.sweeping [--quick] [--claims 4000] [--json FILE]

Four jobs through two layers; for each number of processes a fresh share of the claims falls due at one moment of the
market's clock, and the processes sweep until nothing is left. Beside it one client that moves the same claims, seats
and answers by bare statements, in batches of the same size, without looking. Ends with 1 when anything due was left.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from marketplace.db import clock
from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.kernel.actor import system_actor
from marketplace.settlement.bulk_accepting import PORTION, auto_accept
from marketplace.work import leases
from tests.benchmarks import filling
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.keys import KEYS

JOBS, WORKERS = 4, 20
PROCESSES = (1, 2, 4)
CLAIMS, QUICK_CLAIMS = 6_000, 800
AIM = 1_000
LEASE = 3_600
_BARE = {
    "claimed": (
        (
            "WITH ended AS (UPDATE claim SET state = 'expired', lease_until = NULL, decided_at = market_now() "
            "WHERE id = ANY(%s) RETURNING seat_id) UPDATE seat SET state = 'open' FROM ended WHERE seat.id = seat_id"
        ),
        500,
    ),
    "submitted": (
        (
            "WITH ended AS (UPDATE claim SET state = 'decided', decided_at = market_now() WHERE id = ANY(%s) "
            "RETURNING id, seat_id, task_id), "
            "answered AS (UPDATE answer SET state = 'accepted', decided_at = market_now() "
            "FROM ended WHERE claim_id = ended.id RETURNING answer.id), "
            "reviewed AS (INSERT INTO review (id, answer_id, attempt, verdict, created_at) "
            "SELECT uuid7(), id, 1, 'accept', market_now() FROM answered), seated AS ("
            "UPDATE seat SET state = 'done' FROM ended WHERE seat.id = seat_id) "
            "UPDATE task SET state = 'done' FROM ended WHERE task.id = task_id"
        ),
        PORTION,
    ),
}


def main() -> int:
    options = options_of("Claims that the sweeps move a second.", "fewer claims", {"claims": (CLAIMS, QUICK_CLAIMS)})
    with fresh_database() as (_, urls):
        return kept(options, _measure(urls, options.claims))


def _measure(urls: EmbeddedUrls, claims: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    share = claims // JOBS
    # What expired is open again, so that one share of seats serves all the leases.
    chains = filling.open_chains(engine, JOBS, share * (len(PROCESSES) + 3), auto_accept_seconds=LEASE)
    workers = filling.hire_plainly(engine, WORKERS)
    batches = [chain.batch.id for chain in chains]
    rates: dict[str, dict[str, float]] = {"expire_leases": {}, "auto_accept": {}}
    problems = []
    # With the first ones the tables of earnings are no longer empty: plans made for empty ones do not last.
    _fall_due(engine, urls, batches, workers, min(share, PORTION), "submitted")
    _accept(engine)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(PROCESSES), mp_context=context) as pool:
        for sweep, state in (("expire_leases", "claimed"), ("auto_accept", "submitted")):
            for processes in PROCESSES:
                _fall_due(engine, urls, batches, workers, share, state)
                rates[sweep][str(processes)] = _sweep(pool, urls, sweep, processes)
                problems += _left(urls, state)
            due = _fall_due(engine, urls, batches, workers, share, state)
            rates[sweep]["bare"] = _bare(urls, state, due)
    engine.dispose()
    return _report(rates, problems)


def _fall_due(
    engine: Engine, urls: EmbeddedUrls, batches: list[UUID], workers: list[UUID], share: int, state: str
) -> list[UUID]:
    claims = [each for batch in batches for each in filling.claim(urls.owner, batch, workers, share, state)]
    filling.tidy(urls.superuser)
    with transaction(engine) as session:
        clock.advance(
            session, system_actor("bench"), clock.market_now(session) + timedelta(seconds=LEASE * 2), allowed=True
        )
    return claims


def _sweep(pool: ProcessPoolExecutor, urls: EmbeddedUrls, sweep: str, processes: int) -> float:
    list(pool.map(_idle, range(max(PROCESSES))))  # all of them are started and have read the program
    begin = time.time() + 0.5
    parts = [pool.submit(_run, urls.app, sweep, begin) for _ in range(processes)]
    results = [part.result() for part in parts]
    return sum(count for count, _ in results) / (max(end for _, end in results) - begin)


def _idle(_: int) -> None:
    time.sleep(0.3)


def _run(url: str, sweep: str, begin: float) -> tuple[int, float]:
    engine = make_engine(url, application_name="piecework sweep", keys=KEYS)
    done = 0
    with transaction(engine):
        pass
    time.sleep(max(0.0, begin - time.time()))
    once: Callable[[], int] = {"expire_leases": lambda: _expire(engine), "auto_accept": lambda: _accept(engine)}[sweep]
    while count := once():
        done += count
    end = time.time()
    engine.dispose()
    return done, end


def _expire(engine: Engine) -> int:
    with transaction(engine) as session:
        return leases.expire(session)


def _accept(engine: Engine) -> int:
    return auto_accept(lambda: transaction(engine))


def _left(urls: EmbeddedUrls, state: str) -> list[str]:
    with psycopg.connect(urls.app) as connection:
        row = connection.execute("SELECT count(*) FROM claim WHERE state = %s", (state,)).fetchone()
    return [f"{row[0]} claims are still {state}"] if row is not None and row[0] else []


def _bare(urls: EmbeddedUrls, state: str, claims: list[UUID]) -> float:
    statement, size = _BARE[state]
    with psycopg.connect(urls.owner) as connection:
        begun = time.perf_counter()
        for at in range(0, len(claims), size):
            connection.execute(statement, (claims[at : at + size],))
            connection.commit()
        return len(claims) / (time.perf_counter() - begun)


def _report(rates: dict[str, dict[str, float]], problems: list[str]) -> dict[str, Any]:
    print(f"Claims swept a second (aim {AIM:,}); bare: states alone, by one client, nothing booked, nothing logged.")
    heads = [*(f"{count} proc." for count in PROCESSES), "bare"]
    print(f"  {'':<14}" + "".join(f"{head:>10}" for head in heads))
    for sweep, of_sweep in rates.items():
        values = [*(of_sweep[str(count)] for count in PROCESSES), of_sweep["bare"]]
        print(f"  {sweep:<14}" + "".join(f"{value:>10,.0f}" for value in values))
    for problem in problems:
        print(problem)
    rounded = {sweep: {name: round(rate, 1) for name, rate in of.items()} for sweep, of in rates.items()}
    return {"claims_per_second": rounded, "aim": AIM, "problems": problems}


if __name__ == "__main__":
    sys.exit(main())

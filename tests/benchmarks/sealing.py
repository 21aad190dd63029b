"""`make bench`: how long events wait to be sealed at 1,000 a second, and what the log costs beside bare inserts.

    python -m tests.benchmarks.sealing [--quick] [--json FILE]

Four writers record events at a steady rate while a sealer looks every second, as the scheduler does; an event's lag is
from the statement that records it to the head that covers it. Then as many events as fit are written and sealed, beside
the same rows inserted into a table without queue, tree and heads. Ends with 1 when an event was not sealed, when the
99th percentile of the lag is above two seconds, or when fewer a second were written, so that it says nothing of 1,000.
What the log costs whoever works is `tests.benchmarks.logging_on`.
"""

import argparse
import json
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Engine, text

from marketplace.audit.queries import pending_count
from marketplace.audit.sealing import seal
from marketplace.db import migrate
from marketplace.db.embedded import APP_ROLE, EmbeddedServer
from marketplace.db.engine import make_engine, transaction
from tests.audit.parts import SIGNER, note

WRITERS = 4
RATE = 1_000
RATE_LEAST = 0.95
"""Of it, for the lag to be that at this rate."""
LAG_MAX_SECONDS = 2.0
EACH = 10
"""Events a transaction, as a claim's command writes several."""

_LAG = text(
    "SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY lag), max(lag) FROM ("
    "SELECT extract(epoch FROM head.sealed_at - event.recorded_at) AS lag FROM audit_leaf leaf "
    "JOIN audit_event event ON event.id = leaf.event_id "
    "CROSS JOIN LATERAL (SELECT sealed_at FROM audit_checkpoint WHERE tree_size > leaf.number "
    "ORDER BY tree_size LIMIT 1) head) lags"
)
_BARE = text(
    "INSERT INTO bare SELECT id, kind, subject_noun, subject_id, at, recorded_at, organization_ids, person_ids, body "
    "FROM audit_event LIMIT 1"
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="piecework-bench-"))
    server = EmbeddedServer(folder)
    try:
        urls = server.start()
        migrate.upgrade(urls.owner, app_role=APP_ROLE)
        engine = make_engine(urls.owner, application_name="bench", pool_size=WRITERS + 2)
        figures = _measure(engine, 3.0 if options.quick else 20.0)
        engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(
        f"{figures['events']:.0f} events at {figures['rate']:.0f} a second (wanted {RATE}): sealed within "
        f"{figures['lag_p99_seconds']:.2f} s (99 %; aim {LAG_MAX_SECONDS:.0f} s), "
        f"all within {figures['lag_max_seconds']:.2f} s\n"
        f"{figures['logged_per_second']:.0f} a second through commit and seal, {figures['bare_per_second']:.0f} as "
        "bare inserts"
    )
    if options.json is not None:
        options.json.write_text(json.dumps(figures))
    slow = figures["rate"] < RATE_LEAST * RATE
    if slow:
        print(f"Only {figures['rate']:.0f} events a second were written: the lag at {RATE} is not measured.")
    return int(slow or figures["unsealed"] > 0 or figures["lag_p99_seconds"] > LAG_MAX_SECONDS)


def _measure(engine: Engine, seconds: float) -> dict[str, float]:
    done = threading.Event()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        sealer = pool.submit(_keep_sealing, engine, done)
        begun = time.monotonic()
        events = sum(pool.map(lambda _: _write(engine, seconds, RATE / WRITERS), range(WRITERS)))
        took = time.monotonic() - begun
        done.set()
        sealer.result()
    with engine.connect() as connection:
        lag, longest = (float(one) for one in connection.execute(_LAG).one())
        connection.execute(text("CREATE TABLE bare (LIKE audit_event INCLUDING ALL)"))
        connection.execute(text("ALTER TABLE bare DROP CONSTRAINT bare_pkey"))
        connection.commit()
    begun = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as pool:
        logged = sum(pool.map(lambda _: _write(engine, seconds, None), range(WRITERS)))
    _seal_all(engine)
    logged_rate = logged / (time.monotonic() - begun)
    begun = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as pool:
        bare = sum(pool.map(lambda _: _insert(engine, seconds), range(WRITERS)))
    bare_rate = bare / (time.monotonic() - begun)
    with transaction(engine) as session:
        unsealed = pending_count(session)
    return {
        "events": events,
        "rate": events / took,
        "lag_p99_seconds": lag,
        "lag_max_seconds": longest,
        "logged_per_second": logged_rate,
        "bare_per_second": bare_rate,
        "unsealed": unsealed,
    }


def _write(engine: Engine, seconds: float, rate: float | None) -> int:
    """Record events for so long, at a steady rate where one is given; returns how many."""
    begun, written = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        with transaction(engine) as session:
            for _ in range(EACH):
                note(session)
        written += EACH
        if rate is not None:
            time.sleep(max(0.0, begun + written / rate - time.monotonic()))
    return written


def _insert(engine: Engine, seconds: float) -> int:
    begun, written = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        with transaction(engine) as session:
            for _ in range(EACH):
                session.execute(_BARE)
        written += EACH
    return written


def _keep_sealing(engine: Engine, done: threading.Event) -> None:
    while not done.wait(1.0):
        _seal_all(engine)
    _seal_all(engine)


def _seal_all(engine: Engine) -> None:
    while True:
        with transaction(engine) as session:
            if seal(session, SIGNER) is None:
                return


if __name__ == "__main__":
    sys.exit(main())

"""`make bench`: what is left of hundreds of thousands of claims in the hot tables, and whether dead rows are reclaimed.

    python -m tests.benchmarks.keeping_small [--quick] [--claims 200000] [--json FILE]

Claims are made, answered and decided in portions, straight in the tables, in the order of the verbs' own updates, with
autovacuum as it is set for each table. Then bytes a claim are compared after a tenth of them and after all: a table
that is kept small grows with its live rows alone. Ends with 1 where dead rows stay after the last vacuum.
"""

import sys
import time
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine
from tests.benchmarks import filling
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.keys import KEYS

CLAIMS, QUICK_CLAIMS, PORTION = 200_000, 3_000, 1_000
TABLES = ("seat", "claim", "answer", "task")
_SUBMIT = "UPDATE claim SET state = 'submitted', submitted_at = market_now(), lease_until = NULL WHERE id = ANY(%s)"
_ACCEPT = "UPDATE answer SET state = 'accepted', decided_at = market_now() WHERE claim_id = ANY(%s)"
_FINISH = """
WITH decided AS (
    UPDATE claim SET state = 'decided', decided_at = market_now() WHERE id = ANY(%s) RETURNING seat_id, task_id
), done AS (UPDATE seat SET state = 'done' FROM decided WHERE seat.id = seat_id)
UPDATE task SET state = 'done' FROM decided WHERE task.id = task_id
"""
_SIZES = """
SELECT relname, pg_relation_size(relid), pg_indexes_size(relid), n_live_tup, n_dead_tup, n_tup_upd, n_tup_hot_upd,
       autovacuum_count
FROM pg_stat_user_tables WHERE relname = ANY(%s)
"""


def main() -> int:
    options = options_of("Sizes of the hot tables.", "a few thousand claims", {"claims": (CLAIMS, QUICK_CLAIMS)})
    with fresh_database(settings={"autovacuum_naptime": "1s"}) as (_, urls):
        return kept(options, _measure(urls, options.claims))


def _measure(urls: EmbeddedUrls, claims: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    (chain,) = filling.open_chains(engine, 1, claims)
    workers = filling.hire_plainly(engine, 20)
    engine.dispose()
    filling.tidy(urls.superuser)  # plans made for empty tables read them whole with every portion
    begun = time.perf_counter()
    done = 0
    early: dict[str, dict[str, int]] = {}
    while done < claims:
        count = min(PORTION, claims - done)
        _decide(urls, filling.claim(urls.owner, chain.batch.id, workers, count, "claimed"))
        done += count
        if not early and done * 10 >= claims:
            early = _sizes(urls)
    seconds = time.perf_counter() - begun
    busy = _sizes(urls)
    filling.tidy(urls.superuser)
    return _report(claims, done, seconds, early, busy, _sizes(urls))


def _decide(urls: EmbeddedUrls, claims: list[UUID]) -> None:
    with closing(psycopg.connect(urls.owner)) as connection, connection:
        connection.execute(filling.ANSWER, {"claims": claims})
        for statement in (_SUBMIT, _ACCEPT, _FINISH):
            connection.execute(statement, (claims,))


def _sizes(urls: EmbeddedUrls) -> dict[str, dict[str, int]]:
    time.sleep(1.5)  # the counters come a little late
    names = ("heap", "indexes", "live", "dead", "updates", "hot", "autovacuums")
    with closing(psycopg.connect(urls.superuser)) as connection:
        rows = connection.execute(_SIZES, (list(TABLES),)).fetchall()
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def _report(
    claims: int,
    done: int,
    seconds: float,
    early: dict[str, dict[str, int]],
    busy: dict[str, dict[str, int]],
    last: dict[str, dict[str, int]],
) -> dict[str, Any]:
    print(f"{done:,} claims made, answered and decided in {seconds:.0f} s, with autovacuum beside.")
    print(f"  {'':<8}{'heap kB':>10}{'index kB':>10}{'dead, busy':>12}{'dead, then':>12}{'HOT':>7}{'vacuums':>9}")
    problems = []
    for table in TABLES:
        row, was = last[table], busy[table]
        hot = row["hot"] / row["updates"] if row["updates"] else 0.0
        print(
            f"  {table:<8}{row['heap'] // 1024:>10,}{row['indexes'] // 1024:>10,}{was['dead']:>12,}{row['dead']:>12,}"
            f"{hot:>7.0%}{row['autovacuums']:>9}"
        )
        if row["dead"]:
            problems.append(f"{row['dead']} dead rows of {table} stayed")
    first, all_of_them = (sum(part["claim"][name] for name in ("heap", "indexes")) for part in (early, busy))
    growth = all_of_them / claims / (first / (claims / 10)) if first else 0.0
    print(f"Bytes of the table of claims, for each: {growth:.2f} times as many at the end as after a tenth.")
    for problem in problems:
        print(problem)
    return {
        "claims": claims,
        "tables": last,
        "busy": busy,
        "bytes_a_claim_growth": round(growth, 2),
        "problems": problems,
    }


if __name__ == "__main__":
    sys.exit(main())

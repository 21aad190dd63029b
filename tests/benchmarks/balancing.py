"""`make bench`: the balance of a hot account from its snapshot, beside the sum of all its postings.

    python -m tests.benchmarks.balancing [--quick] [--postings 2000000] [--json FILE]

The postings are written straight into the tables, a snapshot is taken, and a tail follows, as long as one may grow
before the sweep takes the next. Both ways are asked in turn, and must say the same. Ends with 1 where they do not.
"""

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import rail_available
from marketplace.ledger.snapshots import TAIL_MIN, take_snapshots
from tests.benchmarks import filling
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.keys import KEYS

POSTINGS, QUICK_POSTINGS, ROUNDS = 2_000_000, 50_000, 9
_OPEN = """
WITH opened AS (INSERT INTO account (code, currency, label) VALUES (1100, 'CNY', 'sandbox'), (1110, 'CNY', 'sandbox'))
INSERT INTO journal (id, kind, key, payload_hash, subject_noun, subject_id, effective_on, actor)
VALUES (gen_random_uuid(), 'J1', 'bench', '', 'deposit', gen_random_uuid(), current_date, 'bench')
"""
_POST = """
INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency)
SELECT journal.id, debit.id, credit.id, number, 'CNY'
FROM generate_series(1, :count) AS number, journal, account AS debit, account AS credit
WHERE debit.code = 1100 AND credit.code = 1110
"""
_SUM = """
SELECT (SELECT sum(amount) FROM posting WHERE debit_account_id = account.id)
    - coalesce((SELECT sum(amount) FROM posting WHERE credit_account_id = account.id), 0)
FROM account WHERE code = 1100
"""


def main() -> int:
    options = options_of(
        "Balance of a hot account.", "tens of thousands of postings", {"postings": (POSTINGS, QUICK_POSTINGS)}
    )
    with fresh_database(keys=KEYS) as (_, urls):
        return kept(options, _measure(urls, options.postings))


def _measure(urls: EmbeddedUrls, postings: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)

    def opened() -> AbstractContextManager[Session]:
        return transaction(engine)

    _write(engine, postings)
    begun = time.perf_counter()
    take_snapshots(opened)
    taken = time.perf_counter() - begun
    _write(engine, TAIL_MIN - 1)
    filling.tidy(urls.superuser)
    account = rail_available("sandbox", "CNY")
    by_sum, summed = _timed(engine, lambda session: int(session.execute(text(_SUM)).scalar_one()))
    by_snapshot, kept = _timed(engine, lambda session: balance(session, account).amount)
    engine.dispose()
    print(
        f"Balance of an account with {postings + TAIL_MIN - 1:,} postings, {TAIL_MIN - 1:,} since its snapshot: "
        f"{by_snapshot:.1f} ms, by the sum of all {by_sum:.1f} ms ({by_sum / by_snapshot:.0f} times as long).\n"
        f"The snapshots were taken in {taken:.1f} s."
    )
    problems = [] if summed == kept else [f"the sum is {summed}, snapshot and tail say {kept}"]
    for problem in problems:
        print(problem)
    return {
        "postings": postings,
        "by_sum_ms": round(by_sum, 2),
        "by_snapshot_ms": round(by_snapshot, 2),
        "taken_seconds": round(taken, 2),
        "problems": problems,
    }


def _write(engine: Engine, count: int) -> None:
    with transaction(engine) as session:
        if session.execute(text("SELECT count(*) FROM journal")).scalar_one() == 0:
            session.execute(text(_OPEN))
        session.execute(text(_POST), {"count": count})


def _timed(engine: Engine, ask: Callable[[Session], int]) -> tuple[float, int]:
    """Median milliseconds, and the answer."""
    times, answer = [], 0
    for _ in range(ROUNDS):
        with transaction(engine) as session:
            begun = time.perf_counter()
            answer = ask(session)
            times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), answer


if __name__ == "__main__":
    sys.exit(main())

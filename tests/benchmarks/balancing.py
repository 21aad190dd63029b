"""`make bench`: what is kept of the books, beside the sums of all postings: a hot account, and the pages of finance.

    python -m tests.benchmarks.balancing [--quick] [--postings 2000000] [--payouts 20000] [--json FILE]

The postings are written straight into the tables, a snapshot is taken, and a tail follows, as long as one may grow
before the sweep takes the next. Then so many payouts with all that stands behind them (`filling_books.py`): each page
is asked while nothing is kept, and again after the sweeps. Both ways must say the same. Ends with 1 where they do not.
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
from marketplace.ledger.balances import balance, trial_balance
from marketplace.ledger.forecast import cash_forecast
from marketplace.ledger.recipes.accounts import rail_available
from marketplace.ledger.snapshots import TAIL_MIN, take_snapshots
from marketplace.payouts import ageing
from marketplace.payouts.kept_ages import keep_ages
from marketplace.reconciliation.queries import DISCREPANCIES_MAX
from marketplace.reconciliation.unconfirmed import keep_unconfirmed, unconfirmed
from tests.benchmarks.filling import open_chains, tidy
from tests.benchmarks.filling_books import Books, fill_books
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.builders.payouts import make_finance
from tests.keys import KEYS

POSTINGS, QUICK_POSTINGS, ROUNDS = 2_000_000, 50_000, 9
PAYOUTS, QUICK_PAYOUTS = 20_000, 500
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
        "What is kept of the books.",
        "tens of thousands of postings",
        {"postings": (POSTINGS, QUICK_POSTINGS), "payouts": (PAYOUTS, QUICK_PAYOUTS)},
    )
    with fresh_database(keys=KEYS) as (_, urls):
        found = _measure(urls, options.postings)
    with fresh_database(keys=KEYS) as (_, urls):
        pages, problems = _pages(urls, options.payouts)
    return kept(options, {**found, "pages": pages, "problems": [*found["problems"], *problems]})


def _pages(urls: EmbeddedUrls, payouts: int) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """Milliseconds of each page from all postings and from what is kept, and what they do not say alike."""
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    (chain,) = open_chains(engine, 1, 1)
    with transaction(engine) as session:
        reader = make_finance(session).preparer
        fill_books(session, chain.layers[-1][1].id, reader.person, Books(payouts))
    tidy(urls.superuser)
    pages: dict[str, Callable[[Session], Any]] = {
        "trial balance": lambda session: trial_balance(session, reader),
        "cash forecast": lambda session: cash_forecast(session, reader),
        "ageing, sums": lambda session: ageing.sums(session, reader, ageing.moment(session, reader)),
        "ageing, a page of lines": lambda session: ageing.lines(
            session, reader, ageing.moment(session, reader), ageing.Chosen()
        ),
        "journals without a line": lambda session: unconfirmed(session, most=DISCREPANCIES_MAX),
    }
    before = {page: _timed(engine, ask, rounds=3) for page, ask in pages.items()}
    take_snapshots(lambda: transaction(engine))
    with transaction(engine) as session:
        keep_ages(session)
        keep_unconfirmed(session)
    tidy(urls.superuser)
    after = {page: _timed(engine, ask, rounds=3) for page, ask in pages.items()}
    with transaction(engine) as session:
        counted = session.execute(text("SELECT (SELECT count(*) FROM posting), (SELECT count(*) FROM installment)"))
        size = "{:,} postings, {:,} installments".format(*counted.one())
    engine.dispose()
    print(f"Pages of finance on books of {size}:")
    for page, (took, _) in after.items():
        print(f"  {page:<24} {took:>9.1f} ms, from all postings {before[page][0]:>9.1f} ms")
    problems = [f"{page} says something else from what is kept" for page in pages if before[page][1] != after[page][1]]
    for problem in problems:
        print(problem)
    return {page: (round(before[page][0], 2), round(after[page][0], 2)) for page in pages}, problems


def _measure(urls: EmbeddedUrls, postings: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)

    def opened() -> AbstractContextManager[Session]:
        return transaction(engine)

    _write(engine, postings)
    begun = time.perf_counter()
    take_snapshots(opened)
    taken = time.perf_counter() - begun
    _write(engine, TAIL_MIN - 1)
    tidy(urls.superuser)
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


def _timed(engine: Engine, ask: Callable[[Session], Any], rounds: int = ROUNDS) -> tuple[float, Any]:
    """Median milliseconds, and the answer."""
    times, answer = [], None
    for _ in range(rounds):
        with transaction(engine) as session:
            begun = time.perf_counter()
            answer = ask(session)
            times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), answer


if __name__ == "__main__":
    sys.exit(main())

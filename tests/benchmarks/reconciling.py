"""`make bench`: the lines of a day of payouts read and matched, beside the same rows by a bare join.

    python -m tests.benchmarks.reconciling [--quick] [--payouts 50000] [--json FILE]

All payouts were sent and have arrived, each with its journals, and their rail tells one line of each. Half are the bare
statements', half the product's, in the same tables. The bare ones write lines, states, history and as many events in
one transaction, and look for no second journal, no second line and no other process. Ends with 1 when the two left
different numbers of rows, or a payout without its line.
"""

import datetime as dt
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.kernel.money import Money
from marketplace.rails.port import RailLine
from marketplace.reconciliation.importing import import_lines
from marketplace.reconciliation.matching import reconcile
from tests.benchmarks.filling import open_chains, tidy
from tests.benchmarks.filling_books import Books, fill_books
from tests.benchmarks.memory import peak_kb, reset_peak_kb
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.builders.payouts import make_finance
from tests.keys import KEYS

PAYOUTS, QUICK_PAYOUTS = 50_000, 2_000
_READ: Final = """
INSERT INTO external_line (id, rail, external_id, kind, amount, currency, occurred_at, reference)
SELECT uuid7(), 'sandbox', 'bl_' || id, 'transfer', -amount, currency, market_now(), rail_reference
FROM payout WHERE state = 'settled'
"""
_MATCH: Final = (
    """UPDATE external_line SET state = 'matched', journal_id = journal.id, matched_at = market_now()
    FROM payout
    JOIN journal ON journal.subject_id = payout.id AND journal.subject_noun = 'payout' AND journal.kind = 'J6'
    JOIN posting ON posting.journal_id = journal.id
    WHERE external_line.state = 'unmatched' AND payout.rail = external_line.rail
        AND payout.rail_reference = external_line.reference AND posting.amount = -external_line.amount
        AND posting.currency = external_line.currency""",
    """WITH turned AS (
        UPDATE payout SET state = 'reconciled', version = version + 1
        FROM external_line
        WHERE payout.state = 'settled' AND external_line.reference = payout.rail_reference
            AND external_line.state = 'matched'
        RETURNING payout.id, payout.attempt, external_line.id AS line_id
    )
    INSERT INTO payout_event (payout_id, kind, attempt, state_before, state_after, body)
    SELECT id, 'reconciled', attempt, 'settled', 'reconciled', jsonb_build_object('line', line_id) FROM turned""",
    """WITH written AS (
        INSERT INTO audit_event
            (id, kind, subject_noun, subject_id, at, recorded_at, organization_ids, person_ids, body)
        SELECT uuid7(), 'bench', 'external_line', id, market_now(), statement_timestamp(), '{}', '{}',
            convert_to(repeat('x', 400), 'UTF8')
        FROM external_line WHERE state = 'matched'
        RETURNING id, recorded_at
    )
    INSERT INTO audit_pending (recorded_at, event_id) SELECT recorded_at, id FROM written""",
)
TABLES: Final = ("external_line", "payout_event", "audit_event", "audit_pending")


def main() -> int:
    options = options_of(
        "A day of payouts reconciled.", f"{QUICK_PAYOUTS} payouts", {"payouts": (PAYOUTS, QUICK_PAYOUTS)}
    )
    with fresh_database(keys=KEYS) as (_, urls):
        return kept(options, _measure(urls, options.payouts))


def _measure(urls: EmbeddedUrls, payouts: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    (chain,) = open_chains(engine, 1, 1)
    contract_id = chain.layers[-1][1].id
    with transaction(engine) as session:
        person_id = make_finance(session).preparer.person
    with psycopg.connect(urls.app, options="-c timezone=UTC -c jit=off") as connection:
        _fill(engine, urls, contract_id, person_id, payouts)
        counts = [_counts(connection)]
        seconds = {"bare reads": _timed(connection, _READ), "bare matches": _timed(connection, *_MATCH)}
        connection.commit()
        counts.append(_counts(connection))
        _fill(engine, urls, contract_id, person_id, payouts)
        counts.append(_counts(connection))
        rails: Any = {"sandbox": _Telling(connection)}
        before = reset_peak_kb()
        begun = time.perf_counter()
        read = import_lines(lambda: transaction(engine), rails["sandbox"])
        seconds["product reads"] = time.perf_counter() - begun
        rails["sandbox"].told = True
        begun = time.perf_counter()
        done = reconcile(lambda: transaction(engine), rails)
        seconds["product matches"] = time.perf_counter() - begun
        grown_mb = max(0, peak_kb() - before) / 1024
        counts.append(_counts(connection))
    engine.dispose()
    rows = [{name: later[name] - former[name] for name in later} for former, later in pairwise(counts)]
    problems = [] if rows[0] == rows[2] else [f"other rows: {rows[2]}, and by bare statements {rows[0]}"]
    if (read, done["matched"], counts[-1]["reconciled"]) != (payouts, payouts, 2 * payouts):
        problems.append(f"{read} lines read, {done['matched']} matched, {counts[-1]['reconciled']} payouts reconciled")
    return _report(seconds, payouts, grown_mb, problems)


class _Telling:
    """A rail that tells one line of each payout that has arrived and is not reconciled, as it reads them, once."""

    name, real_money, told = "sandbox", False, False

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def lines(self, since: object) -> Iterator[RailLine]:  # noqa: ARG002 - the port's
        if self.told:
            return
        moment = dt.datetime.now(dt.UTC)
        with self._connection.cursor("lines") as cursor:
            cursor.itersize = 1_000
            cursor.execute("SELECT id, amount, currency, rail_reference FROM payout WHERE state = 'settled'")
            for payout_id, amount, currency, reference in cursor:
                yield RailLine(f"bl_{payout_id}", "transfer", -Money(amount, currency), moment, reference)
        self._connection.commit()


def _fill(engine: Engine, urls: EmbeddedUrls, contract_id: UUID, person_id: UUID, payouts: int) -> None:
    with transaction(engine) as session:
        fill_books(session, contract_id, person_id, Books(payouts, installments=1, earnings=1, matched=False))
    tidy(urls.superuser)


def _timed(connection: psycopg.Connection[Any], *statements: str) -> float:
    begun = time.perf_counter()
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    return time.perf_counter() - begun


def _counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    asked = {table: f"SELECT count(*) FROM {table}" for table in TABLES}
    asked["reconciled"] = "SELECT count(*) FROM payout WHERE state = 'reconciled'"
    found = {}
    for name, statement in asked.items():
        row = connection.execute(statement).fetchone()
        assert row is not None
        found[name] = int(row[0])
    connection.commit()
    return found


def _report(seconds: dict[str, float], payouts: int, grown_mb: float, problems: list[str]) -> dict[str, Any]:
    factors = {what: seconds[f"product {what}"] / seconds[f"bare {what}"] for what in ("reads", "matches")}
    print(f"The lines of {payouts:,} payouts, synchronous commit; the product's memory grew by {grown_mb:.0f} MB:")
    for what, factor in factors.items():
        print(
            f"  {what:<8} bare {seconds[f'bare {what}']:>7.2f} s, product {seconds[f'product {what}']:>7.2f} s: "
            f"{factor:.1f} times"
        )
    for problem in problems:
        print(problem)
    return {
        "payouts": payouts,
        "seconds": {name: round(took, 3) for name, took in seconds.items()},
        "factors": {what: round(factor, 2) for what, factor in factors.items()},
        "memory_grown_mb": round(grown_mb, 1),
        "problems": problems,
    }


if __name__ == "__main__":
    sys.exit(main())

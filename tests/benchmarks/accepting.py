"""`make bench`: accepting a hundred claims at once, ten, and one, each beside the same rows by bare statements.

    python -m tests.benchmarks.accepting [--quick] [--rounds 30] [--json FILE]

Claims of one answer each, by four workers, in a job through two layers. Product and bare statements take turns, so that
what else the machine does meets both alike. One by one means a verdict for each claim, in a transaction of its own, of
which the bare statements make one too. Ends with 1 when the two left different numbers of rows.
"""

import statistics
import sys
import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from sqlalchemy import Engine

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import accept_claims
from marketplace.work.verdicts import Verdict
from tests.benchmarks import bare_accepting, filling
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.builders.settlement import Chain
from tests.keys import KEYS

WORKERS = 4
ROUNDS, QUICK_ROUNDS = 40, 6
WARM = 2
"""Accounts and installments come to be with the first ones; then each turn writes the same rows."""


@dataclass(frozen=True, slots=True)
class Way:
    """So many claims at a time; `aim` is the share of bare."""

    name: str
    size: int
    aim: float
    meaning: str


WAYS = (
    Way("hundred", 100, 0.50, "a hundred claims at once"),
    Way("ten", 10, 0.50, "ten claims at once"),
    Way("one", 1, 0.25, "a verdict for each claim"),
)


def main() -> int:
    options = options_of("Answers accepted a second.", "a few rounds", {"rounds": (ROUNDS, QUICK_ROUNDS)})
    with fresh_database() as (_, urls):
        return kept(options, _measure(urls, options.rounds))


def _measure(urls: EmbeddedUrls, rounds: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    # One by one all claims are of one worker, so that each writes the same rows: a quarter of those that are made.
    needed = {way.size: (2 * rounds + WARM) * way.size * (WORKERS if way.size == 1 else 1) for way in WAYS}
    (chain,) = filling.open_chains(engine, 1, sum(needed.values()))
    workers = filling.hire_plainly(engine, WORKERS)
    claims = filling.claim(urls.owner, chain.batch.id, workers, sum(needed.values()), "submitted")
    measured = []
    with psycopg.connect(urls.app, options="-c timezone=UTC") as connection:
        rows = _in_turn(bare_accepting.prepare(connection, claims))
        connection.commit()
        for way in WAYS:
            of_way, rows = rows[: needed[way.size]], rows[needed[way.size] :]
            if way.size == 1:
                of_way = [row for row in of_way if row[3] == of_way[0][3]]
            slices = [of_way[at : at + way.size] for at in range(0, len(of_way), way.size)]
            measured.append(_take_turns(urls, engine, connection, chain, slices))
    engine.dispose()
    return _report(measured)


def _in_turn(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The claims of each worker in turn, so that any few of them in a row are of all workers."""
    by_worker: dict[Any, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_worker.setdefault(row[3], []).append(row)
    return [row for turn in zip(*by_worker.values(), strict=True) for row in turn]


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each turn, and the rows that one turn of each added."""

    product: list[float]
    bare: list[float]
    added: dict[str, dict[str, int]]


def _take_turns(
    urls: EmbeddedUrls, engine: Engine, connection: Connection[Any], chain: Chain, slices: list[list[tuple[Any, ...]]]
) -> Measured:
    for rows in slices[:WARM]:
        before = bare_accepting.count_rows(connection)
        connection.commit()
        _accept(engine, chain, rows)
    # Plans that were made while the tables were empty are forgotten, as they are in use with the first autovacuum.
    filling.tidy(urls.superuser)
    engine.dispose()
    events = bare_accepting.count_rows(connection)["audit_event"] - before["audit_event"]
    template = bare_accepting.read_template(connection, chain.job.id, chain.batch.id, events)
    measured = Measured([], [], {"product": {}, "bare": {}})
    for turn, (ours, theirs) in enumerate(zip(slices[WARM::2], slices[WARM + 1 :: 2], strict=True)):
        before = bare_accepting.count_rows(connection) if turn == 0 else {}
        connection.commit()
        measured.product.append(_timed(lambda: _accept(engine, chain, ours)))  # noqa: B023 - called at once
        between = bare_accepting.count_rows(connection) if turn == 0 else {}
        connection.commit()
        measured.bare.append(_timed(lambda: bare_accepting.accept(connection, template, theirs)))  # noqa: B023
        if turn == 0:
            after = bare_accepting.count_rows(connection)
            connection.commit()
            measured.added["product"] = {table: between[table] - before[table] for table in before}
            measured.added["bare"] = {table: after[table] - between[table] for table in before}
    return measured


def _accept(engine: Engine, chain: Chain, rows: list[tuple[Any, ...]]) -> None:
    with transaction(engine) as session:
        if len(rows) == 1:
            claim_id, _, _, _, answer_id = rows[0]
            decide_answers(session, chain.reviewer, claim_id, [Verdict(answer_id, "accept")])
        else:
            done = accept_claims(session, chain.reviewer, [row[0] for row in rows])
            assert len(done.accepted) == len(rows)


def _timed(doing: Any) -> float:
    begun = time.perf_counter()
    doing()
    return time.perf_counter() - begun


def _report(measured: list[Measured]) -> dict[str, Any]:
    print("Answers accepted a second, by the median turn; two layers, four workers, synchronous commit.")
    found: dict[str, Any] = {"answers_per_second": {}, "product_share_of_bare": {}, "share_aims": {}, "problems": []}
    for way, one in zip(WAYS, measured, strict=True):
        rates = {name: way.size / statistics.median(getattr(one, name)) for name in ("bare", "product")}
        share = rates["product"] / rates["bare"]
        print(
            f"  {way.meaning:<26} bare {rates['bare']:>7,.0f}  product {rates['product']:>7,.0f}"
            f"  {share:.0%} (aim {way.aim:.0%})"
        )
        found["answers_per_second"][way.name] = {name: round(rate, 1) for name, rate in rates.items()}
        found["product_share_of_bare"][way.name] = round(share, 3)
        found["share_aims"][way.name] = way.aim
        if one.added["product"] != one.added["bare"]:
            found["problems"].append(f"{way.meaning}: the two wrote other rows: {one.added}")
    for problem in found["problems"]:
        print(problem)
    return found


if __name__ == "__main__":
    sys.exit(main())

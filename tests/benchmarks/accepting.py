"""`make bench`: accepting a hundred claims at once, beside the same rows written by bare statements.

    python -m tests.benchmarks.accepting [--quick] [--rounds 30] [--json FILE]

Claims of one answer each, by four workers, in a job through two layers. The two take turns, a hundred claims each, so
that what else the machine does meets both alike; a third line accepts the claims one by one. Ends with 1 when the two
left different numbers of rows.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from marketplace.db import migrate
from marketplace.db.embedded import APP_ROLE, EmbeddedServer, EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import accept_claims
from marketplace.work.verdicts import Verdict
from tests.benchmarks import bare_accepting, filling
from tests.builders.settlement import Chain
from tests.keys import KEYS

CLAIMS, WORKERS, SINGLE = 100, 4, 20
ROUNDS, QUICK_ROUNDS = 40, 6
SHARE_AIM = 0.50


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="Answers accepted a second.")
    parser.add_argument("--quick", action="store_true", help="a few rounds")
    parser.add_argument("--rounds", type=int, help=f"hundreds of claims for each, {ROUNDS} unless given")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    folder = Path(tempfile.mkdtemp(prefix="piecework-bench-"))
    server = EmbeddedServer(folder)
    try:
        urls = server.start()
        migrate.upgrade(urls.owner, app_role=APP_ROLE)
        found = _measure(urls, rounds)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if found["problems"] else 0


def _measure(urls: EmbeddedUrls, rounds: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    count = CLAIMS * (2 * rounds + 2) + SINGLE
    (chain,) = filling.open_chains(engine, 1, count)
    workers = filling.hire_plainly(engine, WORKERS)
    claims = filling.claim(urls.owner, chain.batch.id, workers, count, "submitted")
    filling.tidy(urls.superuser)
    slices = [claims[at : at + CLAIMS] for at in range(0, count - SINGLE, CLAIMS)]
    seconds: dict[str, list[float]] = {"product": [], "bare": [], "one by one": []}

    def product(claim_ids: list[UUID]) -> None:
        with transaction(engine) as session:
            done = accept_claims(session, chain.reviewer, claim_ids)
            assert len(done.accepted) == len(claim_ids)

    # Accounts and installments come to be with the first ones; then each turn writes the same rows. Plans that were
    # made while the tables were empty are forgotten, as they are in use with the first autovacuum.
    for _ in range(2):
        product(slices.pop())
    filling.tidy(urls.superuser)
    engine.dispose()
    with psycopg.connect(urls.app, options="-c timezone=UTC") as connection:
        template = bare_accepting.read_template(connection, chain.job.id, chain.batch.id)
        added: dict[str, dict[str, int]] = {"product": {}, "bare": {}}
        for turn, (ours, theirs) in enumerate(zip(slices[::2], slices[1::2], strict=True)):
            rows = bare_accepting.prepare(connection, theirs)
            before = bare_accepting.count_rows(connection) if turn == 0 else {}
            connection.commit()
            seconds["product"].append(_timed(lambda: product(ours)))  # noqa: B023 - called at once
            between = bare_accepting.count_rows(connection) if turn == 0 else {}
            connection.commit()
            seconds["bare"].append(_timed(lambda: bare_accepting.accept(connection, template, rows)))  # noqa: B023
            if turn == 0:
                after = bare_accepting.count_rows(connection)
                added["product"] = {table: between[table] - before[table] for table in before}
                added["bare"] = {table: after[table] - between[table] for table in before}
        for claim_id in claims[-SINGLE:]:
            rows = bare_accepting.prepare(connection, [claim_id])
            connection.commit()
            seconds["one by one"].append(_timed(lambda: _single(engine, chain, claim_id, rows)))  # noqa: B023
    problems = [] if added["product"] == added["bare"] else [f"the two wrote other rows: {added}"]
    engine.dispose()
    return _report(seconds, added["product"], problems)


def _single(engine: Any, chain: Chain, claim_id: UUID, rows: list[tuple[Any, ...]]) -> None:
    with transaction(engine) as session:
        decide_answers(session, chain.reviewer, claim_id, [Verdict(row[4], "accept") for row in rows])


def _timed(doing: Any) -> float:
    begun = time.perf_counter()
    doing()
    return time.perf_counter() - begun


def _report(seconds: dict[str, list[float]], added: dict[str, int], problems: list[str]) -> dict[str, Any]:
    rates = {
        name: (1 if name == "one by one" else CLAIMS) / statistics.median(times) for name, times in seconds.items()
    }
    share = rates["product"] / rates["bare"]
    print("Answers accepted a second, by the median turn; two layers, four workers, synchronous commit.")
    for name, meaning in (
        ("bare", "the same rows by bare statements"),
        ("product", "a hundred claims at once, all rules"),
        ("one by one", "a verdict for each claim"),
    ):
        print(f"  {name:<12} {rates[name]:>9,.0f}  {meaning}")
    print(f"Product to bare: {share:.0%} (aim {SHARE_AIM:.0%}). Rows of a hundred: {added}.")
    for problem in problems:
        print(problem)
    return {
        "answers_per_second": {name: round(rate, 1) for name, rate in rates.items()},
        "product_share_of_bare": round(share, 3),
        "share_aim": SHARE_AIM,
        "rows_of_a_hundred": added,
        "problems": problems,
    }


if __name__ == "__main__":
    sys.exit(main())

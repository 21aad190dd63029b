"""`make bench`: how many answers a second go out in each format, beside a bare COPY of the same rows to nowhere.

    python -m tests.benchmarks.exporting [--quick] [--rows 200000] [--json FILE]

Measured in one run, in turn: (copy) the export's own query by COPY ... TO STDOUT, its rows thrown away; (each format)
the product's export with its snapshot, its file, its digest and its event, in a process of its own whose memory is
looked at: the peak while it runs over what it held before, for all rows and for a tenth of them. Real commits to a
database with production settings. Ends with 1 when a file has other rows than it should.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine, select

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, snapshot, transaction
from marketplace.exports.asking import request_export
from marketplace.exports.making import make_runner
from marketplace.exports.reading import STATEMENTS
from marketplace.gateways.local_storage import LocalStorage
from marketplace.kernel.actor import Actor
from marketplace.operations.running import run_due
from marketplace.settlement.accepting import decide_answers
from marketplace.work.models import Answer
from marketplace.work.verdicts import Verdict
from tests.benchmarks.running import fresh_database, kept
from tests.builders.work import Market, claim_and_submit, make_market, make_worker, open_batch

ROWS, QUICK_ROWS = 200_000, 5_000
FORMATS = ("results.jsonl", "results.csv", "label_studio.json", "price_chain.csv")
GROWTH_MB_AIM = 50
SECONDS_MAX = 1_800
_KB_PER_MB = 1024

# Every column but the ones that tell the rows apart is as the product wrote it for the first row.
_MULTIPLY = (
    """
    INSERT INTO item SELECT (jsonb_populate_record(item, jsonb_build_object(
        'id', uuid7(), 'ordinal', number, 'external_id', 'text-' || lpad(number::text, 7, '0')
    ))).* FROM item, generate_series(2, %(rows)s) AS number WHERE job_id = %(job)s AND ordinal = 1
    """,
    """
    INSERT INTO answer SELECT (jsonb_populate_record(answer, jsonb_build_object(
        'id', uuid7(), 'item_id', item.id, 'ordinal', item.ordinal
    ))).* FROM answer, item WHERE answer.job_id = %(job)s AND item.job_id = %(job)s AND item.ordinal > 1
    """,
    """
    INSERT INTO review SELECT (jsonb_populate_record(review, jsonb_build_object('id', uuid7(), 'answer_id', answer.id)
    )).* FROM review, answer WHERE answer.job_id = %(job)s AND answer.ordinal > 1 AND review.answer_id = %(first)s
    """,
)


def make_rows(engine: Engine, urls: EmbeddedUrls, rows: int) -> Market:
    """A job of so many accepted answers: one through the verbs, the others as copies of its rows."""
    with transaction(engine) as session:
        market = make_market(session, items_count=1)
        claimed, _ = claim_and_submit(session, make_worker(session), open_batch(session, market))
        first = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
        decide_answers(session, market.reviewer, claimed.id, [Verdict(first, "accept")])
        job_id = market.job.id
    with psycopg.connect(urls.superuser, autocommit=True) as connection:
        for statement in _MULTIPLY:
            connection.execute(statement, {"rows": rows, "job": job_id, "first": first})
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    return market


def bare_copy(urls: EmbeddedUrls, market: Market) -> float:
    """Seconds of the export's query by COPY, its rows thrown away."""
    query = STATEMENTS.results.text
    values = {
        ":job_id": f"'{market.job.id}'",
        ":client_id": f"'{market.job.organization_id}'",
        ":states": "'{accepted, accepted_on_appeal}'",
    }
    for name, value in values.items():
        query = query.replace(name, value)
    with psycopg.connect(urls.app) as connection, connection.cursor() as cursor:
        begun = time.perf_counter()
        with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
            for _ in copy:
                pass
        return time.perf_counter() - begun


def export(engine: Engine, urls: EmbeddedUrls, folder: Path, asker: Actor, job_id: UUID, name: str) -> dict[str, Any]:
    """One export in a process of its own: its seconds, rows, bytes, and megabytes grown by."""
    with transaction(engine) as session:
        request_export(session, asker, format_name=name, job_id=job_id)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.exporting", "--inside", urls.app, str(folder)],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=True,
    )
    with psycopg.connect(urls.app) as connection:
        found = connection.execute(
            "SELECT row_count, byte_count FROM export WHERE ready_at IS NOT NULL ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert found is not None, done.stderr
    return {**json.loads(done.stdout.splitlines()[-1]), "rows": found[0], "bytes": found[1]}


def inside(url: str, folder: Path) -> None:
    """In the process that is measured: run what is due, and say how long it took and by how much memory grew."""
    engine = make_engine(url, application_name="piecework export")
    transactions = partial(transaction, engine)
    keep = timedelta(hours=1)
    runner = make_runner(
        transactions, partial(snapshot, engine), LocalStorage(folder), keep=keep, secret=b"for the benchmark"
    )
    with transactions() as session:
        session.connection()
    before, begun = _memory_kb("VmRSS"), time.perf_counter()
    run_due(transactions, {"export": runner}, places=1)
    seconds = time.perf_counter() - begun
    grown = max(0, _memory_kb("VmHWM") - before)
    _say(json.dumps({"seconds": seconds, "grown_megabytes": round(grown / _KB_PER_MB, 1)}))
    engine.dispose()


def _memory_kb(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main() -> int:
    options = _options()
    if options.inside:
        inside(options.inside[0], Path(options.inside[1]))
        return 0
    _say("Starting a database with production settings ...")
    with fresh_database() as (folder, urls):
        return kept(options, _measure(options.rows, folder, urls))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Answers a second.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS:,} answers")
    parser.add_argument("--rows", type=int, help=f"how many, {ROWS:,} unless given")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rows = options.rows or (QUICK_ROWS if options.quick else ROWS)
    if options.rows < 1:
        parser.error("--rows must be at least 1")
    return options


def _measure(rows: int, folder: Path, urls: EmbeddedUrls) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark")
    tenth, whole = (make_rows(engine, urls, count) for count in (max(1, rows // 10), rows))
    copies = [bare_copy(urls, whole)]
    cells, problems = [], []
    for name in FORMATS:
        less = export(engine, urls, folder / "media", tenth.requester, tenth.job.id, name)
        cell = export(engine, urls, folder / "media", whole.requester, whole.job.id, name)
        parts = 3 if name == "price_chain.csv" else 1
        if cell["rows"] % rows or not rows <= cell["rows"] <= parts * rows:
            problems.append(f"{name} has {cell['rows']} rows for {rows} answers")
        cells.append({"format": name, **cell, "grown_megabytes_of_a_tenth": less["grown_megabytes"]})
    copies.append(bare_copy(urls, whole))
    engine.dispose()
    return _report(rows, sum(copies) / len(copies), cells, problems)


def _report(rows: int, copy_seconds: float, cells: list[dict[str, Any]], problems: list[str]) -> dict[str, Any]:
    _say(f"\n{'way out':18} {'answers/s':>10} {'of COPY':>8} {'MB':>8} {'grown MB':>9} {'of a tenth':>11}")
    _say(f"{'copy':18} {rows / copy_seconds:10,.0f} {1:8.0%}")
    for cell in cells:
        cell["answers_per_second"] = round(rows / cell["seconds"])
        cell["share_of_copy"] = round(copy_seconds / cell["seconds"], 3)
        _say(
            f"{cell['format']:18} {cell['answers_per_second']:10,} {cell['share_of_copy']:8.0%} "
            f"{cell['bytes'] / 1e6:8.1f} {cell['grown_megabytes']:9.1f} {cell['grown_megabytes_of_a_tenth']:11.1f}"
        )
    most = max(cell["grown_megabytes"] for cell in cells)
    _say(f"\nMost memory grown by: {most:.0f} MB (aim {GROWTH_MB_AIM} or less).")
    for problem in problems:
        _say(problem)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processors": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "answers": rows,
        "copy_answers_per_second": round(rows / copy_seconds),
        "cells": cells,
        "problems": problems,
    }


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

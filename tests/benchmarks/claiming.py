"""`make bench`: how many claims and submissions a second, beside two baselines that write the same rows.

    python -m tests.benchmarks.claiming [--quick] [--seconds 4] [--json FILE]

Measured in one run: (statements) the product's own SQL from database clients, (thin) a Flask application on the same
web server that runs this SQL and nothing else, (product) /worker/v1 with keys and every rule. Each twice: a claim and a
submission as two requests, and the next claim in one request with the submission. Real commits to a
database with production settings, web servers with the product's command line. Ends with 1 when a system wrote other
rows than it should have, or a task was given out twice.
"""

import argparse
import math
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine
from tests.benchmarks import report
from tests.benchmarks.growth import claim_microseconds
from tests.benchmarks.market import Backlog, hire, open_backlog
from tests.benchmarks.report import Cell
from tests.benchmarks.rows import EXPECTED, Rows, count_rows, differences, tasks_given_twice
from tests.benchmarks.running import fresh_database, kept
from tests.benchmarks.systems import System, all_systems
from tests.benchmarks.tickets import Outcome

WORKERS, BACKLOGS = (1, 8, 32), (1_000, 100_000, 1_000_000)
QUICK_WORKERS, QUICK_BACKLOGS = (1, 8), (500, 20_000)
SECONDS, QUICK_SECONDS = 4.0, 1.0
SECONDS_MAX = 60.0
PAIRS_PER_SECOND = 1500
"""For how many pairs a second, in the mean over the loads, there are seats; a faster machine measures for less time."""
WARM_SHARE = 0.15
SETUP_TIMEOUT_SECONDS = 900


def main() -> int:
    options = _options()
    begun = time.perf_counter()
    _say("Starting a database with production settings ...")
    with fresh_database() as (folder, urls):
        found = _measure(options, folder, urls)
    found["seconds"] = round(time.perf_counter() - begun, 1)
    _say(f"Done in {found['seconds']:.0f} s.")
    return kept(options, found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Claim-and-submit pairs a second.")
    parser.add_argument("--quick", action="store_true", help="smaller backlogs and short cells: a minute in all")
    parser.add_argument("--seconds", type=float, help=f"length of a cell, {SECONDS:g} unless given")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--workers", type=_numbers, help="numbers of workers at once, as in 1,8,32")
    parser.add_argument("--backlogs", type=_numbers, help="sizes of backlogs, as in 1000,100000")
    options = parser.parse_args()
    options.seconds = options.seconds or (QUICK_SECONDS if options.quick else SECONDS)
    if not 0 < options.seconds <= SECONDS_MAX:
        parser.error(f"--seconds must be more than 0 and at most {SECONDS_MAX:g}")
    options.workers = options.workers or (QUICK_WORKERS if options.quick else WORKERS)
    options.backlogs = options.backlogs or (QUICK_BACKLOGS if options.quick else BACKLOGS)
    return options


def _numbers(text: str) -> tuple[int, ...]:
    found = tuple(sorted({int(part) for part in text.split(",")}))
    if found[0] < 1:
        raise ValueError("numbers from 1")
    return found


def _measure(options: argparse.Namespace, folder: Path, urls: EmbeddedUrls) -> dict[str, Any]:
    engine = make_engine(
        urls.app, application_name="piecework benchmark", statement_timeout_seconds=SETUP_TIMEOUT_SECONDS
    )
    hands = [hire(engine, max(options.workers)) for _ in range(3)]
    cells: list[Cell] = []
    backlogs: list[Backlog] = []
    costs: dict[int, float | None] = {}
    (lone,) = hire(engine, 1).identifiers
    with all_systems(folder, urls, hands) as systems:
        # From small to large, so that the small ones are not measured in the tables of the large.
        for size in options.backlogs:
            backlog = _backlog(engine, urls, size, options)
            backlogs.append(backlog)
            costs[size] = claim_microseconds(urls.app, lone, backlog)
            for workers in options.workers:
                for together in (False, True):
                    cells += _cells(systems, backlog, workers, options.seconds, together=together)
        engine.dispose()
        names = [system.name for system in systems]
        written = [count_rows(urls.app, system.hands) for system in systems]
        problems = _problems(cells, systems, written, tasks_given_twice(urls.app))
    figures = report.summary(cells, costs)
    tables = [report.table([cell for cell in cells if cell.together is way], names) for way in (False, True)]
    for line in ["", tables[0], "", tables[1], "", *report.closing_lines(figures), *problems]:
        _say(line)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processors": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "systems": {system.name: system.meaning for system in systems},
        "setup": [
            {"tasks": backlog.size * backlog.batches, "batches": backlog.batches, "seconds": backlog.seconds}
            for backlog in backlogs
        ],
        "cells": [cell.to_json() for cell in cells],
        "rows_per_pair": EXPECTED,
        "rows": {system.name: asdict(rows_of) for system, rows_of in zip(systems, written, strict=True)},
        "summary": figures,
        "problems": problems,
    }


def _backlog(engine: Engine, urls: EmbeddedUrls, size: int, options: argparse.Namespace) -> Backlog:
    """Open tasks for every load on this size, and leave no work of making them behind."""
    slices = 2 * 3 * len(options.workers) * options.seconds * (1 + WARM_SHARE)
    backlog = Backlog(size, math.ceil(slices * PAIRS_PER_SECOND / (size / 2)))
    open_backlog(engine, backlog, _say)
    begun = time.perf_counter()
    with psycopg.connect(urls.superuser, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    backlog.seconds["vacuum"] = time.perf_counter() - begun
    return backlog


def _cells(systems: Sequence[System], backlog: Backlog, workers: int, seconds: float, *, together: bool) -> list[Cell]:
    """The systems under one load, each in two halves in turn, so that what else the machine does meets all alike."""
    outcomes = {system.name: Outcome() for system in systems}
    for order in (systems, tuple(reversed(systems))):
        for system in order:
            part = system.load(backlog, workers, seconds / 2, seconds / 2 * WARM_SHARE, together=together)
            outcomes[system.name].measured_seconds += part.measured_seconds
            outcomes[system.name].add(part)
    cells = [Cell(system.name, workers, backlog.size, together, outcomes[system.name]) for system in systems]
    done = ", ".join(f"{cell.system} {cell.pairs_per_second:.0f}" for cell in cells)
    way = "in one request" if together else "in two requests"
    _say(f"  backlog {backlog.size:,}, {workers} workers: {done} pairs a second {way}")
    return cells


def _problems(cells: Sequence[Cell], systems: Sequence[System], written: Sequence[Rows], twice: int) -> list[str]:
    """Everything that makes the figures worthless."""
    problems = [f"{twice} tasks were given out twice"] if twice else []
    for system, rows_of in zip(systems, written, strict=True):
        own = [cell for cell in cells if cell.system == system.name]
        problems += [f"{system.name}: {cell.outcome.first_wrong}" for cell in own if cell.outcome.wrong]
        problems += [
            f"{system.name}: nothing measured with {cell.workers}" for cell in own if not cell.outcome.measured
        ]
        pairs = sum(cell.outcome.made for cell in own)
        problems += differences(system.name, rows_of, pairs, written[-1])
    return problems


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

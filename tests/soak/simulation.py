"""Thousands of histories of a whole market, each drawn from its seed; see tests/simulation.

    python -m tests.soak.simulation [--histories 2000] [--steps 60] [--first 1000] [--processes 2]

Each runs in a transaction that is rolled back, on a database of its own. A history that goes wrong is told with its
seed and all its steps; the program then ends with 1. Such a seed goes into KEPT of tests/simulation/test_simulation.py.
"""

import argparse
import multiprocessing
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

from sqlalchemy import create_engine

from marketplace.db import migrate
from marketplace.db.children import end_with_parent
from marketplace.db.embedded import APP_ROLE, UNSAFE_SETTINGS, EmbeddedServer
from marketplace.db.engine import driver_url
from marketplace.db.sealed import OPTION
from tests.keys import KEYS
from tests.simulation.history import HistoryError, live


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=60, help="drawn after the opening, which is the same in all")
    parser.add_argument("--first", type=int, default=1000, help="the seed of the first")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="piecework-simulation-"))
    server = EmbeddedServer(folder, settings=UNSAFE_SETTINGS)
    try:
        urls = server.start()
        migrate.upgrade(urls.owner, app_role=APP_ROLE)
        return campaign(urls.app, range(asked.first, asked.first + asked.histories), asked.steps, asked.processes)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def campaign(url: str, seeds: range, steps: int, processes: int) -> int:
    """Live through all of them; says what came of each that went wrong, and at the end how much was done."""
    began = time.monotonic()
    done: Counter[str] = Counter()
    wrong: list[int] = []
    with multiprocessing.get_context("forkserver").Pool(
        processes, initializer=end_with_parent, initargs=(signal.SIGKILL,)
    ) as pool:
        for seed, counts, problem in pool.imap_unordered(partial(one, url, steps), seeds):
            done.update(counts)
            if problem:
                wrong.append(seed)
                print(f"WRONG: {problem}", flush=True)
    took = time.monotonic() - began
    print(f"{len(seeds)} histories of {steps} drawn steps in {took:.0f} s; steps that came to their end: {dict(done)}")
    if wrong:
        print(f"WRONG: {len(wrong)} seeds: {sorted(wrong)}")
    return 1 if wrong else 0


def one(url: str, steps: int, seed: int) -> tuple[int, dict[str, int], str]:
    """The history of one seed: how often each step came to its end, and what went wrong, or ""."""
    engine = create_engine(driver_url(url), execution_options={OPTION: KEYS})
    try:
        with engine.connect() as connection, connection.begin() as outer:
            try:
                return seed, live(connection, seed, steps).done, ""
            except HistoryError as problem:
                return seed, {}, str(problem)
            finally:
                outer.rollback()
    finally:
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())

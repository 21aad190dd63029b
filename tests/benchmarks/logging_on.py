"""`make bench`: what the log costs a writer: commits a second of the same verbs with their events and without.

    python -m tests.benchmarks.logging_on [--quick] [--turns 30] [--json FILE]

One worker claims a task of one item, submits it, and a reviewer accepts it: three commits, three or more events. Turns
with the log and without it take turns, so that what else the machine does meets both alike; without it each verb does
all else and only its call of `record` is left out. While turns with the log last, a sealer beside the writer seals what
waits, once in each second of them, as the scheduler does: most turns are shorter and the median of the pairs does not
see it, the quotient of the sums does. How soon events are sealed is measured apart (`tests.benchmarks.sealing`). Ends
with 1 when a turn with the log wrote no events or one without it did.
"""

import statistics
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from marketplace.audit import recording
from marketplace.audit.sealing import seal
from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.audit.parts import SIGNER
from tests.benchmarks.filling import open_chains, tidy
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.builders.settlement import Chain
from tests.builders.work import make_worker
from tests.keys import KEYS

TURNS, QUICK_TURNS = 40, 4
ANSWERS = 10
"""Of one turn, each in three commits."""
WARM = 2
COST_AIM = 0.15
SEAL_EVERY_SECONDS = 1.0
STEPS = ("claim", "submit", "accept")


def main() -> int:
    options = options_of("Commits a second with the log and without.", "a few turns", {"turns": (TURNS, QUICK_TURNS)})
    with fresh_database() as (_, urls):
        return kept(options, _measure(urls, options.turns))


def _measure(urls: EmbeddedUrls, turns: int) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    (chain,) = open_chains(engine, 1, (2 * turns + WARM) * ANSWERS)
    with transaction(engine) as session:
        worker = make_worker(session)
    for _ in range(WARM):
        _turn(engine, chain, worker)
    # Plans that were made while the tables were empty are forgotten, as they are in use with the first autovacuum.
    tidy(urls.superuser)
    engine.dispose()
    _turn_seconds: dict[str, list[dict[str, float]]] = {"with": [], "without": []}
    events: dict[str, int] = {"with": 0, "without": 0}
    sealer = Sealer(engine)
    for turn in range(turns):
        # Which comes first changes, so that neither always finds what the other warmed.
        for way in ("with", "without") if turn % 2 else ("without", "with"):
            before = _count_events(engine)
            if way == "with":
                with sealer.beside():
                    _turn_seconds[way].append(_turn(engine, chain, worker))
            else:
                with without_log():
                    _turn_seconds[way].append(_turn(engine, chain, worker))
            events[way] += _count_events(engine) - before
    engine.dispose()
    return _report(_turn_seconds, events, turns, sealer.heads)


@dataclass
class Sealer:
    """Seals once in each second of the turns that it stands beside; how many heads it signed."""

    engine: Engine
    heads: int = 0
    _left: float = SEAL_EVERY_SECONDS

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Whatever is done within."""
        done = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            sealer = pool.submit(self._seal_until, done)
            try:
                yield
            finally:
                done.set()
            sealer.result()

    def _seal_until(self, done: threading.Event) -> None:
        begun = time.perf_counter()
        while not done.wait(self._left):
            begun, self._left = time.perf_counter(), SEAL_EVERY_SECONDS
            with transaction(self.engine) as session:
                self.heads += seal(session, SIGNER) is not None
        self._left = max(0.0, self._left - (time.perf_counter() - begun))


@contextmanager
def without_log() -> Iterator[None]:
    """All verbs of this process do what they do, and write no event."""
    real = recording.record
    modules: list[ModuleType] = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("marketplace.") and getattr(module, "record", None) is real
    ]

    def nothing(*_: object, **__: object) -> UUID:
        return new_id()

    for module in modules:
        module.record = nothing  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in modules:
            module.record = real  # type: ignore[attr-defined]


def _turn(engine: Engine, chain: Chain, worker: Actor) -> dict[str, float]:
    """Seconds of each step, over ANSWERS answers."""
    seconds = dict.fromkeys(STEPS, 0.0)
    for _ in range(ANSWERS):
        begun = time.perf_counter()
        with transaction(engine) as session:
            claimed = claim_next(session, worker, chain.batch.id)
        then = time.perf_counter()
        seconds["claim"] += then - begun
        with transaction(engine) as session:
            submit(session, worker, claimed.id, {item.id: {"label": "car"} for item in claimed.items}, 1)
        begun = time.perf_counter()
        seconds["submit"] += begun - then
        with transaction(engine) as session:
            statement = text("SELECT id FROM answer WHERE claim_id = :id")
            answer_id = session.execute(statement, {"id": claimed.id}).scalar_one()
        begun = time.perf_counter()
        with transaction(engine) as session:
            decide_answers(session, chain.reviewer, claimed.id, [Verdict(answer_id, "accept")])
        seconds["accept"] += time.perf_counter() - begun
    return seconds


def _count_events(engine: Engine) -> int:
    with transaction(engine) as session:
        return int(session.execute(text("SELECT count(*) FROM audit_event")).scalar_one())


def _report(
    seconds: dict[str, list[dict[str, float]]], events: dict[str, int], turns: int, sealed: int
) -> dict[str, Any]:
    rates = {
        way: {step: ANSWERS / statistics.median(turn[step] for turn in of) for step in STEPS}
        | {"all": 3 * ANSWERS / statistics.median(sum(turn.values()) for turn in of)}
        for way, of in seconds.items()
    }
    # Of two turns one after the other: what the machine did meanwhile met both.
    pairs = list(zip(seconds["with"], seconds["without"], strict=True))
    costs = {step: statistics.median(ours[step] / bare[step] for ours, bare in pairs) - 1 for step in STEPS}
    costs["all"] = statistics.median(sum(ours.values()) / sum(bare.values()) for ours, bare in pairs) - 1
    print(f"Commits a second of one writer, by the median of {turns} turns of {3 * ANSWERS}; synchronous commit.")
    print("What the log costs is the median of the pairs of turns.")
    print(f"  {'':<10}{'with':>10}{'without':>10}{'the log costs':>16}")
    for step, cost in costs.items():
        print(f"  {step:<10}{rates['with'][step]:>10,.0f}{rates['without'][step]:>10,.0f}{cost:>16.1%}")
    print(f"All together the log costs the writer {costs['all']:.1%} of its time without (aim {COST_AIM:.0%}).")
    spent = {way: sum(sum(turn.values()) for turn in of) for way, of in seconds.items()}
    beside = spent["with"] / spent["without"] - 1
    print(f"By the sums, with all that sealing took from it ({sealed} heads): {beside:.1%}.")
    problems = []
    if events["without"]:
        problems.append(f"{events['without']} events were written without the log")
    if events["with"] < 3 * ANSWERS * turns:
        problems.append(f"only {events['with']} events were written by {3 * ANSWERS * turns} commits")
    for problem in problems:
        print(problem)
    return {
        "commits_per_second": {way: {step: round(rate, 1) for step, rate in of.items()} for way, of in rates.items()},
        "cost": {step: round(cost, 3) for step, cost in costs.items()},
        "cost_by_sums": round(beside, 3),
        "cost_aim": COST_AIM,
        "events": events,
        "heads_signed_meanwhile": sealed,
        "problems": problems,
    }


if __name__ == "__main__":
    sys.exit(main())

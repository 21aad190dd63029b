"""What a sweep is, and the two ways of making one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.entrypoints.context import Context

Counts = Mapping[str, int]

ROUNDS_MAX = 1000
"""A sweep goes on until nothing is due; this bounds one tick should something stay due."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something done every so often; `run` returns counts for the log."""

    name: str
    every_seconds: float
    meaning: str
    run: Callable[[Context], Counts]
    follows_market_time: bool = False
    """Whether a leap of the market's clock makes rows due, so that it is run right after one."""
    apart: bool = False
    """Whether it runs in threads of its own, OPERATIONS_AT_ONCE of them side by side, because it may take long."""


def in_transactions(done: str, step: Callable[[Session], int]) -> Callable[[Context], Counts]:
    """A sweep that repeats `step`, each time in a transaction of its own, until it finds nothing due."""

    def run(context: Context) -> Counts:
        total = 0
        for _ in range(ROUNDS_MAX):
            with context.transactions() as session:
                count = step(session)
            total += count
            if count == 0:
                break
        return {done: total}

    return run


def once(done: str, step: Callable[[Context], int]) -> Callable[[Context], Counts]:
    """A sweep that opens its own transactions, and is called once a tick."""
    return lambda context: {done: step(context)}

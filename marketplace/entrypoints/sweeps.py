"""What is done by the clock: every sweep of the house, in one list.

A sweep takes due rows with SKIP LOCKED in transactions of its own and says what it did. Ticks are hints, due rows
are the truth: any number of processes may run any sweep at any time, and a missed tick is made up by the next.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from marketplace.db import idempotency
from marketplace.db.engine import transaction
from marketplace.entrypoints.context import Context

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something done every so often; `function` returns counts for the log."""

    name: str
    every_seconds: float
    function: Callable[[Engine, Context], Counts]
    follows_market_time: bool = False
    """Whether a leap of the market's clock makes rows due, so that it is run right after one."""


def forget_idempotency_keys(engine: Engine, context: Context) -> Counts:  # noqa: ARG001 - every sweep's signature
    with transaction(engine) as session:
        return {"forgotten": idempotency.forget_expired(session)}


SWEEPS: tuple[Sweep, ...] = (Sweep("forget_idempotency_keys", 3600, forget_idempotency_keys),)

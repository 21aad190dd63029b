"""What a load is told and what it tells back, and which batch the next claim goes to.

A ticket is the right to one claim: there are never more claims than seats, so that none comes back empty handed, and
a batch is used down to half, so that its backlog is what the table says.
"""

import json
import sys
import time
from bisect import bisect_right
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from typing import Any


@dataclass(frozen=True, slots=True)
class Order:
    """One slice of load. `workers` are bearers or ids; the batches serve as many claims as `rooms` says, in turn.

    Pairs of the first `warm_seconds` are made but not measured. `together`: who submits claims the next task with it.
    """

    target: str
    workers: list[str]
    batches: list[str]
    rooms: list[int]
    seconds: float
    warm_seconds: float
    together: bool


class Tickets:
    """The batches by number of ticket."""

    def __init__(self, order: Order) -> None:
        self._batches = order.batches
        self._ends = list(accumulate(order.rooms))

    def batch(self, ticket: int) -> str | None:
        """The batch that a ticket is for, None when there is no more room."""
        place = bisect_right(self._ends, ticket)
        return self._batches[place] if place < len(self._batches) else None


@dataclass(slots=True)
class Outcome:
    """What came of it: all pairs made, those within `measured_seconds`, and how long their claims took."""

    made: int = 0
    tickets: int = 0
    measured: int = 0
    measured_seconds: float = 0.0
    claim_microseconds: list[int] = field(default_factory=list)
    empty: int = 0
    wrong: int = 0
    first_wrong: str = ""
    cpu_seconds: float = 0.0

    def add(self, other: "Outcome") -> None:
        """Put the outcome of a load at the same time, or of another slice in the same cell, to this one."""
        self.made += other.made
        self.tickets = max(self.tickets, other.tickets)
        self.measured += other.measured
        self.claim_microseconds += other.claim_microseconds
        self.empty += other.empty
        self.wrong += other.wrong
        self.first_wrong = self.first_wrong or other.first_wrong
        self.cpu_seconds += other.cpu_seconds


class Watch:
    """Tells the warm-up from what is measured, and when to stop."""

    def __init__(self, order: Order) -> None:
        now = time.perf_counter()
        self.measuring_from = now + order.warm_seconds
        self.end = self.measuring_from + order.seconds

    def over(self) -> bool:
        return time.perf_counter() >= self.end

    def count(self, outcome: Outcome, claim_seconds: float) -> None:
        """A pair was just made whose claim, or claim with the submission before it, took that long."""
        now = time.perf_counter()
        outcome.made += 1
        if self.measuring_from <= now < self.end:
            outcome.measured += 1
            outcome.claim_microseconds.append(round(claim_seconds * 1e6))

    def measured_seconds(self) -> float:
        """How long has been measured; shorter than asked for when the tickets ran out."""
        return max(min(time.perf_counter(), self.end) - self.measuring_from, 1e-9)


def read_order() -> Order:
    """The order that the process that started us wrote."""
    return Order(**json.loads(sys.stdin.readline()))


def write_outcome(outcome: Outcome) -> None:
    """Give it to the process that started us."""
    sys.stdout.write(json.dumps(asdict(outcome)))


def order_line(order: Order) -> str:
    return json.dumps(asdict(order)) + "\n"


def read_outcome(text: str) -> Outcome:
    values: dict[str, Any] = json.loads(text)
    return Outcome(**values)

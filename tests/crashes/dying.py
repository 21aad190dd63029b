"""A process that lives through the story and is killed at a chosen step; a child of it for each, so that it starts
quickly.

    python -m tests.crashes.dying CAST < points

A step is the commit of a transaction that wrote something, and each call of the rail, or of the bank, that moves money,
before it and after it; with "every", each statement and each call as well. For each line, a JSON object with the
database's `url`, where the rail is, and how many steps are `left`, it forks, and says "killed", or "done" where the
child came to the end of the story first.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, event

from marketplace.db.engine import make_engine, transaction
from marketplace.db.hot import HotStatement
from marketplace.db.registry import load_models
from marketplace.gateways.bank.rail import BankRail
from marketplace.gateways.sandbox import SandboxRail
from marketplace.gateways.stripe_connect.rail import StripeRail
from tests.crashes.bank import BankNextDoor
from tests.crashes.story import Cast, Place, tell
from tests.gateways.bank.imitation import OURS
from tests.keys import KEYS

APPLICATION: Final = "a process that dies"
_MOVING: Final = frozenset({"collect", "pay_out", "refund"})


class Where(NamedTuple):
    """Where the rail is: the address of Stripe's imitation, or the file of the bank; the sandbox where neither is.

    `whole` is of the story that happens there.
    """

    stripe_url: str | None = None
    bank: str | None = None
    whole: bool = True


class Steps:
    """Counts steps down, and kills this process at the last."""

    def __init__(self, left: int, *, every: bool) -> None:
        self._left = left
        self.every = every

    def step(self) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def watch(self, engine: Engine) -> None:
        """Die before a commit, whose transaction is then undone; with "every" before each statement, too."""
        event.listen(engine, "commit", self._before_commit)
        if self.every:
            event.listen(engine, "before_cursor_execute", self._before_statement)
            self._watch_hot_statements()

    def _before_commit(self, connection: Connection) -> None:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        wrote = cursor.fetchone()
        if self.every or (wrote is not None and wrote[0]):
            self.step()

    def _before_statement(self, *_: object) -> None:
        self.step()

    def _watch_hot_statements(self) -> None:
        """These go to the driver by themselves, and fire no event."""
        told = HotStatement.execute

        def execute(statement: HotStatement, cursor: Any, values: Mapping[str, Any]) -> Any:
            self.step()
            return told(statement, cursor, values)

        HotStatement.execute = execute  # type: ignore[method-assign, assignment]


class DyingRail:
    """The rail; who calls it may be killed before the call, and when it has taken effect."""

    def __init__(self, rail: SandboxRail | StripeRail | BankRail, steps: Steps) -> None:
        self._rail = rail
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._rail, name)
        if not callable(found) or (name not in _MOVING and not self._steps.every):
            return found
        return partial(self._call, found)

    def _call(self, doing: Callable[..., Any], *arguments: Any) -> Any:
        self._steps.step()
        answer = doing(*arguments)
        self._steps.step()
        return answer


def open_place(url: str, where: Where, steps: Steps | None = None) -> tuple[Place, list[Engine]]:
    """The database and its rail; with steps, both kill. The rail's own work is not ours to be killed at.

    What the rail of banks does itself is ours, for it is all in our database: it is killed in that as well.
    """
    name = "who goes on" if steps is None else APPLICATION
    engine = make_engine(url, application_name=name, keys=KEYS)
    outside = make_engine(url, application_name="the rail", keys=KEYS)
    rail: SandboxRail | StripeRail | BankRail
    if where.bank is not None:
        rail = BankRail(partial(transaction, engine), {"CNY": OURS["CNY"]}, trial=True)
    elif where.stripe_url is not None:
        rail = StripeRail("sk_test_imitation", where.stripe_url)
    else:
        rail = SandboxRail(partial(transaction, outside))
    bank = None if where.bank is None else BankNextDoor(Path(where.bank), *([steps.step] if steps else []))
    if steps is not None:
        steps.watch(engine)
    dying = rail if steps is None else DyingRail(rail, steps)
    return Place(partial(transaction, engine), dying, rail, bank, where.whole), [engine, outside]


def live(people: Cast, url: str, where: Where, left: int, *, every: bool) -> None:
    """Live through the story; die at that step."""
    place, _ = open_place(url, where, Steps(left, every=every))
    tell(place, people)


def main() -> None:
    people: Cast = pickle.loads(Path(sys.argv[1]).read_bytes())
    load_models()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            told = json.loads(line)
            live(people, **{**told, "where": Where(*told["where"])})
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write(f"{'done' if status == 0 else 'killed' if killed else 'failed'}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

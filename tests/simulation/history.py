"""One history: steps drawn from a seed, and after each of them every invariant; at the end both oracles."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from marketplace.kernel.errors import DomainError
from tests.books import books_hold
from tests.oracles import oracles_agree
from tests.simulation import changing, claiming, inspecting, labeling, losing, paying, taxing, working
from tests.simulation.ending import everybody_has_what_they_are_owed, wind_up
from tests.simulation.world import KilledError, World
from tests.statements import statements_agree

Step = Callable[[World], str | None]

STEPS: Final[tuple[tuple[Step, int], ...]] = (
    (working.deposit, 2),
    (working.publish, 3),
    (working.fund, 2),
    (working.sell_on, 5),
    (working.open_work, 6),
    (labeling.join, 1),
    (labeling.set_method, 1),
    (labeling.claim, 14),
    (labeling.answer, 10),
    (labeling.review, 14),
    (labeling.contest, 6),
    (labeling.decide, 5),
    (labeling.appeal, 4),
    (working.stop, 2),
    (working.go_bust, 2),
    (working.hand_over, 3),
    (labeling.extra, 3),
    (labeling.take_early, 6),
    (inspecting.claim_quality, 5),
    (inspecting.answer_quality, 6),
    (inspecting.mirror, 5),
    (paying.prepare, 24),
    (paying.approve, 11),
    (paying.execute, 11),
    (paying.call_off, 1),
    (paying.mend, 7),
    (paying.come_back, 3),
    (changing.give_rate, 1),
    (changing.choose, 2),
    (changing.approve_worse, 3),
    (taxing.withhold, 4),
    (taxing.remit, 4),
    (paying.refund, 1),
    (paying.stop_payouts, 1),
    (losing.restore, 4),
    (paying.let_payouts_go_on, 4),
    (paying.own_money, 1),
    (paying.rail_line, 1),
    (paying.explain, 1),
    (claiming.charge_back, 1),
    (claiming.end_dispute, 2),
    (claiming.give_up, 1),
    (paying.pass_time, 6),
    (paying.sweep, 3),
    (paying.pass_real_time, 3),
    (paying.break_rail, 5),
    (paying.break_process, 3),
)
"""What may happen, and how often beside the others."""

OPENING: Final[tuple[Step, ...]] = (
    working.deposit,
    working.deposit,
    labeling.join,
    labeling.join,
    labeling.join,
    working.publish,
    working.sell_on,
    working.sell_on,
    working.open_work,
    labeling.claim,
    labeling.review,
    labeling.claim,
    changing.give_rate,
    changing.choose,
    changing.choose,
    changing.choose,
    taxing.withhold,
    taxing.withhold,
    paying.pass_time,
    changing.give_rate,
    paying.prepare,
)
"""How each history begins, so that there is soon something to pay; refusals are part of it."""


QUIET: Final = frozenset({labeling.join, paying.break_rail, paying.break_process})
"""Steps that touch nothing that an invariant speaks of."""


class HistoryError(AssertionError):
    """Something was wrong in a history; the message has the seed and all steps that led there."""


@dataclass(slots=True)
class History:
    """What happened, one line a step, and how often each step came to its end."""

    seed: int
    lines: list[str] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)


def live(connection: Connection, seed: int, steps: int, *, ending: bool = True) -> History:
    """Live through the opening and so many drawn steps of the seed's history in the connection's transaction.

    With `ending` everything is then finished, and everybody must have what they are owed. Raises HistoryError at the
    first step after which an invariant fails, or that ends other than by a refusal or an ordered fault. What it leaves
    behind is the caller's to roll back.
    """
    history = History(seed)
    world = World(connection, seed)
    try:
        for given in (*OPENING, *repeat(None, steps)):
            if _next(world, history, given) not in QUIET:
                with world.transactions() as session:
                    books_hold(session)
        if ending:
            wind_up(world)
            everybody_has_what_they_are_owed(world)
        with world.transactions() as session:
            books_hold(session)
            oracles_agree(session)
            statements_agree(session, [*world.workers, *world.layers])
    except Exception as problem:
        raise HistoryError(_told(history, problem)) from problem
    return history


def _next(world: World, history: History, given: Step | None) -> Step:
    """Do the given step, or draw until one finds something to do; returns which it was."""
    doings, weights = zip(*STEPS, strict=True)
    world.fuse, world.next_fuse = world.next_fuse, None
    step = given or world.chance.choices(doings, weights)[0]
    while not _did(world, history, step) and given is None:
        step = world.chance.choices(doings, weights)[0]
    world.fuse = None  # what it did not reach is over: the proof is not killed
    return step


def _did(world: World, history: History, step: Step) -> bool:
    name = step.__name__
    try:
        said = step(world)
        if said is not None:
            history.done[name] = history.done.get(name, 0) + 1
    except DomainError as refusal:
        said = f"refused: {refusal.slug}: {refusal.detail}"
    except KilledError:
        said = "killed"
    except OperationalError as problem:
        if "injected" not in str(problem):
            raise
        said = "the database let go"
    if said is not None:
        history.lines.append(f"{name}: {said}")
    return said is not None


def _told(history: History, problem: Exception) -> str:
    steps = "\n".join(f"  {number} {line}" for number, line in enumerate(history.lines))
    return f"seed {history.seed}: {problem!r}\n{problem}\nafter\n{steps}"

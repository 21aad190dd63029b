"""Short histories, many of them; `make soak` lives through long ones.

One that went wrong is kept in KEPT, by its seed and its steps.
"""

from collections import Counter

import pytest
from sqlalchemy import Engine, text

from tests.oracles import need_hledger
from tests.simulation import history, working
from tests.simulation.world import World

STEPS = 20
HISTORIES = 100
GROUP = 20
KEPT: tuple[tuple[int, int], ...] = ((7, 39), (1001, 39), (5025, 60))
"""(seed, steps) of histories that are lived through to their end in every run. One that went wrong in `make soak` is
added with what mends it, and stays: in 5025 the caretaker of a contract was declared in default. Steps that come later
change what a seed is, so that the rule has a test of its own; the other two went well."""


def live_and_undo(engine: Engine, seed: int, steps: int, *, ending: bool = False) -> dict[str, int]:
    with engine.connect() as connection, connection.begin() as outer:
        try:
            return history.live(connection, seed, steps, ending=ending).done
        finally:
            outer.rollback()


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize("first", range(1, HISTORIES + 1, GROUP))
def test_whatever_happens_the_books_hold_and_both_oracles_agree(engine: Engine, first: int) -> None:
    need_hledger()
    done: Counter[str] = Counter()
    for seed in range(first, first + GROUP):
        done.update(live_and_undo(engine, seed, STEPS, ending=seed % 4 == 0))
    assert done["review"], "work was decided"
    assert done["prepare"], "somebody was paid"


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize(("seed", "steps"), KEPT)
def test_a_history_that_is_kept_goes_well(engine: Engine, seed: int, steps: int) -> None:
    need_hledger()
    assert live_and_undo(engine, seed, steps, ending=True)


def test_some_histories_go_well(engine: Engine) -> None:
    need_hledger()
    for seed in range(201, 205):
        live_and_undo(engine, seed, STEPS, ending=seed % 2 == 0)


def test_one_seed_is_one_history(engine: Engine) -> None:
    need_hledger()
    assert live_and_undo(engine, 7, STEPS) == live_and_undo(engine, 7, STEPS)


def rob(world: World) -> str:
    with world.transactions() as session:
        session.execute(text("UPDATE account_balance SET balance = balance - 1 WHERE balance > 0"))
    return "one unit of each"


def test_what_goes_wrong_is_told_with_its_seed_and_its_steps(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "OPENING", (working.deposit, rob))

    with pytest.raises(history.HistoryError, match=r"(?s)^seed 7: .*I10.*\n  0 deposit: .*\n  1 rob: one unit of each"):
        live_and_undo(engine, 7, 0)

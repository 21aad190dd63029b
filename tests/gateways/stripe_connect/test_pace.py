"""Calls of the rail, no more than so many a second, however many processes make them."""

import threading
import time
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from marketplace.db.engine import transaction
from marketplace.gateways.stripe_connect.connecting import BATCH, Pace, shared_pace

PER_SECOND = 50


def moments(*paces: Pace, calls: int) -> list[float]:
    """When `calls` calls of each pace were let through, all at it at once."""
    made: list[float] = []

    def go_on(pace: Pace) -> None:
        for _ in range(calls):
            pace.wait()
            made.append(time.monotonic())

    threads = [threading.Thread(target=go_on, args=(pace,)) for pace in paces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(made)


def test_two_schedulers_together_make_no_more_calls_than_one(committing_engine: Engine) -> None:
    share = shared_pace(partial(transaction, committing_engine), "stripe")
    made = moments(Pace(PER_SECOND, share), Pace(PER_SECOND, share), calls=20)
    assert made[-1] - made[0] > 0.9 * 39 / PER_SECOND, "two processes were faster than one may be"


def test_a_process_asks_once_for_some_calls_and_never_uses_moments_that_went_by() -> None:
    asked: list[int] = []

    def share(count: int, _: float) -> float:
        asked.append(count)
        return 0.0

    pace = Pace(PER_SECOND, share)
    for _ in range(2 * BATCH):
        pace.wait()
    assert asked == [BATCH, BATCH]
    pace.wait()
    time.sleep(3 / PER_SECOND)
    pace.wait()
    assert asked == [BATCH] * 4, "the moments that were left are over"


def test_where_the_database_does_not_answer_a_process_keeps_its_own_pace() -> None:
    def share(_: int, __: float) -> float:
        raise OperationalError("SELECT", {}, Exception("gone"))

    made = moments(Pace(PER_SECOND, share), calls=11)
    assert made[-1] - made[0] > 0.9 * 10 / PER_SECOND

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.kernel.actor import Actor
from marketplace.operations import starting
from marketplace.operations.models import Operation
from marketplace.operations.run import Outcome, Run
from marketplace.operations.running import run_due
from tests.builders.at_once import at_once
from tests.builders.identity import make_member, make_organization
from tests.builders.operations import queue, states

COUNT = 24


@pytest.fixture
def actor(committing_engine: Engine) -> Actor:
    with transaction(committing_engine) as session:
        return make_member(session, make_organization(session), "requester")


def test_however_many_processes_look_each_operation_is_run_once(committing_engine: Engine, actor: Actor) -> None:
    with transaction(committing_engine) as session:
        wanted = {queue(session, actor).id for _ in range(COUNT)}
    ran: Counter[uuid.UUID] = Counter()
    under_way: list[int] = []
    lock = threading.Lock()

    def runner(run: Run) -> Outcome:
        with lock:
            ran[run.id] += 1
        with Session(committing_engine) as session:
            under_way.append(Counter(states(session).values())["running"])
        return Outcome({})

    transactions = partial(transaction, committing_engine)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: run_due(transactions, {"count": runner}, places=4), range(8)))
        # A process whose look found all places of the organization taken has gone home; the next tick makes it up.
        run_due(transactions, {"count": runner}, places=4)
    assert ran == Counter(dict.fromkeys(wanted, 1))
    assert max(under_way) <= 3, "one organization never takes the last place"
    with Session(committing_engine) as session:
        assert Counter(states(session).values()) == {"succeeded": COUNT}


def test_an_operation_cancelled_while_it_is_taken_or_ended_is_either_cancelled_or_done(
    committing_engine: Engine, actor: Actor
) -> None:
    transactions = partial(transaction, committing_engine)
    effects: list[uuid.UUID] = []

    def runner(run: Run) -> Outcome:
        return Outcome({}, lambda _session: effects.append(run.id))

    def cancel(operation_id: uuid.UUID) -> None:
        with transactions() as session:
            starting.cancel(session, actor, operation_id)

    outcomes: Counter[str] = Counter()
    for _ in range(20):
        with transactions() as session:
            operation_id = queue(session, actor).id
        done = at_once(partial(cancel, operation_id), lambda: run_due(transactions, {"count": runner}, places=2))
        with transactions() as session:
            ended = session.scalars(select(Operation).where(Operation.id == operation_id)).one()
        assert ended.state in {"succeeded", "cancelled"}, done
        assert (ended.state == "succeeded") == (operation_id in effects)
        assert (ended.state == "succeeded") == (done["state_conflict"] == 1)
        outcomes[ended.state] += 1
    assert outcomes.total() == 20

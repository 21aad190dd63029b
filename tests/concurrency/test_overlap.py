"""Items are compared and gathered by several at once, some of them killed, while workers claim."""

import random
import signal
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.jobs.models import JobReserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.extending import extend_one_batch
from marketplace.work.models import Answer, Batch, Claim, Task
from marketplace.work.overlap import judge_one_job
from marketplace.work.overlap_models import OverlapItem
from marketplace.work.submitting import submit
from tests.builders.at_once import at_once
from tests.builders.overlap import do, make_overlap_market, sweep
from tests.builders.work import Market, accept_all, make_worker, open_batch
from tests.server import Server

ITEMS = 60
ROOT = Path(__file__).parents[2]


def contested(engine: Engine, **overrides: Any) -> tuple[Market, Batch]:
    """A market whose every item has two answers that do not agree."""
    with transaction(engine) as session:
        market = make_overlap_market(session, items_count=ITEMS, wait_seconds=0, **overrides)
        batch = open_batch(session, market, items_per_task=3)
        pair = make_worker(session), make_worker(session)
        for _ in range(ITEMS // 3):
            for worker, label in zip(pair, ("good", "bad"), strict=True):
                do(session, market, batch, label, worker=worker)
        return market, batch


def stepping(engine: Engine, step: Any) -> None:
    for _ in range(6):
        with transaction(engine) as session:
            step(session)


def work_until_nothing(engine: Engine, market: Market, worker: Actor, chance: random.Random) -> int:
    done, idle = 0, 0
    while idle < 20:
        try:
            with transaction(engine) as session:
                claimed = claim_next(session, worker)
                given = {item.id: {"label": chance.choice(["good", "bad"])} for item in claimed.items}
                submit(session, worker, claimed.id, given, 1)
            with transaction(engine) as session:
                decide_answers(session, market.reviewer, claimed.id, accept_all(session, claimed.id))
            done, idle = done + 1, 0
        except DomainError as refusal:
            assert refusal.slug == "nothing_to_claim"  # noqa: PT017 - any other refusal is a failure
            idle += 1
    return done


def answers_of_items(session: Session) -> dict[Any, int]:
    rows = session.execute(select(Answer.item_id, func.count()).group_by(Answer.item_id)).all()
    pairs = session.execute(select(Answer.item_id, Claim.worker_id).join(Claim, Claim.id == Answer.claim_id)).all()
    assert len(pairs) == len(set(pairs)), "a worker answered an item twice"
    return {row.item_id: int(row[1]) for row in rows}


@pytest.mark.slow
def test_several_who_gather_at_once_put_each_item_into_one_task(committing_engine: Engine) -> None:
    contested(committing_engine)
    doings = [partial(stepping, committing_engine, step) for step in (judge_one_job, extend_one_batch) * 4]
    assert at_once(*doings) == {"done": 8}
    with transaction(committing_engine) as session:
        sweep(session)
        held = session.scalars(
            select(func.ordinals_count(Task.ordinals))
            .join(Batch, Batch.id == Task.batch_id)
            .where(Batch.extends_batch_id.is_not(None))
        ).all()
        assert sum(held) == ITEMS
        assert set(session.scalars(select(OverlapItem.state))) == {"extended"}


@pytest.mark.slow
def test_sweepers_killed_at_any_moment_lose_no_item_no_cent_and_no_seat(
    server: Server, committing_engine: Engine, committing_database: str
) -> None:
    market, _ = contested(committing_engine, answers_max=5)
    with transaction(committing_engine) as session:
        workers = [make_worker(session) for _ in range(4)]
    command = [sys.executable, "-m", "tests.concurrency.sweeping_overlap", server.app_url(committing_database)]
    chance = random.Random(14)
    done = 0
    with ExitStack() as stack:
        sweepers = [
            stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)) for _ in workers
        ]
        for sweeper in sweepers:
            assert sweeper.stdout is not None
            sweeper.stdout.readline()
        for worker, sweeper in zip(workers, sweepers, strict=True):
            done += work_until_nothing(committing_engine, market, worker, chance)
            sweeper.send_signal(signal.SIGKILL)
    with transaction(committing_engine) as session:
        sweep(session)
        assert done > ITEMS // 3
        assert max(answers_of_items(session).values()) <= 5
        left = session.scalars(select(OverlapItem.state).where(OverlapItem.state.in_(["waiting", "extended"]))).all()
        # Whatever is still wanted is held or in a seat: the check of I19, which runs after this test, counts it.
        assert bool(left) == (session.get_one(JobReserve, market.job.id).committed_amount > 0)

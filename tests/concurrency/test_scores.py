"""Scores reckoned by several processes at once, with real commits."""

import datetime as dt

from sqlalchemy import Engine, func, select

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.scores.models import ScoreDue, WorkerScore
from marketplace.scores.scoring import score_one_worker
from tests.builders.scores import compared
from tests.builders.screening import days_pass
from tests.builders.work import make_worker
from tests.concurrency.test_claims import at_once


def test_sweeps_at_one_moment_score_every_worker_and_tell_each_once(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        workers = [make_worker(session) for _ in range(3)]
        today = market_now(session).astimezone(dt.UTC).date()
        for worker in workers:
            compared(session, worker, right=20)
            # Several rows of one worker, so that two sweeps can have a part of them each.
            session.add_all([ScoreDue(worker_id=worker.person, day=today) for _ in range(5)])
        days_pass(session, 1)

    def sweep() -> int:
        done = 0
        while True:
            with transaction(committing_engine) as session:
                if not score_one_worker(session):
                    return done
            done += 1

    assert sum(at_once([sweep] * 6)) >= 3
    with transaction(committing_engine) as session:
        assert session.scalars(select(func.count()).select_from(ScoreDue)).one() == 0
        for worker in workers:
            assert session.get_one(WorkerScore, (worker.person, "text_classification")).percent == 100
            told = select(func.count()).where(
                AuditEvent.kind == "score.changed", AuditEvent.subject_id == worker.person
            )
            assert session.scalars(told).one() == 1

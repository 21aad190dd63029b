"""One task wanted by many, and many claims of one worker at the same moment, with real commits."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from marketplace.db.engine import transaction
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.work import queueing
from marketplace.work.claiming import claim_next, claim_several, claim_task
from marketplace.work.holding import give_back
from marketplace.work.models import Batch, Claim, Seat, Task
from tests.concurrency.test_claims import at_once, set_up


def slugs(outcomes: list[Any]) -> Counter[str]:
    return Counter(one.slug if isinstance(one, DomainError) else "claimed" for one in outcomes)


@pytest.mark.parametrize("redundancy", [1, 3])
def test_rule_5_a_task_wanted_by_many_at_once_is_given_to_as_many_as_it_has_seats(
    committing_engine: Engine, redundancy: int
) -> None:
    _, _, workers = set_up(committing_engine, 8, items_count=1, redundancy=redundancy)
    with transaction(committing_engine) as session:
        task_id = session.scalars(select(Task.id)).one()

    def take(worker: Actor) -> Any:
        with transaction(committing_engine) as session:
            return claim_task(session, worker, task_id)

    first = slugs(at_once([partial(take, worker) for worker in workers * 2]))
    assert 1 <= first["claimed"] <= redundancy
    assert first.total() - first["claimed"] == first["nothing_to_claim"]
    # Of two claims of one worker the later gives way, and the seat it had its hand on looks taken to all others until
    # then: so at once fewer may get a seat than there are, and whoever comes next gets it.
    after = slugs([at_once([partial(take, worker)])[0] for worker in workers])
    assert first + after == {"claimed": redundancy, "nothing_to_claim": 24 - redundancy}
    with transaction(committing_engine) as session:
        holders = session.scalars(select(Claim.worker_id).where(Claim.state == "claimed")).all()
        assert len(set(holders)) == len(holders) == redundancy
        assert session.scalars(select(func.count()).where(Seat.state == "claimed")).one() == redundancy


def test_claims_of_one_worker_at_once_never_outrun_what_one_may_hold(committing_engine: Engine) -> None:
    market, batch, (worker,) = set_up(committing_engine, 1, items_count=40)
    with transaction(committing_engine) as session:
        other = session.get_one(Job, market.job.id)
        other.claims_held_max = 3

    def take(count: int) -> Any:
        with transaction(committing_engine) as session:
            return claim_several(session, worker, count, batch.id, held_max=7)

    at_once([partial(take, count) for count in (1, 2, 3, 4, 5) * 2])
    with transaction(committing_engine) as session:
        assert session.scalars(select(func.count()).where(Claim.state == "claimed")).one() == 3
        session.get_one(Job, market.job.id).claims_held_max = None
    at_once([partial(take, count) for count in (1, 2, 3, 4, 5) * 2])
    with transaction(committing_engine) as session:
        # The three made under the job's limit hold places of the worker's, too.
        assert session.scalars(select(func.count()).where(Claim.state == "claimed")).one() == 7
    assert slugs(at_once([partial(take, 1)] * 4)) == {"claims_held": 4}


def test_a_batch_is_never_out_of_line_while_a_seat_is_open(committing_engine: Engine) -> None:
    _, batch, workers = set_up(committing_engine, 4, items_count=4)

    def come_and_go(worker: Actor) -> None:
        for _ in range(12):
            try:
                with transaction(committing_engine) as session:
                    claimed = claim_next(session, worker, batch.id)
                with transaction(committing_engine) as session:
                    give_back(session, worker, claimed.id)
            except DomainError as refused:
                assert refused.slug == "nothing_to_claim"  # noqa: PT017 - any other refusal is a failure

    def sort_out() -> None:
        for _ in range(40):
            with transaction(committing_engine) as session:
                queueing.sort_out(session)
            with transaction(committing_engine) as session:
                wrong = session.scalar(
                    text(
                        "SELECT count(*) FROM batch WHERE NOT seats_left AND EXISTS "
                        "(SELECT 1 FROM seat WHERE seat.batch_id = batch.id AND seat.state = 'open')"
                    )
                )
                assert wrong == 0

    at_once([*(partial(come_and_go, worker) for worker in workers), sort_out, sort_out])
    with transaction(committing_engine) as session:
        assert session.get_one(Batch, batch.id).seats_left

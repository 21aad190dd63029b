"""Claims, submissions, leases, releases and withdrawals at the same moment, with real commits."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.jobs import reserve
from marketplace.jobs.models import Job, JobReserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.settlement.accepting import decide_answers
from marketplace.work import holding, late, leases, withdrawing
from marketplace.work.claiming import Claimed, claim_next
from marketplace.work.models import Answer, Batch, Claim, Seat
from marketplace.work.releasing import release
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.work import Market, answers_to, make_market, make_worker, open_batch
from tests.invariants import check_invariants

WORKERS = 64


def at_once(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all of them in threads that start together; results or the domain's refusals, in order."""
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return task()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result() for future in [pool.submit(run, task) for task in tasks]]


def set_up(engine: Engine, workers: int, **overrides: Any) -> tuple[Market, Batch, list[Actor]]:
    batch_overrides = {name: overrides.pop(name) for name in ("lease_seconds", "items_per_task") if name in overrides}
    with transaction(engine) as session:
        market = make_market(session, **overrides)
        batch = open_batch(session, market, **batch_overrides)
        return market, batch, [make_worker(session, f"Worker {n}") for n in range(workers)]


def claim_until_nothing(engine: Engine, worker: Actor, batch: Batch) -> list[Claimed]:
    got = []
    while True:
        try:
            with transaction(engine) as session:
                got.append(claim_next(session, worker, batch.id))
        except DomainError as refusal:
            assert refusal.slug == "nothing_to_claim"  # noqa: PT017 - any other refusal is a failure
            return got


def holding_claims_by(session: Session, *columns: Any) -> Counter[Any]:
    rows = session.execute(select(*columns).where(Claim.state.in_(["claimed", "submitted", "decided"])))
    return Counter(tuple(row) for row in rows)


@pytest.mark.slow
def test_sixty_four_workers_on_few_tasks_take_every_seat_once(committing_engine: Engine) -> None:
    _, batch, workers = set_up(committing_engine, WORKERS, items_count=40, redundancy=3)
    claims = at_once([partial(claim_until_nothing, committing_engine, w, batch) for w in workers])
    taken = [claimed for of_one in claims for claimed in of_one]
    assert len(taken) == len({claimed.id for claimed in taken}) == 120
    assert set(Counter(claimed.task_id for claimed in taken).values()) == {3}
    for of_one in claims:
        assert len({claimed.task_id for claimed in of_one}) == len(of_one)
    with transaction(committing_engine) as session:
        assert set(holding_claims_by(session, Claim.seat_id).values()) == {1}
        assert set(holding_claims_by(session, Claim.task_id, Claim.worker_id).values()) == {1}
        assert session.scalars(select(Seat.state).distinct()).all() == ["claimed"]


def test_one_worker_at_many_windows_never_holds_two_seats_of_a_task(committing_engine: Engine) -> None:
    _, batch, (worker,) = set_up(committing_engine, 1, items_count=6, redundancy=4)
    claims = at_once([partial(claim_until_nothing, committing_engine, worker, batch) for _ in range(12)])
    taken = [claimed.task_id for of_one in claims for claimed in of_one]
    assert len(taken) == len(set(taken)) == 6


@pytest.mark.slow
def test_no_seat_is_lost_while_workers_give_back_and_leases_end(committing_engine: Engine) -> None:
    market, batch, workers = set_up(committing_engine, 16, items_count=12, redundancy=2, lease_seconds=60)
    done = threading.Event()

    def work(worker: Actor, seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(15):
            try:
                with transaction(committing_engine) as session:
                    claimed = claim_next(session, worker, batch.id)
                if chance.random() < 0.7:
                    with transaction(committing_engine) as session:
                        holding.give_back(session, worker, claimed.id)
            except DomainError as refusal:
                assert refusal.slug in {"nothing_to_claim", "state_conflict"}, refusal  # noqa: PT017

    def sweep() -> None:
        while not done.is_set():
            with transaction(committing_engine) as session:
                session.execute(text("UPDATE market_clock SET ahead_microseconds = ahead_microseconds + 20000000"))
            with transaction(committing_engine) as session:
                leases.expire(session, limit=5)

    with ThreadPoolExecutor(2) as sweepers:
        sweeping = [sweepers.submit(sweep) for _ in range(2)]
        at_once([partial(work, w, n) for n, w in enumerate(workers)])
        done.set()
        for future in sweeping:
            future.result()
    with transaction(committing_engine) as session:
        held = holding_claims_by(session, Claim.seat_id)
        assert set(held.values()) <= {1}
        states = Counter(session.scalars(select(Seat.state)))
        assert states["claimed"] == len(held)
        assert sum(states.values()) == 24
        assert set(states) <= {"open", "claimed"}
        committed = session.get_one(JobReserve, market.job.id).committed_amount
        assert committed == Money.parse("24.00", "USD").amount


@pytest.mark.parametrize("round_number", range(5))
def test_a_submission_and_the_end_of_its_lease_never_both_win(committing_engine: Engine, round_number: int) -> None:
    _, batch, workers = set_up(committing_engine, 8, items_count=8, lease_seconds=60)
    claims = []
    for worker in workers:
        with transaction(committing_engine) as session:
            claims.append((worker, claim_next(session, worker, batch.id)))

    def answer(worker: Actor, claimed: Claimed) -> str:
        with transaction(committing_engine) as session:
            return submit(session, worker, claimed.id, answers_to(claimed), 1).state

    def pass_time() -> None:
        with transaction(committing_engine) as session:
            session.execute(text("UPDATE market_clock SET ahead_microseconds = ahead_microseconds + 61000000"))
        with transaction(committing_engine) as session:
            leases.expire(session)

    at_once([*(partial(answer, w, c) for w, c in claims), pass_time, pass_time])
    with transaction(committing_engine) as session:
        leases.expire(session)
        for _, claimed in claims:
            claim = session.get_one(Claim, claimed.id)
            seat = session.get_one(Seat, claim.seat_id)
            answers = session.scalars(select(func.count()).where(Answer.claim_id == claim.id)).one()
            assert (claim.state, seat.state, answers) in {("submitted", "claimed", 1), ("expired", "open", 0)}


def test_a_submission_sent_twice_at_once_is_written_once(committing_engine: Engine) -> None:
    _, batch, (worker,) = set_up(committing_engine, 1, items_count=5, items_per_task=5)
    with transaction(committing_engine) as session:
        claimed = claim_next(session, worker, batch.id)

    def send() -> Any:
        with transaction(committing_engine) as session:
            return submit(session, worker, claimed.id, answers_to(claimed), 1)

    sent = at_once([send] * 8)
    assert [one.state for one in sent] == ["submitted"] * 8
    assert sorted(one.replayed for one in sent) == [False] + [True] * 7
    with transaction(committing_engine) as session:
        assert session.scalars(select(func.count()).where(Answer.claim_id == claimed.id)).one() == 5


def test_releasing_and_funding_at_once_never_commit_more_than_there_is(committing_engine: Engine) -> None:
    market, batch, workers = set_up(committing_engine, 8, items_count=60, funded="7.00")

    def fund() -> None:
        with transaction(committing_engine) as session:
            reserve.fund(session, market.requester, market.job.id, Money.parse("3.00", "USD"))
            release(session, session.get_one(Job, market.job.id))

    def release_only() -> None:
        with transaction(committing_engine) as session:
            release(session, session.get_one(Job, market.job.id))

    claiming = [partial(claim_until_nothing, committing_engine, w, batch) for w in workers]
    at_once([*([fund] * 6), *([release_only] * 6), *claiming])
    with transaction(committing_engine) as session:
        assert session.scalars(select(func.count()).select_from(Seat)).one() == 25
        assert session.get_one(JobReserve, market.job.id).committed_amount == Money.parse("25.00", "USD").amount
        job = session.get_one(Job, market.job.id)
        assert reserve.free(session, job).is_zero
        assert session.get_one(Batch, batch.id).seats_released == 25


@pytest.mark.parametrize("round_number", range(3))
def test_withdrawing_while_workers_claim_and_give_back_leaves_every_seat_and_cent_where_it_belongs(
    committing_engine: Engine, round_number: int
) -> None:
    market, batch, workers = set_up(committing_engine, 8, items_count=40)

    def claim_and_give_back(worker: Actor) -> None:
        for n in range(6):
            try:
                with transaction(committing_engine) as session:
                    claimed = claim_next(session, worker, batch.id)
                if n % 2:
                    with transaction(committing_engine) as session:
                        holding.give_back(session, worker, claimed.id)
            except DomainError as refusal:
                assert refusal.slug == "nothing_to_claim"  # noqa: PT017
                return

    def withdraw() -> None:
        with transaction(committing_engine) as session:
            withdrawing.withdraw(session, market.requester, batch.id)

    at_once([*(partial(claim_and_give_back, w) for w in workers), withdraw])
    with transaction(committing_engine) as session:
        states = Counter(session.scalars(select(Seat.state)))
        assert set(states) <= {"claimed", "withdrawn"}
        assert sum(states.values()) == 40
        assert states["claimed"] == sum(holding_claims_by(session, Claim.id).values())
        price = Money.parse("1.00", "USD").amount
        assert session.get_one(JobReserve, market.job.id).committed_amount == states["claimed"] * price
        assert session.get_one(Batch, batch.id).seats_withdrawn == states["withdrawn"]


def test_two_reviewers_at_once_decide_an_answer_once(committing_engine: Engine) -> None:
    market, batch, (worker,) = set_up(committing_engine, 1, items_count=1)
    with transaction(committing_engine) as session:
        claimed = claim_next(session, worker, batch.id)
        submit(session, worker, claimed.id, answers_to(claimed), 1)
        answer_id = session.scalars(select(Answer.id)).one()

    def decide() -> Any:
        with transaction(committing_engine) as session:
            return decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "accept")])

    outcomes = at_once([decide] * 6)
    refused = [one for one in outcomes if isinstance(one, DomainError)]
    assert (len(outcomes) - len(refused), {one.slug for one in refused}) == (1, {"state_conflict"})


def test_the_last_two_seats_of_a_task_decided_at_once_finish_it(committing_engine: Engine) -> None:
    market, batch, workers = set_up(committing_engine, 4, items_count=1, redundancy=4)
    verdicts = []
    for worker in workers:
        with transaction(committing_engine) as session:
            claimed = claim_next(session, worker, batch.id)
            submit(session, worker, claimed.id, answers_to(claimed), 1)
            answer_id = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
            verdicts.append((claimed.id, [Verdict(answer_id, "accept")]))

    def decide(claim_id: Any, given: list[Verdict]) -> None:
        with transaction(committing_engine) as session:
            decide_answers(session, market.reviewer, claim_id, given)

    at_once([partial(decide, c, v) for c, v in verdicts])
    with transaction(committing_engine) as session:
        assert withdrawing.finish_batches(session) == 1


def test_of_two_late_claims_exactly_one_gets_the_last_of_the_reserve(committing_engine: Engine) -> None:
    _, batch, workers = set_up(
        committing_engine, 6, items_count=2, redundancy=1, funded="3.00", late_answers_max=5, lease_seconds=60
    )
    lost = []
    for worker in workers[:2]:
        with transaction(committing_engine) as session:
            lost.append((worker, claim_next(session, worker, batch.id).id))
    with transaction(committing_engine) as session:
        session.execute(text("UPDATE claim SET lease_until = market_now()"))
        leases.expire(session)
    for worker in workers[2:4]:
        with transaction(committing_engine) as session:
            claim_next(session, worker, batch.id)

    def come_late(worker: Actor, claim_id: Any) -> Any:
        with transaction(committing_engine) as session:
            return late.take_up(session, worker, claim_id).state

    got = at_once([partial(come_late, *one) for one in lost])
    assert sorted(str(one)[:16] for one in got) == ["claimed", "nothing_to_claim"]
    with transaction(committing_engine) as session:
        assert session.scalars(select(func.count()).where(Seat.late)).one() == 1
        assert session.scalars(select(JobReserve.committed_amount)).one() == 3 * batch.price_amount
        check_invariants(session)

"""Many threads on the same accounts, with real commits."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.models import Account, Journal
from marketplace.ledger.posting import Pair, hold, post
from marketplace.ledger.recipes.accounts import DatedShare, job_reserve, platform_fee
from marketplace.ledger.recipes.earning import j3_answers_accepted
from marketplace.ledger.recipes.funding import j2_job_funded
from tests.ledger.parts import ACTOR, DUE, cny, deposit, fill

THREADS = 16
ROUNDS = 25


def funded_jobs(engine: Engine, count: int, amount: str) -> list[UUID]:
    client = deposit(new_id())
    jobs = [new_id() for _ in range(count)]
    with transaction(engine) as session:
        fill(session, client, cny(amount) * count)
        for job in jobs:
            pairs = j2_job_funded(client.owner_id or job, job, cny(amount))
            post(session, ACTOR, kind="J2", key=f"fund {job}", pairs=pairs, subject=("job", job))
    return jobs


def test_threads_that_post_to_the_same_accounts_in_any_order_neither_lock_up_nor_overdraw(
    committing_engine: Engine,
) -> None:
    jobs = funded_jobs(committing_engine, 4, "20")
    contract, workers = new_id(), [new_id() for _ in range(6)]
    ready = threading.Barrier(THREADS)

    def accept(seed: int) -> Counter[str]:
        """Accept for one CNY from a random job, into the accounts of random workers; counts what became of it."""
        chance = random.Random(seed)
        outcomes: Counter[str] = Counter()
        ready.wait()
        for turn in range(ROUNDS):
            job = chance.choice(jobs)
            pay = [DatedShare(worker, contract, DUE, cny("0.1")) for worker in chance.sample(workers, k=len(workers))]
            pairs = j3_answers_accepted(job, fee=cny("0.4"), margins=[], pay=pay)
            chance.shuffle(pairs)
            try:
                with transaction(committing_engine) as session:
                    post(session, ACTOR, kind="J3", key=f"{seed}/{turn}", pairs=pairs, subject=("claim", new_id()))
                outcomes["posted"] += 1
            except DomainError as refusal:
                outcomes[refusal.slug] += 1
        return outcomes

    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = sum(threads.map(accept, range(THREADS)), Counter())
    # 400 wishes for one CNY each out of 4 jobs of 20 CNY: every job is emptied and the rest is refused.
    assert outcomes == {"posted": 80, "balance_insufficient": THREADS * ROUNDS - 80}
    with transaction(committing_engine) as session:
        assert {balance(session, job_reserve(job, "CNY")) for job in jobs} == {cny("0")}
        assert balance(session, platform_fee("CNY")) == cny("0.4") * 80
        assert session.scalar(select(func.count()).where(Journal.kind == "J3")) == 80
        assert session.scalar(select(func.count()).where(Account.code == 2110)) == len(workers)


def test_one_key_posted_by_many_at_once_is_posted_once(committing_engine: Engine) -> None:
    (job,) = funded_jobs(committing_engine, 1, "20")
    pairs = j3_answers_accepted(job, fee=cny("1"), margins=[], pay=[DatedShare(new_id(), new_id(), DUE, cny("2"))])
    subject = ("claim", new_id())
    ready = threading.Barrier(THREADS)

    def accept(_: int) -> tuple[UUID, bool]:
        ready.wait()
        with transaction(committing_engine) as session:
            posted = post(session, ACTOR, kind="J3", key="once", pairs=pairs, subject=subject)
            return posted.journal_id, posted.replayed

    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(accept, range(THREADS)))

    assert len({journal_id for journal_id, _ in answers}) == 1
    assert sorted(replayed for _, replayed in answers) == [False] + [True] * (THREADS - 1)
    with transaction(committing_engine) as session:
        assert balance(session, job_reserve(job, "CNY")) == cny("17")


def test_transactions_of_several_journals_hold_their_accounts_first_and_never_lock_up(
    committing_engine: Engine,
) -> None:
    jobs = funded_jobs(committing_engine, 3, "1000")
    clients = [deposit(new_id()) for _ in jobs]
    ready = threading.Barrier(THREADS)

    def give_back(seed: int) -> None:
        chance = random.Random(seed)
        ready.wait()
        for turn in range(5):
            ways = list(zip(jobs, clients, strict=True))
            chance.shuffle(ways)
            with transaction(committing_engine) as session:
                hold(session, [ref for job, client in ways for ref in (job_reserve(job, "CNY"), client)])
                for job, client in ways:
                    pairs = [Pair(job_reserve(job, "CNY"), client, cny("1"))]
                    key = f"{seed}/{turn}/{job}"
                    post(session, ACTOR, kind="J12", key=key, pairs=pairs, subject=("job", job))

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(give_back, range(THREADS)))

    with transaction(committing_engine) as session:
        assert {balance(session, client) for client in clients} == {cny("1") * THREADS * 5}


def test_a_posting_that_is_rolled_back_leaves_no_trace(committing_engine: Engine) -> None:
    client: AccountRef = deposit(new_id())

    def interrupted() -> None:
        with transaction(committing_engine) as session:
            fill(session, client, cny("1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    with Session(committing_engine) as session:
        assert session.scalars(select(Account.id).where(Account.key == client.key)).all() == []

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.jobs.locking import lock_job
from marketplace.jobs.reserve import commit, free, fund, uncommit
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits, job_reserve
from tests.builders.jobs import deposit, make_job, make_party


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value.slug


def test_funding_moves_the_deposit_into_the_reserve_in_parts(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    deposit(session, client.organization, cny("100"))
    assert fund(session, client, job.id, cny("60")).state == "funded"
    fund(session, client, job.id, cny("30"))
    assert balance(session, job_reserve(job.id, "CNY")) == cny("90")
    assert balance(session, client_deposits(client.organization, "CNY")) == cny("10")
    assert free(session, job) == cny("90")


def test_more_than_the_deposit_is_refused_and_leaves_the_job_a_draft(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    deposit(session, client.organization, cny("1"))
    assert refused(lambda: fund(session, client, job.id, cny("1.0001"))) == "balance_insufficient"
    assert job.state == "draft"


def test_only_amounts_of_the_jobs_currency_above_nothing_fund_it(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    deposit(session, client.organization, cny("1"))
    assert refused(lambda: fund(session, client, job.id, Money.parse("1", "USD"))) == "invalid"
    assert refused(lambda: fund(session, client, job.id, cny("0"))) == "invalid"
    stranger = make_party(session)
    assert refused(lambda: fund(session, stranger, job.id, cny("1"))) == "not_found"


def test_only_free_money_is_committed(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    deposit(session, client.organization, cny("10"))
    fund(session, client, job.id, cny("10"))
    commit(session, job.id, cny("9"))
    assert free(session, job) == cny("1")
    assert refused(lambda: commit(session, job.id, cny("1.0001"))) == "reserve_short"
    uncommit(session, job.id, cny("9"))
    assert free(session, job) == cny("10")
    with pytest.raises(AssertionError, match="not as much is committed"):
        uncommit(session, job.id, cny("0.0001"))


def test_commitments_that_race_never_exceed_the_reserve(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        client = make_party(session)
        job = make_job(session, client)
        deposit(session, client.organization, cny("10"))
        fund(session, client, job.id, cny("10"))

    def race(_: int) -> str:
        try:
            with transaction(committing_engine) as session:
                lock_job(session, job.id)
                commit(session, job.id, cny("3"))
        except DomainError as error:
            return error.slug
        return "committed"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(race, range(8))) == ["committed"] * 3 + ["reserve_short"] * 5
    with transaction(committing_engine) as session:
        assert free(session, job) == cny("1")
        # The invariants at the end know commitments only by released seats.
        uncommit(session, job.id, cny("9"))

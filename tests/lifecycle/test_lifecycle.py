import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.jobs import reserve
from marketplace.jobs.items import add_items
from marketplace.jobs.models import Job, JobRate
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits, job_reserve
from marketplace.lifecycle.cancelling import cancel_job, close_job
from marketplace.lifecycle.completing import complete_jobs
from marketplace.lifecycle.funding import fund_job
from marketplace.lifecycle.pausing import pause_job, resume_job
from marketplace.lifecycle.publishing import publish_job
from marketplace.payouts.sending import execute_run
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.appeals import finalize_rejections
from marketplace.work.claiming import claim_next
from marketplace.work.leases import expire
from marketplace.work.models import Seat
from marketplace.work.withdrawing import finish_batches
from tests.builders.jobs import deposit, make_job, make_party, text_rows
from tests.builders.payouts import inside, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import (
    Chain,
    accept,
    hand_in,
    make_chain,
    move_clock_to,
    payable_worker,
    reject,
)
from tests.builders.work import make_worker


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def state_of(session: Session, chain: Chain) -> str:
    return session.get_one(Job, chain.job.id, populate_existing=True).state


def deposited(session: Session, chain: Chain) -> Money:
    return balance(session, client_deposits(chain.client.organization, "CNY"))


def complete(session: Session) -> int:
    finish_batches(session)
    return complete_jobs(inside(session))


def test_publishing_fixes_the_fee_and_gives_the_client_the_root_contract(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    add_items(session, client, job.id, text_rows(3))
    deposit(session, client.organization, cny("2.70"))
    with pytest.raises(DomainError, match="job_unfunded"):
        publish_job(session, client, job.id)
    fund_job(session, client, job.id, cny("2.70"))
    assert publish_job(session, client, job.id).state == "open"
    assert session.get_one(JobRate, (job.id, "standard")).fee == cny("0.045")
    root = session.scalars(select(Contract).where(Contract.job_id == job.id)).one()
    assert (root.layer, root.seller_organization_id) == (0, client.organization)
    with pytest.raises(DomainError, match="state_conflict"):
        publish_job(session, client, job.id)


def test_a_job_without_items_is_not_published(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    deposit(session, client.organization, cny("1"))
    fund_job(session, client, job.id, cny("1"))
    with pytest.raises(DomainError, match="invalid"):
        publish_job(session, client, job.id)


def test_only_the_client_publishes_pauses_and_cancels(session: Session) -> None:
    chain = make_chain(session)
    stranger = make_party(session)
    for verb in (publish_job, pause_job, cancel_job, close_job):
        with pytest.raises(DomainError, match="not_found"):
            verb(session, stranger, chain.job.id)
        with pytest.raises(DomainError, match="forbidden"):
            verb(session, chain.layers[0][0], chain.job.id)


def test_more_money_releases_more_seats(session: Session) -> None:
    chain = make_chain(session, items=3, funds="0.90")
    seats = select(func.count()).where(Seat.batch_id == chain.batch.id)
    assert session.scalar(seats) == 1
    deposit(session, chain.client.organization, cny("1.80"))
    fund_job(session, chain.client, chain.job.id, cny("1.80"))
    assert session.scalar(seats) == 3


def test_a_paused_job_gives_nothing_out_until_it_is_resumed(session: Session) -> None:
    chain = make_chain(session)
    pause_job(session, chain.client, chain.job.id)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, make_worker(session), chain.batch.id)
    resume_job(session, chain.client, chain.job.id)
    assert claim_next(session, make_worker(session), chain.batch.id).batch_id == chain.batch.id


def test_cancelling_returns_what_is_free_and_pays_what_was_done(session: Session) -> None:
    chain = make_chain(session, items=4, funds="3.60")
    done, held = hand_in(session, chain), claim_next(session, payable_worker(session), chain.batch.id)
    cancel_job(session, chain.client, chain.job.id)
    assert deposited(session, chain) == cny("1.80")
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, make_worker(session), chain.batch.id)
    accept(session, chain, done)
    move_clock_to(session, market_now(session) + dt.timedelta(days=2))
    assert expire(session) == 1
    assert held.id != done.claim_id
    complete(session)
    assert deposited(session, chain) == cny("2.70")
    assert balance(session, job_reserve(chain.job.id, "CNY")).is_zero
    assert state_of(session, chain) == "cancelled"


def test_a_cancelled_draft_gives_all_its_money_back(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    deposit(session, client.organization, cny("5"))
    fund_job(session, client, job.id, cny("5"))
    assert cancel_job(session, client, job.id).state == "cancelled"
    assert balance(session, client_deposits(client.organization, "CNY")) == cny("5")
    assert complete_jobs(inside(session)) == 1
    assert session.get_one(Job, job.id, populate_existing=True).state == "settled"


def test_a_job_completes_when_every_item_is_decided_and_settles_when_all_is_paid(session: Session) -> None:
    chain = make_chain(session, items=2, funds="10")
    worker = payable_worker(session)
    accept(session, chain, hand_in(session, chain, worker))
    assert complete(session) == 0
    accept(session, chain, hand_in(session, chain, worker))
    assert complete(session) == 1
    assert state_of(session, chain) == "completed"
    assert deposited(session, chain) == cny("8.20")
    assert {contract.state for contract in session.scalars(select(Contract))} == {"closed"}
    finance = make_finance(session)
    for _ in range(2):
        assert complete(session) == 0
        mature(session)
        run = make_approved_run(session, finance)
        execute_run(inside(session), finance.preparer, {"sandbox": sandbox(session)}, run.id)
    assert complete(session) == 1
    assert state_of(session, chain) == "settled"


def test_a_contestable_rejection_keeps_its_money_and_the_job_waiting(session: Session) -> None:
    chain = make_chain(session, items=1, funds="0.90")
    handed = hand_in(session, chain)
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    assert complete(session) == 0
    assert reserve.free(session, session.get_one(Job, chain.job.id)).is_zero
    move_clock_to(session, market_now(session) + dt.timedelta(days=8))
    assert finalize_rejections(session) == 1
    assert complete(session) == 1
    assert state_of(session, chain) == "settled"
    assert deposited(session, chain) == cny("0.90")


def test_closing_takes_open_seats_back_and_completes_when_the_rest_is_decided(session: Session) -> None:
    chain = make_chain(session, items=3, funds="2.70")
    handed = hand_in(session, chain)
    assert close_job(session, chain.client, chain.job.id).state == "draining"
    assert complete(session) == 0
    accept(session, chain, handed)
    assert complete(session) == 1
    assert state_of(session, chain) == "completed"
    assert deposited(session, chain) == cny("1.80")


@pytest.mark.parametrize("funds", ["1.80", "0.90"])
def test_a_closed_job_completes_when_of_some_tasks_not_every_seat_was_taken(session: Session, funds: str) -> None:
    chain = make_chain(session, items=1, redundancy=2, funds=funds)
    accept(session, chain, hand_in(session, chain))
    close_job(session, chain.client, chain.job.id)
    assert complete(session) == 1
    assert state_of(session, chain) == "completed"
    assert deposited(session, chain) == cny(funds) - cny("0.90")

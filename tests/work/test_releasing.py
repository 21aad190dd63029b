import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.contracts.models import ContractRate
from marketplace.jobs import reserve
from marketplace.jobs.models import Item, JobReserve
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.settlement.accepting import decide_answers
from marketplace.work import holding, leases, withdrawing
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch, Seat, Task
from marketplace.work.releasing import release
from tests.builders.work import Market, accept_all, claim_and_submit, make_market, make_worker, open_batch
from tests.work.test_submitting import pass_time


def committed(session: Session, market: Market) -> int:
    return session.execute(select(JobReserve.committed_amount).where(JobReserve.job_id == market.job.id)).scalar_one()


def seats(session: Session, batch: Batch) -> int:
    wanted = select(func.count()).select_from(Seat).where(Seat.batch_id == batch.id, Seat.state == "open")
    return session.execute(wanted).scalar_one()


def fund(session: Session, market: Market, amount: str) -> None:
    reserve.fund(session, market.requester, market.job.id, Money.parse(amount, "USD"))
    release(session, market.job)


def test_every_item_is_in_exactly_one_task_and_the_last_task_may_be_shorter(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=10), items_per_task=4)
    tasks = session.scalars(select(Task).where(Task.batch_id == batch.id).order_by(Task.position)).all()
    assert [task.item_count for task in tasks] == [4, 4, 2]
    ordinals = [n for task in tasks for run in task.ordinals for n in range(run.lower or 0, run.upper or 0)]
    assert ordinals == list(range(1, 11))


def test_a_task_may_be_made_of_scattered_items(session: Session) -> None:
    market = make_market(session, items_count=9)
    session.execute(text("UPDATE contract_rate SET free = '{[1,3),[5,6),[7,10)}'"))
    batch = open_batch(session, market, items_per_task=4)
    tasks = session.scalars(select(Task).where(Task.batch_id == batch.id).order_by(Task.position)).all()
    runs = [[(run.lower, run.upper) for run in task.ordinals] for task in tasks]
    assert runs == [[(1, 3), (5, 6), (7, 8)], [(8, 10)]]
    worker = make_worker(session)
    assert [item.ordinal for item in claim_next(session, worker, batch.id).items] == [1, 2, 5, 7]


def test_releasing_commits_price_times_answers_and_no_more(session: Session) -> None:
    market = make_market(session, items_count=10, redundancy=2)
    open_batch(session, market, items_per_task=3)
    assert committed(session, market) == Money.parse("20.00", "USD").amount
    assert reserve.free(session, market.job).is_zero


def test_seats_are_released_in_the_order_they_were_opened_as_money_comes(session: Session) -> None:
    market = make_market(session, items_count=10, funded="2.50", fee_ppm=50_000)
    first = open_batch(session, market, items=4, items_per_task=2, pay="0.95")
    second = open_batch(session, market, items=6, items_per_task=1, pay="0.35")
    assert (seats(session, first), seats(session, second)) == (1, 0)
    fund(session, market, "0.50")
    assert (seats(session, first), seats(session, second)) == (1, 0)
    fund(session, market, "1.50")
    assert (seats(session, first), seats(session, second)) == (2, 1)
    assert committed(session, market) == Money.parse("4.40", "USD").amount


def test_the_short_last_task_is_paid_for_by_its_own_size(session: Session) -> None:
    market = make_market(session, items_count=5, redundancy=3, funded="13.00")
    batch = open_batch(session, market, items_per_task=4)
    assert seats(session, batch) == 4
    fund(session, market, "2.00")
    assert seats(session, batch) == 6
    assert committed(session, market) == Money.parse("15.00", "USD").amount


def test_more_items_than_are_free_cannot_be_opened(session: Session) -> None:
    market = make_market(session, items_count=5)
    open_batch(session, market, items=3)
    with pytest.raises(DomainError, match="allotment_short"):
        open_batch(session, market, items=3)
    open_batch(session, market, items=2)
    with pytest.raises(DomainError, match="tasks_invalid"):
        open_batch(session, market, items="all")


def test_sizes_out_of_bounds_are_all_named(session: Session) -> None:
    market = make_market(session)
    with pytest.raises(DomainError, match="tasks_invalid") as refused:
        open_batch(session, market, items_per_task=0, lease_seconds=1, pay="0")
    assert {error.pointer for error in refused.value.errors} == {"/items_per_task", "/pay/amount", "/lease_seconds"}


def test_only_the_seller_of_a_contract_opens_tasks_from_it(session: Session) -> None:
    market, other = make_market(session), make_market(session)
    with pytest.raises(DomainError, match="not_found"):
        open_batch(session, Market(market.job, market.contract, other.requester, other.reviewer))
    with pytest.raises(DomainError, match="forbidden"):
        open_batch(session, Market(market.job, market.contract, market.reviewer, market.reviewer))


def test_a_worker_is_never_paid_later_than_the_job_says(session: Session) -> None:
    market = make_market(session, deferral_months_max=2)
    for months in (2, 3):
        terms = SettlementTerms((TermPart(1, months, Anchor.MONTH_END),))
        with pytest.raises(DomainError, match="terms_too_late"):
            open_batch(session, market, settlement_terms=terms)
    batch = open_batch(session, market, settlement_terms=SettlementTerms((TermPart(1, 0, Anchor.MONTH_END),)))
    assert batch.terms.months_max == 0


def test_what_a_batch_promised_cannot_be_changed(session: Session) -> None:
    batch = open_batch(session, make_market(session))
    with pytest.raises(DBAPIError, match="keeps its terms"), session.begin_nested():
        session.execute(text("UPDATE batch SET pay_amount = pay_amount - 1 WHERE id = :id"), {"id": batch.id})


def test_withdrawing_gives_back_money_and_items_of_what_nobody_holds(session: Session) -> None:
    market = make_market(session, items_count=5)
    batch = open_batch(session, market)
    worker = make_worker(session)
    held = claim_next(session, worker, batch.id)
    claim_and_submit(session, worker, batch)
    withdrawing.withdraw(session, market.requester, batch.id)
    assert (seats(session, batch), committed(session, market)) == (0, Money.parse("2.00", "USD").amount)
    rate = session.get_one(ContractRate, (market.contract.id, "standard"), populate_existing=True)
    assert [(run.lower, run.upper) for run in rate.free] == [(3, 6)]
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, make_worker(session), batch.id)
    holding.give_back(session, worker, held.id)
    assert committed(session, market) == Money.parse("1.00", "USD").amount
    rate = session.get_one(ContractRate, (market.contract.id, "standard"), populate_existing=True)
    assert [(run.lower, run.upper) for run in rate.free] == [(1, 2), (3, 6)]
    assert {(seat.state) for seat in session.scalars(select(Seat))} == {"withdrawn", "claimed"}


def test_a_task_half_done_when_its_batch_is_withdrawn_is_done_with_what_it_has(session: Session) -> None:
    market = make_market(session, items_count=2, redundancy=2)
    batch = open_batch(session, market)
    claimed, _ = claim_and_submit(session, make_worker(session), batch)
    verdicts = accept_all(session, claimed.id)
    decide_answers(session, market.reviewer, claimed.id, verdicts)
    withdrawing.withdraw(session, market.requester, batch.id)
    tasks = session.scalars(select(Task).order_by(Task.position).execution_options(populate_existing=True))
    assert [task.state for task in tasks] == ["done", "withdrawn"]
    assert withdrawing.finish_batches(session) == 1


def test_money_of_a_withdrawn_batch_releases_the_next(session: Session) -> None:
    market = make_market(session, items_count=6, funded="3.00")
    first = open_batch(session, market, items=3)
    second = open_batch(session, market, items=3)
    assert (seats(session, first), seats(session, second)) == (3, 0)
    withdrawing.withdraw(session, market.requester, first.id)
    assert (seats(session, first), seats(session, second)) == (0, 3)


def test_a_lease_that_ends_on_a_withdrawn_batch_returns_its_money(session: Session) -> None:
    market = make_market(session, items_count=2)
    batch = open_batch(session, market, items_per_task=2, lease_seconds=60)
    claim_next(session, make_worker(session), batch.id)
    assert withdrawing.withdraw_job(session, market.requester, market.job.id).is_zero
    pass_time(session, 61)
    assert leases.expire(session) == 1
    assert committed(session, market) == 0
    assert [task.state for task in session.scalars(select(Task))] == ["withdrawn"]
    assert withdrawing.finish_batches(session) == 1


def test_items_stay_as_they_are(session: Session) -> None:
    market = make_market(session, items_count=2)
    open_batch(session, market)
    assert session.scalar(select(func.count()).select_from(Item)) == 2

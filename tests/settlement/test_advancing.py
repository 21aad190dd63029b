"""Workers who take accrued pay before its day."""

import datetime as dt

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import pay_due
from marketplace.settlement import advancing, queries
from marketplace.settlement.advancing import take_advance
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Installment
from tests.builders.advances import FEE_PPM, earn_more, make_accrued_chain, parts_of, take
from tests.builders.at_once import at_once
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to
from tests.builders.work import make_worker


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def test_the_offer_says_what_comes_early_and_what_comes_for_free(session: Session) -> None:
    chain = make_accrued_chain(session)
    worker = chain.workers[0]
    row = parts_of(session, worker)[0]
    found = advancing.offer(session, worker, row.id, FEE_PPM)
    assert (found.amount, found.free_on) == (cny("0.875"), row.due_on)
    # 1 % of 0.875 is 0.00875; 0.86625 is left, of which whole fen arrive and the rest stays owed.
    assert (found.fee, found.arrives, found.rest) == (cny("0.00875"), cny("0.86"), cny("0.00625"))
    assert advancing.offers(session, worker, parts_of(session, worker), FEE_PPM)[0] == found
    assert parts_of(session, worker)[0].state == "scheduled"


def test_the_fee_is_rounded_down_at_the_last_digit_of_the_ledger(session: Session) -> None:
    chain = make_accrued_chain(session, items_per_task=1, pay="0.350001")
    row = parts_of(session, chain.workers[0])[0]
    assert row.amount == 175_001
    assert advancing.offer(session, chain.workers[0], row.id, 9_999).fee == Money(1_749, "CNY")


def test_taking_it_for_free_makes_all_of_it_due_at_once(session: Session) -> None:
    chain = make_accrued_chain(session)
    worker = chain.workers[0]
    first, second = parts_of(session, worker)
    assert take(session, worker, first, fee_ppm=0).is_zero
    first, second = parts_of(session, worker)
    assert (first.state, first.advance_fee, second.state) == ("advanced", 0, "scheduled")
    assert balance(session, pay_due(worker.person, "CNY")) == cny("0.875")
    (owed,) = queries.owed(session, worker)
    assert (owed.due, owed.scheduled, owed.earned) == (cny("0.875"), cny("0.875"), cny("1.75"))


def test_the_log_says_what_was_accepted(session: Session) -> None:
    chain = make_accrued_chain(session)
    worker = chain.workers[0]
    row = parts_of(session, worker)[0]
    take(session, worker, row)
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "installment.advanced")).one()
    assert event.subject_id == row.id
    assert b'"fee":{"amount":"0.00875","currency":"CNY"}' in event.body
    journal = session.scalars(select(Journal).where(Journal.kind == "J9")).one()
    assert journal.subject_id == row.id


def test_another_fee_than_the_quoted_one_is_refused_and_nothing_is_taken(session: Session) -> None:
    chain = make_accrued_chain(session)
    worker = chain.workers[0]
    row = parts_of(session, worker)[0]
    quoted = advancing.offer(session, worker, row.id, FEE_PPM).fee
    for fee_ppm in (FEE_PPM + 1_000, FEE_PPM - 1_000):
        with pytest.raises(DomainError, match="advance_fee_differs"):
            take_advance(session, worker, row.id, fee=quoted, fee_ppm=fee_ppm)
    earn_more(session, chain)
    with pytest.raises(DomainError, match="advance_fee_differs") as refused:
        take_advance(session, worker, row.id, fee=quoted, fee_ppm=FEE_PPM)
    assert refused.value.data["fee"] == {"amount": "0.0175", "currency": "CNY"}
    with pytest.raises(DomainError, match="advance_fee_differs"):
        take_advance(session, worker, row.id, fee=Money(quoted.amount, "USD"), fee_ppm=FEE_PPM)
    assert [one.state for one in parts_of(session, worker)] == ["scheduled"] * 2


def test_asked_twice_it_is_taken_once(session: Session) -> None:
    chain = make_accrued_chain(session)
    worker = chain.workers[0]
    row = parts_of(session, worker)[0]
    fee = take(session, worker, row)
    assert take_advance(session, worker, row.id, fee=fee, fee_ppm=2 * FEE_PPM).state == "advanced"
    with pytest.raises(DomainError, match="advance_fee_differs"):
        take_advance(session, worker, row.id, fee=Money.zero("CNY"), fee_ppm=0)
    assert session.scalar(select(func.count()).where(Journal.kind == "J9")) == 1


def test_what_is_earned_afterwards_for_the_same_day_is_another_installment(session: Session) -> None:
    chain = make_accrued_chain(session)
    worker = chain.workers[0]
    take(session, worker, parts_of(session, worker)[0])
    earn_more(session, chain)
    early, later, last = parts_of(session, worker)
    assert (early.state, early.money) == ("advanced", cny("0.875"))
    assert (later.state, later.money, later.due_on) == ("scheduled", cny("0.875"), early.due_on)
    assert last.money == cny("1.75")
    take(session, worker, later)
    move_clock_to(session, last.due_on)
    fall_due(session)
    assert [row.state for row in parts_of(session, worker)] == ["advanced", "advanced", "due"]


def test_the_day_itself_brings_nothing_a_second_time(session: Session) -> None:
    chain = make_accrued_chain(session)
    worker = chain.workers[0]
    row = parts_of(session, worker)[0]
    take(session, worker, row)
    move_clock_to(session, row.due_on)
    fall_due(session)
    assert balance(session, pay_due(worker.person, "CNY")) == cny("0.875")


def test_only_what_waits_for_its_day_can_be_taken(session: Session) -> None:
    chain = make_accrued_chain(session)
    worker = chain.workers[0]
    row = parts_of(session, worker)[0]
    move_clock_to(session, row.due_on)
    with pytest.raises(DomainError, match="due today, for free"):
        advancing.offer(session, worker, row.id, FEE_PPM)
    fall_due(session)
    with pytest.raises(DomainError, match="advance_impossible"):
        take_advance(session, worker, row.id, fee=Money.zero("CNY"), fee_ppm=0)
    assert [found.installment_id for found in advancing.offers(session, worker, parts_of(session, worker), 0)] == [
        parts_of(session, worker)[1].id
    ]


def test_what_no_payout_could_carry_waits_for_its_day(session: Session) -> None:
    chain = make_accrued_chain(session, items_per_task=1, prices=(), pay="0.01", worker_share_min_ppm=None)
    row = parts_of(session, chain.workers[0])[0]
    with pytest.raises(DomainError, match="smallest unit of CNY"):
        advancing.offer(session, chain.workers[0], row.id, 0)


def test_without_a_payout_method_nothing_can_be_taken_early(session: Session) -> None:
    chain = make_chain(session, items=5, items_per_task=5)
    worker = make_worker(session)
    accept(session, chain, hand_in(session, chain, worker))
    row = parts_of(session, worker)[0]
    with pytest.raises(DomainError, match="Say first where you are paid"):
        take_advance(session, worker, row.id, fee=Money.zero("CNY"), fee_ppm=0)
    assert advancing.offers(session, worker, [row], 0) == []


def test_nobody_takes_what_is_not_theirs_and_no_layer_takes_a_margin(session: Session) -> None:
    chain = make_accrued_chain(session)
    row = parts_of(session, chain.workers[0])[0]
    margin = session.scalars(select(Installment).where(Installment.payee_kind == "layer").limit(1)).one()
    zero = Money.zero("CNY")
    for one in (row, margin):
        with pytest.raises(DomainError, match="not_found"):
            take_advance(session, make_worker(session), one.id, fee=zero, fee_ppm=0)
    for actor in (chain.layers[0][0], chain.client):
        with pytest.raises(DomainError, match="forbidden"):
            take_advance(session, actor, margin.id, fee=zero, fee_ppm=0)
        with pytest.raises(DomainError, match="forbidden"):
            advancing.offer(session, actor, margin.id, 0)


def test_asked_by_many_at_once_it_is_taken_once(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        chain = make_accrued_chain(session)
        row = parts_of(session, chain.workers[0])[0]

    def asking() -> None:
        with transaction(committing_engine) as session:
            take(session, chain.workers[0], row)

    # Who reads the offer after the first has taken it hears that there is none any more.
    outcomes = at_once(*[asking] * 6)
    assert outcomes["done"] >= 1
    assert outcomes["done"] + outcomes["advance_impossible"] == 6
    with transaction(committing_engine) as session:
        assert session.scalar(select(func.count()).where(Journal.kind == "J9")) == 1
        assert balance(session, pay_due(chain.workers[0].person, "CNY")) == cny("0.875")


@pytest.mark.parametrize("first", ["the worker", "the day"])
def test_whoever_comes_first_the_worker_or_the_day_it_is_due_once(committing_engine: Engine, first: str) -> None:
    """One waits at the installment until the other has committed."""
    with transaction(committing_engine) as session:
        chain = make_accrued_chain(session)
        worker = chain.workers[0]
        row = parts_of(session, worker)[0]
        before = market_now(session)

    def early(session: Session) -> None:
        take_advance(session, worker, row.id, fee=Money.zero("CNY"), fee_ppm=0)

    def the_day_comes(session: Session) -> None:
        move_clock_to(session, row.due_on)
        fall_due(session)

    doings = (early, the_day_comes) if first == "the worker" else (the_day_comes, early)
    with Session(committing_engine) as one, one.begin():
        doings[0](one)

        def other() -> None:
            with transaction(committing_engine) as session:
                doings[1](session)

        def finish() -> None:
            one.commit()

        outcomes = at_once(other, finish)
    with transaction(committing_engine) as session:
        assert before < market_now(session)
        fall_due(session)
        assert balance(session, pay_due(worker.person, "CNY")) == cny("0.875")
        state = session.scalars(select(Installment.state).where(Installment.id == row.id)).one()
        journals = session.scalars(select(Journal.kind).where(Journal.kind.in_(["J4", "J9"]))).all()
    assert state == ("advanced" if first == "the worker" else "due")
    assert ("J9" in journals) == (first == "the worker")
    assert outcomes["done"] + outcomes["advance_impossible"] == 2


def test_a_reviewer_and_the_worker_at_one_installment_lose_no_cent(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        chain = make_accrued_chain(session)
        worker = chain.workers[0]
        row = parts_of(session, worker)[0]
        handed = [hand_in(session, chain, worker) for _ in range(3)]

    def accepting(number: int) -> None:
        with transaction(committing_engine) as session:
            accept(session, chain, handed[number])

    def taking() -> None:
        with transaction(committing_engine) as session:
            take_advance(session, worker, row.id, fee=Money.zero("CNY"), fee_ppm=0)

    outcomes = at_once(lambda: accepting(0), taking, lambda: accepting(1), taking, lambda: accepting(2))
    assert outcomes == {"done": 5}
    with transaction(committing_engine) as session:
        mine = [one for one in parts_of(session, worker) if one.due_on == row.due_on]
        assert sum((one.money for one in mine), Money.zero("CNY")) == cny("3.50")
        assert {one.state for one in mine} <= {"advanced", "scheduled"}
        assert mine[0].state == "advanced"
        move_clock_to(session, row.due_on + dt.timedelta(days=1))
        fall_due(session)
        assert balance(session, pay_due(worker.person, "CNY")) == cny("3.50")

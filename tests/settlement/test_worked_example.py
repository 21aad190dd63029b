"""The worked example of the domain, at the level of the core, to the last cent and to both dates."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance, trial_balance
from marketplace.ledger.chart import Code
from marketplace.ledger.recipes.accounts import client_deposits, job_reserve, platform_fee
from marketplace.payouts.models import Payout
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Earning, Installment
from marketplace.settlement.queries import calendar, owed
from tests.builders.jobs import make_party
from tests.builders.payouts import execute, make_approved_run, make_finance, sandbox
from tests.builders.settlement import (
    Chain,
    accept,
    hand_in,
    make_chain,
    move_clock_to,
    next_day,
    payable_worker,
)

ITEMS_PER_TASK = 50
TASKS = (8, 7, 5)  # 400, 350 and 250 images


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def paid_to(session: Session) -> dict[uuid.UUID, Money]:
    rows = session.execute(
        select(Payout.payee_id, func.sum(Payout.amount)).where(Payout.state == "settled").group_by(Payout.payee_id)
    )
    return {payee_id: Money(int(amount), "CNY") for payee_id, amount in rows}


def due_on(session: Session, day: dt.date) -> dict[uuid.UUID, Money]:
    rows = session.execute(select(Installment.payee_id, Installment.amount).where(Installment.due_on == day))
    return {payee_id: Money(amount, "CNY") for payee_id, amount in rows}


@pytest.fixture
def accepted_on(session: Session) -> dt.date:
    day = next_day(session, 1, 15)
    move_clock_to(session, day)
    return day


@pytest.fixture
def story(session: Session, accepted_on: dt.date) -> tuple[Chain, list[Actor]]:
    chain = make_chain(session, items=1000, items_per_task=ITEMS_PER_TASK, funds="900.00")
    workers = [payable_worker(session) for _ in TASKS]
    for worker, tasks in zip(workers, TASKS, strict=True):
        for _ in range(tasks):
            accept(session, chain, hand_in(session, chain, worker))
    return chain, workers


@pytest.mark.slow
def test_the_worked_example_to_the_last_cent(
    session: Session, accepted_on: dt.date, story: tuple[Chain, list[Actor]]
) -> None:
    chain, workers = story
    layers = [seller for seller, _ in chain.layers]
    payees = [*(worker.person for worker in workers), *(layer.organization for layer in layers)]
    totals = [cny(amount) for amount in ("140.00", "122.50", "87.50", "255.00", "250.00")]
    halves = [cny(amount) for amount in ("70.00", "61.25", "43.75", "127.50", "125.00")]

    assert balance(session, platform_fee("CNY")) == cny("45.00")
    assert balance(session, job_reserve(chain.job.id, "CNY")).is_zero
    earned = session.execute(select(Earning.payee_id, func.sum(Earning.amount)).group_by(Earning.payee_id)).all()
    assert {payee_id: Money(int(amount), "CNY") for payee_id, amount in earned} == dict(
        zip(payees, totals, strict=True)
    )

    february, july = dt.date(accepted_on.year, 2, 28), dt.date(accepted_on.year, 7, 31)
    for day in (february, july):
        assert due_on(session, day) == dict(zip(payees, halves, strict=True))
    assert session.scalar(select(func.count()).select_from(Installment)) == 10

    finance, rail = make_finance(session), sandbox(session)
    move_clock_to(session, february - dt.timedelta(days=1))
    assert fall_due(session) == 0
    move_clock_to(session, february)
    assert fall_due(session) == 5
    assert execute(session, finance, rail, make_approved_run(session, finance)) == {"settled": 5}
    assert paid_to(session) == dict(zip(payees, halves, strict=True))
    mine = owed(session, workers[0])[0]
    assert (mine.earned, mine.paid, mine.scheduled, mine.answers) == (cny("140"), cny("70"), cny("70"), 400)

    move_clock_to(session, july)
    assert fall_due(session) == 5
    assert execute(session, finance, rail, make_approved_run(session, finance)) == {"settled": 5}
    assert paid_to(session) == dict(zip(payees, totals, strict=True))
    assert [(one.due_on, one.state, one.money) for one in calendar(session, layers[1])] == [
        (february, "paid", cny("125.00")),
        (july, "paid", cny("125.00")),
    ]
    assert balance(session, client_deposits(chain.client.organization, "CNY")).is_zero
    left = {
        line.code: line.balance
        for line in trial_balance(session, make_party(session, "platform", "auditor"))
        if not line.balance.is_zero
    }
    assert left == {Code.RAIL_AVAILABLE: cny("45.00"), Code.PLATFORM_FEE: cny("45.00")}

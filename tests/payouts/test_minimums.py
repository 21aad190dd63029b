import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.payouts import gathering
from marketplace.payouts.approving import approve_run, cancel_payout
from marketplace.payouts.minimums import Minimums, waiting
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.rails.models import DESTINATION, PayoutDestination
from marketplace.settings import Settings, SettingsError
from marketplace.settlement.models import Installment
from tests.builders.jobs import make_party
from tests.builders.payouts import inside, make_due_chain, make_finance, mature, payout_of, sandbox, states
from tests.builders.settlement import move_clock_to


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def of_workers(session: Session, run: PayoutRun) -> set[object]:
    paid = select(Payout.payee_id).where(Payout.run_id == run.id, Payout.payee_kind == "worker")
    return set(session.scalars(paid))


def worker_of(session: Session) -> tuple[Actor, Actor]:
    chain = make_due_chain(session, claims=1, items=10, items_per_task=5)
    (worker,) = chain.workers
    return worker, make_finance(session).preparer


def test_what_is_less_than_the_minimum_waits_and_its_worker_reads_how_much_is_missing(session: Session) -> None:
    worker, preparer = worker_of(session)
    minimums = Minimums({("sandbox", "CNY"): cny("1")})
    with pytest.raises(DomainError) as caught:
        prepare_run(session, preparer, "sandbox", minimums=minimums)
    assert caught.value.slug == "nothing_due"
    (one,) = waiting(session, worker, minimums)
    assert (one.due, one.rail, one.minimum, one.missing) == (cny("0.875"), "sandbox", cny("1"), cny("0.125"))
    states = set(session.scalars(select(Installment.state).where(Installment.payee_id == worker.person)))
    assert states == {"due", "scheduled"}


def test_once_it_is_enough_all_of_it_is_paid_and_nothing_was_taken_off(session: Session) -> None:
    worker, preparer = worker_of(session)
    minimums = Minimums({("sandbox", "CNY"): cny("1")})
    mature(session)
    assert waiting(session, worker, minimums) == []
    run = prepare_run(session, preparer, "sandbox", minimums=minimums)
    payout = session.scalars(select(Payout).where(Payout.run_id == run.id, Payout.payee_kind == "worker")).one()
    assert (payout.payee_id, payout.money) == (worker.person, cny("1.75"))


def test_after_its_days_it_is_paid_below_the_minimum_and_the_margins_above_wait_no_more(session: Session) -> None:
    worker, _ = worker_of(session)
    finance, rails = make_finance(session), {"sandbox": sandbox(session)}
    minimums = Minimums({("sandbox", "CNY"): cny("1")}, days_max=30)
    due_on = session.scalars(
        select(Installment.due_on).where(Installment.payee_id == worker.person, Installment.state == "due")
    ).one()
    last = due_on + dt.timedelta(days=29)
    assert [one.paid_from for one in waiting(session, worker, minimums)] == [last + dt.timedelta(days=1)]

    move_clock_to(session, last)
    with pytest.raises(DomainError, match="nothing_due"):
        prepare_run(session, finance.preparer, "sandbox", minimums=minimums)
    margins = approve_run(session, finance.approver, prepare_run(session, finance.preparer, "sandbox").id)
    cancel_payout(session, finance.approver, payout_of(session, margins, worker).id)
    execute_run(inside(session), finance.approver, rails, margins.id)
    assert states(session, margins) == {"approved": 2, "cancelled": 1}, "both margins wait for the worker"

    move_clock_to(session, last + dt.timedelta(days=1))
    assert waiting(session, worker, minimums) == []
    run = prepare_run(session, finance.preparer, "sandbox", minimums=minimums)
    assert (of_workers(session, run), payout_of(session, run, worker).money) == ({worker.person}, cny("0.87"))
    approve_run(session, finance.approver, run.id)
    execute_run(inside(session), finance.approver, rails, run.id)
    execute_run(inside(session), finance.approver, rails, margins.id)
    assert states(session, margins) == {"settled": 2, "cancelled": 1}


def test_the_minimum_itself_is_enough_and_other_rails_and_currencies_have_their_own(session: Session) -> None:
    worker, preparer = worker_of(session)
    others = {("bank", "CNY"): cny("99"), ("sandbox", "USD"): Money.parse("99", "USD")}
    assert waiting(session, worker, Minimums(others)) == []
    exact = Minimums({("sandbox", "CNY"): cny("0.875"), **others})
    assert waiting(session, worker, exact) == []
    assert of_workers(session, prepare_run(session, preparer, "sandbox", minimums=exact)) == {worker.person}


def test_a_worker_with_a_rail_that_pays_less_waits_for_nothing(session: Session) -> None:
    worker, _ = worker_of(session)
    other = PayoutDestination(payee_id=worker.person, rail="bank", payee_kind="worker")
    DESTINATION.put(session, other, "acct_1")
    session.add(other)
    session.flush()
    assert waiting(session, worker, Minimums({("sandbox", "CNY"): cny("1")})) == []
    both = Minimums({("sandbox", "CNY"): cny("5"), ("bank", "CNY"): cny("2")})
    assert [(one.rail, one.minimum) for one in waiting(session, worker, both)] == [("bank", cny("2"))]


def test_only_workers_ask_what_waits(session: Session) -> None:
    with pytest.raises(DomainError, match=r"earning\.read"):
        waiting(session, make_party(session, "client"), Minimums())


def test_what_waited_its_days_crowds_nobody_and_is_not_crowded_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, preparer = worker_of(session)
    monkeypatch.setattr(gathering, "INSTALLMENTS_MAX", 1)
    minimums = Minimums({("sandbox", "CNY"): cny("1")}, days_max=30)
    due_on = session.scalars(select(Installment.due_on).where(Installment.state == "due").limit(1)).one()
    move_clock_to(session, due_on + dt.timedelta(days=30))
    assert of_workers(session, prepare_run(session, preparer, "sandbox", minimums=minimums)) == {worker.person}


def test_minimums_are_read_by_rail_and_currency() -> None:
    settings = Settings.from_env({"PAYOUT_MINIMUMS": "stripe 5 USD, sandbox 10.50 CNY"})
    assert settings.payout_minimums == {("stripe", "USD"): Money.parse("5", "USD"), ("sandbox", "CNY"): cny("10.50")}
    assert Settings.from_env({}).payout_minimums == {}
    for wrong in ("5 USD", "stripe 5 XXQ", "stripe 1.2.3 USD", "stripe five USD"):
        with pytest.raises(SettingsError, match="PAYOUT_MINIMUMS"):
            Settings.from_env({"PAYOUT_MINIMUMS": wrong})

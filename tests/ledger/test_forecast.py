import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.chart import Code
from marketplace.ledger.coverage import coverage
from marketplace.ledger.forecast import CashForecast, cash_forecast, of_currency
from marketplace.payouts.preparing import prepare_run
from tests.builders.jobs import make_party
from tests.builders.payouts import execute, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import accept, hand_in, make_chain


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def told(session: Session, days: int = 400) -> CashForecast:
    (found,) = cash_forecast(session, make_party(session, "platform", "finance"), days)
    return found


def test_what_falls_due_stands_on_its_day_workers_before_margins(session: Session) -> None:
    chain = make_chain(session, items=4, funds="900")
    for _ in range(2):
        accept(session, chain, hand_in(session, chain))
    today = market_now(session).date()
    first, second = [due for _, due in chain.batch.terms.due_dates(today)]
    found = told(session)
    assert found.cash == cny("900")
    rows = [(day.due_on, day.workers, day.margins, day.left_after_workers, day.left) for day in found.days]
    assert rows == [
        (first, cny("0.35"), cny("0.505"), cny("899.65"), cny("899.145")),
        (second, cny("0.35"), cny("0.505"), cny("898.795"), cny("898.29")),
    ]
    assert found.short_on is None
    # The rest of the cash is the job's reserve and the platform's fee.
    assert found.others == cny("898.20")


def test_all_that_is_owed_is_in_the_forecast_once(session: Session) -> None:
    chain = make_chain(session, items=3)
    for _ in range(3):
        accept(session, chain, hand_in(session, chain))
    mature(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    found = told(session)
    dated = sum((day.workers + day.margins for day in found.days), cny("0"))
    assert dated + found.held + found.in_flight + found.others == coverage(session)["CNY"].owed


def test_what_is_due_already_is_todays_and_what_is_later_has_no_day(session: Session) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    mature(session)
    days = [day.due_on for day in told(session, days=30).days]
    assert days == [market_now(session).date(), None]
    prepare_run(session, make_finance(session).preparer, "sandbox")
    assert [day.due_on for day in told(session, days=30).days] == days


def test_the_first_day_on_which_the_cash_does_not_reach_is_told() -> None:
    day = dt.date(2027, 1, 1)
    dated: dict[tuple[Code, dt.date | None], int] = {
        (Code.PAY_DEFERRED, day): 6,
        (Code.MARGIN_DEFERRED, day): 5,
        (Code.PAYOUTS_IN_FLIGHT, day): 1,
    }
    found = of_currency("CNY", Money(10, "CNY"), Money(12, "CNY"), dated)
    assert [(row.left_after_workers.amount, row.left.amount) for row in found.days] == [(3, -2)]
    assert found.short_on == day
    assert [(row.missing.amount, row.missing_for_workers.amount) for row in found.days] == [(2, 0)]


def test_what_is_missing_is_told_day_by_day_and_grows() -> None:
    first, second = dt.date(2027, 1, 1), dt.date(2027, 2, 1)
    dated: dict[tuple[Code, dt.date | None], int] = {(Code.PAY_DEFERRED, first): 12, (Code.MARGIN_DEFERRED, second): 5}
    found = of_currency("CNY", Money(10, "CNY"), Money(17, "CNY"), dated)
    assert [(row.missing.amount, row.missing_for_workers.amount) for row in found.days] == [(2, 2), (7, 2)]


def test_it_is_for_who_reads_the_books_and_for_days_that_there_are(session: Session) -> None:
    with pytest.raises(DomainError, match=r"ledger\.read"):
        cash_forecast(session, make_party(session, "client", "requester"))
    with pytest.raises(DomainError) as caught:
        told(session, days=401)
    assert [error.pointer for error in caught.value.errors] == ["/days"]

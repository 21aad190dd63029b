"""Coverage: what is there beside what is owed, and what the platform may take out."""

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.coverage import coverage, newest, publish
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import bank_operating, bank_wages, rail_available
from marketplace.ledger.recipes.funding import j1_funds_available, j1_funds_received, j1_funds_swept
from marketplace.ledger.treasury import put_in_capital, take_fees
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to

ACTOR = system_actor("tests")


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def a_deposit(session: Session, amount: str, fee: str = "0") -> None:
    deposit_id, money = new_id(), cny(amount)
    pairs = [
        *j1_funds_received(new_id(), "stripe", money, cny(fee)),
        *j1_funds_available("stripe", money - cny(fee)),
    ]
    post(session, ACTOR, kind="J1", key=f"J1:{deposit_id}", pairs=pairs, subject=("deposit", deposit_id))


def test_a_rails_fee_is_the_platforms_and_the_clients_money_stays_whole(session: Session) -> None:
    put_in_capital(session, ACTOR, cny("100"))
    a_deposit(session, "900", "26.10")

    found = coverage(session)["CNY"]
    assert (found.cash, found.owed, found.covered, found.ratio_ppm) == (cny("900"), cny("900"), True, 1_000_000)
    assert balance(session, bank_operating("CNY")) == cny("73.90")
    assert balance(session, rail_available("stripe", "CNY")) == cny("873.90")


def test_the_platform_takes_its_fees_and_not_a_cent_more(session: Session) -> None:
    chain = make_chain(session, items=10, funds="9.00")
    for _ in range(10):
        accept(session, chain, hand_in(session, chain))
    (earned,) = [found.cash - found.owed for found in coverage(session).values()]
    assert earned == cny("0.45")
    with pytest.raises(DomainError, match="The wage account holds 0"):
        take_fees(session, ACTOR, cny("0.45"))
    wages = bank_wages("CNY")
    swept = new_id()
    post(
        session,
        ACTOR,
        kind="J1",
        key=f"J1:{swept}",
        pairs=j1_funds_swept("sandbox", cny("9")),
        subject=("external_line", swept),
    )
    put_in_capital(session, ACTOR, cny("1"))
    with pytest.raises(DomainError, match="The wage account holds 0"):
        take_fees(session, ACTOR, cny("0.01"))
    assert balance(session, wages).is_zero
    a_deposit(session, "900", "26.10")

    with pytest.raises(DomainError, match=r"at most 0\.45 CNY can be taken"):
        take_fees(session, ACTOR, cny("0.46"))
    take_fees(session, ACTOR, cny("0.45"))

    assert coverage(session)["CNY"].cash == coverage(session)["CNY"].owed


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_nothing_and_less_is_refused(session: Session, amount: str) -> None:
    with pytest.raises(DomainError, match="invalid"):
        put_in_capital(session, ACTOR, Money.parse(amount, "CNY", negative=True))


def test_coverage_is_published_once_a_day(session: Session) -> None:
    a_deposit(session, "900", "26.10")
    today = session.scalar(select(func.market_now())).date()  # type: ignore[union-attr]

    assert [publish(session), publish(session)] == [1, 0]
    move_clock_to(session, today + dt.timedelta(days=1))
    assert publish(session) == 1

    events = session.scalars(select(AuditEvent.body).where(AuditEvent.kind == "coverage.published")).all()
    assert len(events) == 2
    assert b'"covered":true' in events[0]
    assert newest(session)["CNY"].cash == cny("900")

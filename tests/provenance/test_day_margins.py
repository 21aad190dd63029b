"""Margins summed by day: the same as from single earnings, whatever is summed so far."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any, Final

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.checking import run_checks
from marketplace.provenance.day_margins import DAYS_AT_ONCE, DAYS_LATER, sum_days
from marketplace.provenance.day_models import DayMargin, DayMarginHorizon
from marketplace.provenance.margin_days import margin_days
from marketplace.provenance.margin_files import margins_csv
from marketplace.provenance.margin_report import GROUPS, Filters, margin_sums, margin_totals
from marketplace.settlement.models import Earning
from tests.builders.jobs import make_party
from tests.builders.settlement import Chain, accept, hand_in, make_chain, move_clock_to, next_day

SECONDS_MAX: Final = 20
OTHERS_LAST: Final = """
    SELECT after_transaction > pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM day_margin_horizon
"""


def everything(session: Session, reader: Actor, chain: Chain) -> list[object]:
    """All that the reports say, to compare."""
    said: list[object] = [margin_sums(session, reader, by).data for by in GROUPS]
    said += [margin_totals(session, reader), list(margins_csv(session, reader, Filters()))]
    return [*said, *(margin_days(session, reader, contract.id).data for _, contract in chain.layers)]


def sweep(session: Session) -> int:
    """Steps until nothing is due; each sees the one before as over, as it would be in a transaction of its own."""
    steps = 0
    session.execute(text("UPDATE day_margin_horizon SET after_transaction = 0"))
    while sum_days(session):
        session.execute(text("UPDATE day_margin_horizon SET after_transaction = 0"))
        steps += 1
    return steps


def test_the_reports_say_the_same_before_between_and_after_the_summing(session: Session) -> None:
    chain = make_chain(session, items=5, prices=("0.855", "0.6013"), pay="0.3507")
    first = next_day(session, 3, 30)
    for after, answers in ((0, 2), (1, 1), (9, 1)):
        move_clock_to(session, first + dt.timedelta(days=after))
        for _ in range(answers):
            accept(session, chain, hand_in(session, chain))
    reader, layer = make_party(session, "platform", "auditor"), chain.layers[0][0]
    before = everything(session, reader, chain)
    assert sweep(session) == 4
    assert session.scalar(select(func.max(DayMarginHorizon.accepted_on))) == first + dt.timedelta(days=7)
    summed = session.scalars(select(DayMargin).order_by(DayMargin.accepted_on, DayMargin.amount)).all()
    assert [((row.accepted_on - first).days, row.answers) for row in summed] == [(0, 2), (0, 2), (1, 1), (1, 1)]
    assert everything(session, reader, chain) == before
    move_clock_to(session, first + dt.timedelta(days=9 + DAYS_LATER))
    assert sweep(session) == 2
    assert everything(session, reader, chain) == before
    accept(session, chain, hand_in(session, chain))
    assert margin_totals(session, layer) == [Money.parse("0.2537", "CNY") * 5]
    assert run_checks(session, ["M1"]).holds


def test_days_are_announced_and_summed_a_few_at_a_time(session: Session) -> None:
    chain = make_chain(session, items=1)
    day = next_day(session, 3, 30)
    move_clock_to(session, day)
    accept(session, chain, hand_in(session, chain))
    assert sweep(session) == 0
    move_clock_to(session, day + dt.timedelta(days=3 * DAYS_AT_ONCE))
    assert sweep(session) == 6


def test_without_any_earning_nothing_is_summed(session: Session) -> None:
    assert sweep(session) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 255_001}, {"answers": 2}, {"rate_code": "dense"}, {"accepted_on": dt.date(2026, 1, 1)}],
)
def test_a_sum_that_is_not_that_of_the_earnings_is_named(session: Session, wrong: dict[str, Any]) -> None:
    chain = make_chain(session, items=1, prices=("0.855",), pay="0.60")
    accept(session, chain, hand_in(session, chain))
    (earning,) = session.scalars(select(Earning).where(Earning.payee_kind == "layer"))
    right = {
        "accepted_on": earning.accepted_on, "contract_id": earning.contract_id, "organization_id": earning.payee_id,
        "rate_code": "standard", "currency": "CNY", "answers": 1, "amount": earning.amount,
    }  # fmt: skip
    horizon = DayMarginHorizon(accepted_on=earning.accepted_on, after_transaction=0, summed_at=market_now(session))
    for values, found in ((None, True), ({}, False), (wrong, True)):
        with session.begin_nested() as undone:
            session.add(horizon)
            session.add_all([] if values is None else [DayMargin(**(right | values))])
            session.flush()
            (result,) = run_checks(session, ["M1"]).results
            assert bool(result.findings) is found
            undone.rollback()


def test_a_day_is_not_summed_while_a_transaction_that_may_have_booked_for_it_lasts(committing_engine: Engine) -> None:
    with Session(committing_engine) as session:
        chain = make_chain(session, items=2)
        day = next_day(session, 3, 30)
        move_clock_to(session, day)
        accept(session, chain, hand_in(session, chain))
        session.commit()
        with Session(committing_engine) as slow:
            accept(slow, chain, hand_in(slow, chain))
            move_clock_to(session, day + dt.timedelta(days=DAYS_LATER))
            session.commit()
            assert sum_days(session) == 1
            session.commit()
            assert sum_days(session) == 0
            session.commit()
            slow.commit()
        # Transactions of other tests on the same server count too, and may last: what waits, waits for them alone.
        deadline = time.monotonic() + SECONDS_MAX
        while (summed := sum_days(session)) == 0 and time.monotonic() < deadline:
            session.commit()
            time.sleep(0.05)
        if not summed:
            assert session.scalar(text(OTHERS_LAST))
            assert sweep(session) == 1
        session.commit()
        assert session.scalar(select(func.sum(DayMargin.answers))) == 2 * len(chain.layers)

"""Clearing, timeliness and completeness of each day and account."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.errors import DomainError
from marketplace.reconciliation.measuring import MeasuredDay, newest_measured, reconciliation_days
from tests.builders.identity import make_member, make_organization
from tests.gateways.bank.standing import AtTheBank


def brought(there: AtTheBank, days: int) -> None:
    """A statement of a charge, which is explained at once, and of something that nothing explains."""
    there.bank.charge("0.35")
    there.bank.receive("5.00", f"who knows {days}")
    there.bring(there.bank.camt(market_now(there.session).date() + dt.timedelta(days=days)))


def numbers(one: MeasuredDay) -> tuple[int | None, int | None, int | None]:
    return one.clearing_ppm, one.timeliness_ppm, one.completeness_ppm


def test_what_is_explained_in_time_and_without_a_gap_is_counted(session: Session, there: AtTheBank) -> None:
    brought(there, -9)
    there.bank.receive("1.00", "in a statement that is missing")
    there.bank.camt(market_now(session).date() - dt.timedelta(days=8))
    brought(there, -1)

    last, first = reconciliation_days(session, there.finance)

    assert (last.rail, last.currency, last.lines, last.statements) == ("bank", "CNY", 2, 1)
    assert numbers(last) == (500_000, 500_000, 0), "a statement before it is missing"
    assert numbers(first) == (500_000, 0, 1_000_000), "its charge was booked nine days later"
    whole = newest_measured(session)
    assert (whole.lines, whole.cleared, whole.timely, whole.statements, whole.sound) == (4, 2, 1, 2, 1)


def test_days_are_asked_for_the_right_way_round_by_those_who_may(session: Session, there: AtTheBank) -> None:
    today = market_now(session).date()
    assert reconciliation_days(session, there.finance, today, today) == []
    for first in (today + dt.timedelta(days=1), today - dt.timedelta(days=92)):
        with pytest.raises(DomainError, match="invalid"):
            reconciliation_days(session, there.finance, first, today)
    client = make_member(session, make_organization(session, "client"), "requester")
    with pytest.raises(DomainError, match="forbidden"):
        reconciliation_days(session, client)

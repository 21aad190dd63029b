"""The time in which accepted answers can be inspected: margins wait for its end, workers do not."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Installment
from marketplace.settlement.quality_claiming import withdraw_claim
from marketplace.settlement.quality_deciding import agree
from tests.builders.defaults import owed
from tests.builders.quality_claims import answers, make_accepted, open_claim
from tests.builders.settlement import move_clock_to

TODAY = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE),))
HALVES = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE), TermPart(1, 3, Anchor.ACCEPTANCE)))
THIRDS = SettlementTerms((*HALVES.parts, TermPart(1, 1, Anchor.ACCEPTANCE)))


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def due_days(session: Session, payee_kind: str) -> set[dt.date]:
    return set(session.scalars(select(Installment.due_on).where(Installment.payee_kind == payee_kind)))


def after(session: Session, **passed: float) -> None:
    move_clock_to(session, market_now(session) + dt.timedelta(**passed))


def test_margins_wait_for_the_end_of_the_inspection_and_workers_do_not(session: Session) -> None:
    chain, _ = make_accepted(session, settlement_terms=HALVES)
    today = market_now(session).date()
    later = HALVES.parts[1].due_date(today)
    assert due_days(session, "worker") == {today, later}
    assert due_days(session, "layer") == {today + dt.timedelta(days=14), later}
    assert fall_due(session) == 1
    after(session, days=14)
    assert fall_due(session) == 2
    assert chain.job.inspection_days == 14


def test_parts_that_wait_for_the_same_day_are_one_installment(session: Session) -> None:
    chain, _ = make_accepted(session, settlement_terms=THIRDS, inspection_days=80, prices=["0.855"])
    today = market_now(session).date()
    assert due_days(session, "layer") == {today + dt.timedelta(days=80), THIRDS.parts[1].due_date(today)}
    assert owed(session, chain.layers[0][0], "scheduled") == 505_000


def test_a_job_can_do_without_an_inspection(session: Session) -> None:
    chain, handed = make_accepted(session, settlement_terms=TODAY, inspection_days=0)
    assert fall_due(session) == 3
    with pytest.raises(DomainError, match="until") as refused:
        open_claim(session, chain.client, answers(handed))
    assert refused.value.slug == "inspection_over"


def test_a_claim_comes_before_the_inspection_ends_or_too_late(session: Session) -> None:
    chain, handed = make_accepted(session, claims=2, settlement_terms=TODAY)
    first = open_claim(session, chain.client, handed[0].answer_ids)
    end = market_now(session).date() + dt.timedelta(days=14)
    midnight = dt.datetime.combine(end, dt.time(), dt.UTC)
    move_clock_to(session, midnight - dt.timedelta(seconds=1))
    assert fall_due(session) == 1
    second = open_claim(session, chain.client, handed[1].answer_ids)
    withdraw_claim(session, chain.client, second.id)
    move_clock_to(session, midnight)
    with pytest.raises(DomainError) as refused:
        open_claim(session, chain.client, handed[1].answer_ids)
    assert refused.value.slug == "inspection_over"
    assert fall_due(session) == 2
    # What was claimed in time is taken from what fell due meanwhile.
    agree(session, chain.layers[-1][0], first.id)
    assert (first.collected, owed(session, chain.layers[-1][0], "due")) == (cny("0.25"), 250_000)

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.identity.models import Worker
from marketplace.jobs.payday_setting import add_calendar, set_limit
from marketplace.kernel.actor import Actor
from marketplace.kernel.business_days import BusinessDay, DayRule
from marketplace.kernel.errors import DomainError
from marketplace.kernel.terms import Anchor, DeferralLimit, SettlementTerms, TermPart
from marketplace.ledger.models import Journal
from marketplace.settlement.bulk_accepting import accept_claims
from marketplace.settlement.models import Earning, Installment
from tests.builders.jobs import make_party
from tests.builders.screening import days_pass
from tests.builders.settlement import Chain, accept, hand_in, make_chain, payable_worker
from tests.invariants import check_invariants

MONTH_LATER = (TermPart(1, 1, Anchor.ACCEPTANCE),)


def due_days(session: Session, payee: Actor | None = None, kind: str = "worker") -> list[dt.date]:
    wanted = select(Installment.due_on).where(Installment.payee_kind == kind).distinct().order_by(Installment.due_on)
    return list(session.scalars(wanted if payee is None else wanted.where(Installment.payee_id == payee.person)))


def living_in(session: Session, country: str) -> Actor:
    worker = payable_worker(session)
    session.get_one(Worker, worker.person).country = country
    session.flush()
    return worker


def limited(session: Session, *limits: DeferralLimit | None) -> None:
    operations = make_party(session, "platform", "operations")
    for limit in limits:
        set_limit(session, operations, "DE", limit, "The operator's own rule")


def test_workers_of_a_country_with_a_limit_are_paid_earlier_and_nobody_later(session: Session) -> None:
    limited(session, DeferralLimit(60, "days"))
    chain = make_chain(session, items=2)
    german, kenyan = living_in(session, "DE"), living_in(session, "KE")
    for worker in (german, kenyan):
        accept(session, chain, hand_in(session, chain, worker))
    today = market_now(session).date()
    first, second = [due for _, due in chain.batch.terms.due_dates(today)]
    latest = today + dt.timedelta(days=60)
    assert due_days(session, kenyan) == [first, second]
    assert due_days(session, german) == sorted({min(first, latest), latest})
    assert due_days(session, kind="layer") == [first, second]
    check_invariants(session)


def test_workers_of_several_countries_are_paid_by_one_journal_each_on_their_days(session: Session) -> None:
    limited(session, DeferralLimit(5, "days"))
    chain = make_chain(session, items=4)
    people = [living_in(session, country) for country in ("DE", "KE", "DE", "CN")]
    handed = [hand_in(session, chain, worker) for worker in people]
    done = accept_claims(session, chain.reviewer, [one.claim_id for one in handed])
    assert not done.refused
    in_five_days = market_now(session).date() + dt.timedelta(days=5)
    by_terms = [due for _, due in chain.batch.terms.due_dates(market_now(session).date())]
    wanted = {"DE": [in_five_days], "KE": by_terms, "CN": by_terms}
    for worker in people:
        assert due_days(session, worker) == wanted[session.get_one(Worker, worker.person).country]
    assert session.scalar(select(func.count()).where(Journal.kind == "J3")) == 1
    # Worker and two layers of each of four answers.
    assert session.scalar(select(func.count()).select_from(Earning)) == 12
    check_invariants(session)


def test_a_limit_that_ends_touches_no_tasks_that_were_open_before(session: Session) -> None:
    limited(session, DeferralLimit(10, "days"))
    chain = make_chain(session, items=2)
    worker = living_in(session, "DE")
    days_pass(session, 1)
    limited(session, None)
    accept(session, chain, hand_in(session, chain, worker))
    assert due_days(session, worker) == [market_now(session).date() + dt.timedelta(days=10)]


def test_a_limit_set_after_the_claim_brings_its_pay_forward(session: Session) -> None:
    chain = make_chain(session, items=1)
    worker = living_in(session, "DE")
    handed = hand_in(session, chain, worker)
    limited(session, DeferralLimit(0, "days"))
    accept(session, chain, handed)
    assert due_days(session, worker) == [market_now(session).date()]


def on_closed_days(session: Session, rule: BusinessDay, closed: dt.date) -> Chain:
    add_calendar(session, make_party(session, "platform", "operations"), "CN-1", [closed], "A list")
    return make_chain(session, settlement_terms=SettlementTerms(MONTH_LATER, DayRule(rule, "CN-1")))


@pytest.mark.parametrize("rule", [BusinessDay.FOLLOWING, BusinessDay.PRECEDING])
def test_due_dates_keep_clear_of_weekends_and_of_the_calendar_for_everybody(
    session: Session, rule: BusinessDay
) -> None:
    step = 1 if rule is BusinessDay.FOLLOWING else -1
    today = market_now(session).date()
    open_day = MONTH_LATER[0].due_date(today)
    while open_day.weekday() > 4:
        open_day += dt.timedelta(days=step)
    chain = on_closed_days(session, rule, closed=open_day)
    accept(session, chain, hand_in(session, chain))
    expected = open_day + dt.timedelta(days=step)
    while expected.weekday() > 4:
        expected += dt.timedelta(days=step)
    assert due_days(session) == due_days(session, kind="layer") == [expected]


def test_the_month_of_acceptance_is_that_of_the_terms_zone(session: Session) -> None:
    zone = "Pacific/Kiritimati"  # fourteen hours ahead
    terms = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE),), DayRule(time_zone=zone))
    chain = make_chain(session, settlement_terms=terms)
    accept(session, chain, hand_in(session, chain))
    assert due_days(session) == [(market_now(session) + dt.timedelta(hours=14)).date()]
    # The time for inspection is counted in market days, whatever the zone of the terms.
    assert due_days(session, kind="layer") == [market_now(session).date() + dt.timedelta(days=14)]


def test_workers_may_be_paid_on_the_day_before_and_not_on_the_day_after(session: Session) -> None:
    preceding = SettlementTerms(MONTH_LATER, DayRule(BusinessDay.PRECEDING))
    following = SettlementTerms(MONTH_LATER, DayRule(BusinessDay.FOLLOWING))
    plain = SettlementTerms(MONTH_LATER)
    make_chain(session, settlement_terms=plain, batch_terms=preceding)
    with pytest.raises(DomainError) as caught:
        make_chain(session, settlement_terms=plain, batch_terms=following)
    assert caught.value.slug == "terms_too_late"

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.jobs.payday_models import BusinessCalendar
from marketplace.jobs.payday_setting import add_calendar, set_limit
from marketplace.jobs.paydays import country_limits, limits_of
from marketplace.kernel.business_days import BusinessDay, DayRule
from marketplace.kernel.errors import DomainError
from marketplace.kernel.terms import Anchor, DeferralLimit, SettlementTerms, TermPart
from tests.builders.identity import make_worker
from tests.builders.jobs import make_job, make_party
from tests.builders.screening import days_pass

CLOSED = [dt.date(2027, 10, 1), dt.date(2027, 1, 1)]


def kinds(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.kind).order_by(AuditEvent.id)))


def test_a_calendar_is_added_once_and_never_changed(session: Session) -> None:
    operations = make_party(session, "platform", "operations")
    added = add_calendar(session, operations, "CN-2027", CLOSED, "State Council")
    assert added.country == "CN"
    assert add_calendar(session, operations, "CN-2027", reversed_of(CLOSED), "State Council") is added
    assert kinds(session).count("business_calendar.added") == 1
    with pytest.raises(DomainError) as caught:
        add_calendar(session, operations, "CN-2027", CLOSED[:1], "State Council")
    assert caught.value.slug == "calendar_taken"
    assert session.scalar(select(func.count()).select_from(BusinessCalendar)) == 1


def reversed_of(days: list[dt.date]) -> list[dt.date]:
    return list(reversed(days))


def test_each_thing_wrong_with_a_calendar_is_named(session: Session) -> None:
    operations = make_party(session, "platform", "operations")
    with pytest.raises(DomainError) as caught:
        add_calendar(session, operations, "XX-2027", [], " ")
    assert [error.pointer for error in caught.value.errors] == ["/name", "/source", "/closed_days"]


def test_only_operations_set_calendars_and_limits(session: Session) -> None:
    for role in ("finance", "auditor"):
        other = make_party(session, "platform", role)
        with pytest.raises(DomainError, match=r"payday\.manage"):
            add_calendar(session, other, "CN-2027", CLOSED, "List")
        with pytest.raises(DomainError, match=r"payday\.manage"):
            set_limit(session, other, "DE", DeferralLimit(60, "days"), "Rule")


def test_terms_name_a_calendar_that_there_is(session: Session) -> None:
    terms = SettlementTerms((TermPart(1, 1, Anchor.MONTH_END),), DayRule(BusinessDay.FOLLOWING, "CN-2027"))
    with pytest.raises(DomainError) as caught:
        make_job(session, settlement_terms=terms)
    assert [error.pointer for error in caught.value.errors] == ["/settlement_terms/0/calendar"]
    add_calendar(session, make_party(session, "platform", "operations"), "CN-2027", CLOSED, "State Council")
    assert make_job(session, settlement_terms=terms).terms == terms


def test_the_newest_limit_of_a_country_counts_and_nothing_ends_it_for_earlier_work(session: Session) -> None:
    operations = make_party(session, "platform", "operations")
    worker = make_worker(session, country="DE").person
    stranger = make_worker(session, country="KE").person
    assert country_limits(session, operations) == []  # none comes with the service
    opened: list[dt.datetime] = []
    for limit in (DeferralLimit(30, "days"), DeferralLimit(2, "months"), None):
        set_limit(session, operations, "de", limit, "The operator's own rule")
        opened.append(market_now(session))
        days_pass(session, 1)
    assert country_limits(session, operations) == []
    assert [limits_of(session, [worker, stranger], since).get(worker) for since in opened] == [
        (DeferralLimit(30, "days"), DeferralLimit(2, "months")),
        (DeferralLimit(2, "months"),),
        (),
    ]
    assert stranger not in limits_of(session, [worker, stranger], opened[0])
    assert kinds(session).count("deferral_limit.set") == 3


def test_each_thing_wrong_with_a_limit_is_named(session: Session) -> None:
    operations = make_party(session, "platform", "operations")
    with pytest.raises(DomainError) as caught:
        set_limit(session, operations, "DE", DeferralLimit(121, "months"), "")
    assert [error.pointer for error in caught.value.errors] == ["/source", "/length"]
    with pytest.raises(DomainError, match="country"):
        set_limit(session, operations, "XX", None, "Rule")

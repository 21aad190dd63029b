import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.identity.values import countries
from marketplace.jobs.country_law import LAWS, Statute
from marketplace.jobs.payday_models import BusinessCalendar
from marketplace.jobs.payday_setting import ADOPTED, add_calendar, adopt_law, set_limit
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
    assert country_limits(session, operations) == []
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


def test_the_table_that_comes_with_the_service_is_taken_over_once_each_row_with_its_event(session: Session) -> None:
    assert adopt_law(session) == 0, "there is no platform yet whose table it could be"
    operations = make_party(session, "platform", "operations")
    set_limit(session, operations, "DE", DeferralLimit(20, "days"), "Ours is stricter")
    set_limit(session, operations, "FR", None, "Our lawyers say that it does not bind us")
    taken = sum(iter(lambda: adopt_law(session), 0))
    assert taken == len(LAWS) - 2
    assert adopt_law(session) == 0
    rows = {row.country: row for row in country_limits(session, operations)}
    assert rows.keys() == {law.country for law in LAWS} - {"FR"}
    assert (rows["DE"].limit, rows["DE"].statute) == (DeferralLimit(20, "days"), None)
    india = rows["IN"]
    assert (india.limit, india.source) == (DeferralLimit(45, "days"), ADOPTED)
    assert india.rule == "Micro, Small and Medium Enterprises Development Act, 2006, s. 15"
    assert kinds(session).count("deferral_limit.set") == len(LAWS)


def test_the_table_names_each_country_once_with_a_law_that_can_be_looked_up() -> None:
    assert len({law.country for law in LAWS}) == len(LAWS)
    assert [law.country for law in LAWS] == sorted(law.country for law in LAWS)
    for law in LAWS:
        assert law.country in countries()
        assert 0 < law.limit.length <= 60
        assert all((law.statute.name, law.statute.article, law.statute.counted_from, law.statute.read_on))


def test_docs_list_every_row_of_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "deferral-limits.md").read_text(encoding="utf-8")
    for law in LAWS:
        statute = law.statute
        shown = f"| {law.country} | {law.limit.length} | {statute.counted_from} | {statute.name} | {statute.article} |"
        assert shown in page


def test_of_a_statute_all_is_said_or_nothing(session: Session) -> None:
    operations = make_party(session, "platform", "operations")
    half = Statute("BGB", " ", "", dt.date(2026, 11, 28))
    with pytest.raises(DomainError) as caught:
        set_limit(session, operations, "DE", DeferralLimit(60, "days"), "A statute", half)
    assert [error.pointer for error in caught.value.errors] == ["/article", "/counted_from"]


def test_each_thing_wrong_with_a_limit_is_named(session: Session) -> None:
    operations = make_party(session, "platform", "operations")
    with pytest.raises(DomainError) as caught:
        set_limit(session, operations, "DE", DeferralLimit(121, "months"), "")
    assert [error.pointer for error in caught.value.errors] == ["/source", "/length"]
    with pytest.raises(DomainError, match="country"):
        set_limit(session, operations, "XX", None, "Rule")

"""Operations see and change the longest deferral of pay by country; others see it."""

from sqlalchemy.orm import Session

from marketplace.jobs.payday_setting import adopt_law
from marketplace.jobs.paydays import country_limits
from tests.builders.identity import make_staff
from tests.console.conftest import Enter

GIVEN = {"country": "DE", "length": "30", "unit": "days", "source": "Our lawyers say so"}


def test_operations_read_the_table_and_change_it_with_a_reason(session: Session, enter: Enter) -> None:
    operations = make_staff(session, "operations")
    browser = enter(operations)
    assert "No country has a limit" in browser.get("/console/deferral-limits").text
    while adopt_law(session):
        pass
    page = browser.get("/console/deferral-limits").text
    assert "Micro, Small and Medium Enterprises Development Act, 2006, s. 15" in page
    assert "60 days" in page
    for wrong in ({"source": " "}, {"length": "two"}, {"country": "XX"}, {"statute": "BGB"}, {"length": "4000"}):
        assert browser.post("/console/deferral-limits", {**GIVEN, **wrong}).status_code == 422, wrong
    assert browser.post("/console/deferral-limits", GIVEN).status_code == 303
    named = {**GIVEN, "country": "FR", "statute": "Code", "article": "1", "counted_from": "now"}
    assert browser.post("/console/deferral-limits", named).status_code == 422, "read when?"
    named["read_on"] = "2026-11-28"
    assert browser.post("/console/deferral-limits", named).status_code == 303
    assert browser.post("/console/deferral-limits", {**GIVEN, "country": "IT", "length": ""}).status_code == 303
    rows = {row.country: row for row in country_limits(session, operations)}
    assert (rows["DE"].length, rows["DE"].rule) == (30, "Our lawyers say so")
    assert rows["FR"].rule == "Code, 1"
    assert "IT" not in rows
    assert "Our lawyers say so" in browser.get("/console/deferral-limits").text


def test_auditors_read_the_table_and_cannot_change_it(session: Session, enter: Enter) -> None:
    browser = enter(make_staff(session, "auditor"))
    assert "Set or end a limit" not in browser.get("/console/deferral-limits").text
    assert browser.post("/console/deferral-limits", GIVEN).status_code == 403

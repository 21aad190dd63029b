"""The days of pay as a file for the calendar of a phone, read back by another reader of iCalendar's rules."""

import datetime as dt

from flask import Flask
from icalendar import Calendar
from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from marketplace.settlement import queries
from tests.builders.payouts import mature
from tests.builders.settlement import accept, hand_in, make_chain, payable_worker
from tests.builders.web import Browser

PAGE = "/work/earnings/calendar.ics"


def events(browser: Browser) -> dict[str, tuple[dt.date, str]]:
    answer = browser.get(PAGE)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    # RFC 5545: lines end with CRLF and are folded at 75 bytes.
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    found = Calendar.from_ical(answer.data).walk("VEVENT")
    return {str(one["uid"]): (one.decoded("dtstart"), str(one["summary"])) for one in found}


def test_each_day_of_pay_is_an_entry_that_changes_as_its_amount_grows(session: Session, app: Flask) -> None:
    chain, worker = make_chain(session), payable_worker(session)
    browser = Browser(app).sign_in(session, worker, "work")
    assert events(browser) == {}
    accept(session, chain, hand_in(session, chain, worker))
    first = events(browser)
    days = {line.due_on for line in queries.calendar(session, worker)}
    assert {day for day, _ in first.values()} == days
    assert len(first) == 2
    assert {words for _, words in first.values()} == {"0.175 CNY is due to you"}
    assert all(uid.endswith(f".cny.{public('person', worker.person)}@piecework") for uid in first)
    accept(session, chain, hand_in(session, chain, worker))
    grown = events(browser)
    assert grown.keys() == first.keys()
    assert {words for _, words in grown.values()} == {"0.35 CNY is due to you"}
    assert f'href="{PAGE}"' in browser.get("/work/earnings").text


def test_what_has_had_its_day_is_left_out_and_another_sees_nothing(session: Session, app: Flask) -> None:
    chain, worker = make_chain(session), payable_worker(session)
    accept(session, chain, hand_in(session, chain, worker))
    browser = Browser(app).sign_in(session, worker, "work")
    mature(session)
    assert len(events(browser)) == 2, "what is due is still to come"
    assert events(Browser(app).sign_in(session, payable_worker(session), "work")) == {}
    assert Browser(app).get(PAGE).status_code == 303

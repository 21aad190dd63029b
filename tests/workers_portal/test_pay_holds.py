"""A worker whose pay finance holds reads why and until when, in their language; and that it is over."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.settlement.pay_holds import confirm_hold, hold_payee, release_hold
from marketplace.settlement.stopping import hold_stopped
from marketplace.web.translations import LANGUAGES, catalog
from tests.builders.payouts import make_due_chain, make_finance
from tests.builders.web import Browser
from tests.notifications.test_feed import tell

REASON = "Two accounts share a bank account."
STAYS = "The money stays yours and nothing is taken off it. From that day on it goes into the next payouts by itself."
WHY = "Its reason: “%(reason)s”"
LONGER = "If a second person confirms it, it lasts until %(day)s."
ENDED = "A hold of your pay has ended early: “%(reason)s”"


@pytest.fixture
def worker(session: Session) -> Actor:
    return make_due_chain(session).workers[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_earnings_and_notices_say_why_pay_is_held_in_every_language(
    session: Session, app: Flask, worker: Actor, language: str
) -> None:
    finance = make_finance(session)
    browser = Browser(app).sign_in(session, worker, "work")
    browser.get(f"/language/{language}")
    said = catalog(language).ugettext if language != "en" else str
    assert said(STAYS) not in browser.get("/work/earnings").text
    ends_on = market_now(session).date() + dt.timedelta(days=5)
    hold = hold_payee(session, finance.preparer, worker.person, REASON, ends_on, days_max=30)
    hold_stopped(session)
    tell(session)
    page = browser.get("/work/earnings").text
    assert said(STAYS) in page
    assert said(WHY) % {"reason": REASON} in page
    assert said("held by finance") in page
    assert REASON in browser.get("/work/").text
    assert said(LONGER).split("%")[0] not in page
    longer = hold_payee(session, finance.preparer, worker.person, REASON, ends_on + dt.timedelta(days=10), days_max=30)
    assert said(LONGER).split("%")[0] in browser.get("/work/earnings").text
    confirm_hold(session, finance.approver, longer.id)
    assert said(LONGER).split("%")[0] not in browser.get("/work/earnings").text
    release_hold(session, finance.approver, longer.id, "Asked.")
    release_hold(session, finance.approver, hold.id, "They are a couple.")
    tell(session)
    assert said(STAYS) not in browser.get("/work/earnings").text
    assert said(ENDED) % {"reason": "They are a couple."} in browser.get("/work/").text

"""A worker whose own bank gave back what was paid is told so, in their language, and what to do."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.rails.bank_refusals import write_standing
from marketplace.rails.methods import destination_of
from marketplace.rails.onward import BankRefused, Standing
from marketplace.settlement.stopping import hold_stopped
from marketplace.web.translations import LANGUAGES, catalog
from tests.builders.payouts import make_due_chain
from tests.builders.web import Browser
from tests.notifications.test_feed import tell

TOLD = "Your bank did not take what was paid on to it; look at your payout method and change your bank account there."
WHERE = (
    "The money is safe: it is on your account at %(rail)s. Change your bank account there, and it is sent again. Until "
    "then nothing more is paid to it."
)
STOPPED = Standing(
    False,
    frozenset({"ba_1"}),
    (BankRefused("po_1", Money.parse("0.17", "CNY"), "account_closed", "ba_1", dt.datetime.now(dt.UTC)),),
)


@pytest.fixture
def worker(session: Session) -> Actor:
    return make_due_chain(session).workers[0]


def look(session: Session, worker: Actor, standing: Standing) -> None:
    write_standing(session, worker.person, "sandbox", destination_of(session, worker.person, "sandbox") or "", standing)
    hold_stopped(session)


@pytest.mark.parametrize("language", LANGUAGES)
def test_earnings_payout_method_and_notices_say_it_in_every_language(
    session: Session, app: Flask, worker: Actor, language: str
) -> None:
    browser = Browser(app).sign_in(session, worker, "work")
    browser.get(f"/language/{language}")
    said = catalog(language).ugettext if language != "en" else str
    before = browser.get("/work/payout-method").text
    assert said(WHERE) % {"rail": "Sandbox"} not in before
    look(session, worker, STOPPED)
    tell(session)
    for page in ("/work/earnings", "/work/payout-method"):
        assert said(WHERE) % {"rail": "Sandbox"} in browser.get(page).text
    assert said("bank refused") in browser.get("/work/earnings").text, "why it is held"
    assert said(TOLD) in browser.get("/work/").text


def test_when_the_bank_account_works_nothing_is_said_any_more_but_that(
    session: Session, app: Flask, worker: Actor
) -> None:
    look(session, worker, STOPPED)
    look(session, worker, Standing(True, frozenset({"ba_2"})))
    tell(session)
    browser = Browser(app).sign_in(session, worker, "work")
    for page in ("/work/earnings", "/work/payout-method"):
        assert "Your bank did not take" not in browser.get(page).text
    assert "Your pay goes to your bank again." in browser.get("/work/").text

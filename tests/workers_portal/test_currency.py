"""A worker chooses the currency of payouts, and sees rate and both amounts before and after."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.quotes.choosing import chosen_currencies
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, sandbox
from tests.builders.quotes import a_rate
from tests.builders.web import Browser
from tests.workers_portal.conftest import Program


def test_she_chooses_on_a_page_and_sees_what_she_gets_before_and_after(session: Session, app: Flask) -> None:
    chain, finance = make_due_chain(session, items=5, items_per_task=5), make_finance(session)
    worker = chain.workers[0]
    browser = Browser(app).sign_in(session, worker, "work")
    assert "Currency on Sandbox" not in browser.get("/work/payout-method").text, "there is no rate to any"
    a_rate(session, by=finance.preparer)
    assert "Currency on Sandbox" in browser.get("/work/payout-method").text

    assert browser.post("/work/payout-method/currency", {"rail": "sandbox", "currency": "USD"}).status_code == 422
    assert browser.post("/work/payout-method/currency", {"rail": "sandbox", "currency": "KES"}).status_code == 303
    run = make_approved_run(session, finance)

    page = browser.get("/work/earnings").text
    for said in ("1 CNY = 18.0537 KES", "0.874613", "15.79", "approved"):
        assert said in page
    execute(session, finance, sandbox(session), run)
    page = browser.get("/work/earnings").text
    for said in ("1 CNY = 18.0537 KES", "0.874613", "15.79", "settled"):
        assert said in page


def test_a_program_chooses_and_reads_the_same(session: Session, program_of: Callable[[Actor], Program]) -> None:
    chain, finance = make_due_chain(session, items=5, items_per_task=5), make_finance(session)
    worker, stranger = chain.workers[0], make_due_chain(session).workers[0]
    program = program_of(worker)
    a_rate(session, by=finance.preparer)
    refused = program.send("PUT", "/payout-currency", {"rail": "sandbox", "currency": "USD"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/currency")
    assert program.send("PUT", "/payout-currency", {"rail": "sandbox", "currency": "KES"}).status_code == 200
    make_approved_run(session, finance)

    (payout,) = program.get("/payouts").json["data"]

    assert payout["paid"] == {"amount": "15.79", "currency": "KES"}
    assert payout["owed"] == {"amount": "0.874613", "currency": "CNY"}
    assert [(quote["rate"], quote["source"]) for quote in payout["quotes"]] == [("18.0537", "finance")]
    (other,) = program_of(stranger).get("/payouts").json["data"]
    assert other["quotes"] == []
    assert program.send("PUT", "/payout-currency", {"rail": "sandbox", "currency": None}).status_code == 200
    assert chosen_currencies(session, "sandbox", [worker.person]) == {}

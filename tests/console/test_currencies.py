"""Currencies on the pages: finance sets rates and approves a worse one, payees choose and see what they get."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.rates import Rate
from marketplace.payouts.models import Payout
from marketplace.quotes.choosing import chosen_currencies
from marketplace.quotes.models import ExchangeRate
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from tests.builders.payouts import execute, inside, make_approved_run, make_due_chain, make_finance, payout_of, sandbox
from tests.builders.quotes import a_rate, hours_pass, wants
from tests.console.conftest import Enter


def test_finance_sets_a_rate_and_sees_which_are_missing(session: Session, enter: Enter) -> None:
    chain, finance = make_due_chain(session), make_finance(session)
    browser = enter(finance.preparer)
    page = browser.get("/console/currencies").text
    assert "No position is open" in page
    assert "No rate yet" in page
    wrong = {"sold": "CNY", "bought": "KES", "rate": "eighteen", "valid_hours": "24"}
    answer = browser.post("/console/currencies", wrong)
    assert answer.status_code == 422
    assert "A rate is a decimal string" in answer.text
    assert browser.post("/console/currencies", {**wrong, "rate": "18", "valid_hours": "-1"}).status_code == 422

    set_it = browser.post("/console/currencies", {**wrong, "rate": "18.05370000", "sold": "cny"})

    assert set_it.status_code == 303
    assert session.scalars(select(ExchangeRate.rate)).one() == "18.05370000"
    assert "1 CNY = 18.05370000 KES" in browser.get("/console/currencies").text
    wants(session, chain.workers[0])
    hours_pass(session, 25)
    assert "There is no valid rate from CNY to KES" in browser.get("/console/currencies").text


def test_a_worse_rate_is_approved_on_the_payouts_page(session: Session, enter: Enter) -> None:
    chain, finance = make_due_chain(session, items=5, items_per_task=5), make_finance(session)
    a_rate(session, by=finance.preparer)
    wants(session, chain.workers[0])
    run = make_approved_run(session, finance)
    hours_pass(session, 25)
    a_rate(session, "17", by=finance.preparer)
    execute(session, finance, sandbox(session), run)
    payout = payout_of(session, run, chain.workers[0])
    path = f"/console/payouts/{public('payout', payout.id)}"
    preparer, approver = enter(finance.preparer), enter(finance.approver)

    page = preparer.get(path).text
    assert "You prepared this payout run" in page
    assert "Approve at the new rate" not in page
    page = approver.get(path).text
    for said in ("18.0537", "15.79", "14.87", "Approve at the new rate"):
        assert said in page
    assert approver.post(f"{path}/approve").status_code == 303

    session.expire_all()
    assert session.get_one(Payout, payout.id).state == "approved"
    execute(session, finance, sandbox(session), run)
    assert "The rail took" in approver.get(path).text


def test_a_layer_chooses_its_currency_on_the_page_of_its_team(session: Session, enter: Enter) -> None:
    manager = make_due_chain(session).layers[0][0]
    browser = enter(manager)
    assert "Currency on Sandbox" not in browser.get("/console/team").text, "there is no rate to any"
    a_rate(session, "21.7", "JPY")
    assert "Currency on Sandbox" in browser.get("/console/team").text

    kept = browser.post("/console/team/payout-currency", {"rail": "sandbox", "currency": "JPY"})

    assert kept.status_code == 303
    assert chosen_currencies(session, "sandbox", [manager.organization]) == {manager.organization: "JPY"}
    assert browser.post("/console/team/payout-currency", {"rail": "sandbox", "currency": "XAU"}).status_code == 422
    assert browser.post("/console/team/payout-currency", {"rail": "sandbox", "currency": ""}).status_code == 303
    assert chosen_currencies(session, "sandbox", [manager.organization]) == {}


def test_finance_buys_back_what_stands_open(session: Session, enter: Enter) -> None:
    chain, finance, rail = make_due_chain(session, items=5, items_per_task=5), make_finance(session), sandbox(session)
    a_rate(session, by=finance.preparer)
    wants(session, chain.workers[0])
    rail.script_rate(Rate.parse("18.0537", "CNY", "KES"), changes=False)
    execute(session, finance, rail, make_approved_run(session, finance))
    browser = enter(finance.preparer)
    page = browser.get("/console/currencies").text
    assert "What can be bought back" in page
    assert "Enter an exchange" not in page, "no lines yet"
    for amount, name in ((Money(-850_000, "CNY"), "sold"), (Money.parse("15.79", "KES"), "bought")):
        rail.show("other", amount, name)
    reconcile(inside(session), {"sandbox": rail})
    assert "Enter an exchange" in browser.get("/console/currencies").text
    lines = {
        line.reference: public("external_line", line.id)
        for line in session.scalars(select(ExternalLine).where(ExternalLine.kind == "other"))
    }
    wrong = {"sold_line": lines["bought"], "bought_line": lines["sold"], "reason": "At our bank."}
    assert browser.post("/console/currencies/conversions", wrong).status_code == 422
    right = {**wrong, "sold_line": lines["sold"], "bought_line": lines["bought"]}
    assert browser.post("/console/currencies/conversions", {**right, "reason": " "}).status_code == 422
    assert browser.post("/console/currencies/conversions", right).status_code == 303
    page = browser.get("/console/currencies").text
    assert "No position is open" in page
    assert "At our bank." in page

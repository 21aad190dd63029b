"""The page of what payees' own banks did not take."""

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.kernel.money import Money
from marketplace.rails.bank_refusals import write_standing
from marketplace.rails.methods import destination_of
from marketplace.rails.onward import BankRefused, Standing
from tests.builders.payouts import make_due_chain, make_finance
from tests.console.conftest import Enter

STOPPED = Standing(
    False,
    frozenset({"ba_1"}),
    (BankRefused("po_1", Money.parse("0.17", "CNY"), "account_closed", "ba_1", dt.datetime.now(dt.UTC)),),
)


def test_finance_sees_what_a_bank_refused_and_that_it_is_over(session: Session, enter: Enter) -> None:
    chain, people = make_due_chain(session), make_finance(session)
    worker = chain.workers[0].person
    place = destination_of(session, worker, "sandbox") or ""
    browser = enter(people.preparer)
    assert "No bank refused anything" in browser.get("/console/bank-refusals").text
    write_standing(session, worker, "sandbox", place, STOPPED)
    page = browser.get("/console/bank-refusals").text
    assert "account closed" in page
    assert "po_1" in page
    home = browser.get("/console").text
    assert "Payees whose bank refused" in home
    write_standing(session, worker, "sandbox", place, Standing(True, frozenset({"ba_2"})))
    assert "over" in browser.get("/console/bank-refusals").text


def test_a_layer_sees_on_its_own_page_that_its_bank_refused(session: Session, enter: Enter) -> None:
    chain = make_due_chain(session)
    layer = chain.layers[0][0]
    owner = layer.organization
    assert write_standing(session, owner, "sandbox", destination_of(session, owner, "sandbox") or "", STOPPED)
    assert "Your bank did not take" in enter(layer).get("/console/team").text

"""Documents on pages: a client's receipt made to be printed, and finance with all of them and the tax inside fees."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.invoicing.issuing import cancel_receipt
from marketplace.invoicing.models import Invoice, SalesTaxRate
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import mirror_of, post
from marketplace.rails.deposits import collect, start_deposit
from tests.builders.identity import make_member, make_organization, make_staff
from tests.builders.payouts import inside, sandbox
from tests.console.conftest import Enter


@pytest.fixture
def client(session: Session) -> Actor:
    return make_member(session, make_organization(session, "client", name="Buyer"), "requester")


def paid_in(session: Session, client: Actor) -> str:
    """The address of the receipt."""
    ordered = start_deposit(session, client, "sandbox", Money.parse("900.00", "CNY"))
    collect(inside(session), {"sandbox": sandbox(session)}, ordered.id)
    receipt = session.scalars(select(Invoice).where(Invoice.organization_id == client.organization)).one()
    return f"/console/invoices/{public('invoice', receipt.id)}"


def test_a_client_says_what_its_documents_carry_and_reads_its_receipt(
    session: Session, enter: Enter, client: Actor
) -> None:
    browser = enter(client)
    assert "No document yet" in browser.get("/console/invoices").text
    detail = {"legal_name": "Buyer <Ltd>", "address": "Road 2\nTown", "tax_number": "GB 1"}
    assert browser.post("/console/invoices/details", {**detail, "legal_name": " "}).status_code == 422
    assert browser.post("/console/invoices/details", detail).status_code == 303
    path = paid_in(session, client)

    listed, page = browser.get("/console/invoices?kind=receipt").text, browser.get(path).text.replace("\u00a0", " ")

    assert f'href="{path}"' in listed
    for shown in ("Receipt R-", "Buyer &lt;Ltd&gt;", "Road 2<br>Town", "GB 1", "900.00", "no sales tax is due"):
        assert shown in page, shown
    assert "Set sales tax" not in listed
    assert browser.post("/console/invoices/tax", {}).status_code == 403
    stranger = enter(make_member(session, make_organization(session, "client"), "requester"))
    assert stranger.get(path).status_code == 404


def test_the_credit_note_of_a_cancelled_receipt_does_not_say_that_money_went_back(
    session: Session, enter: Enter, client: Actor
) -> None:
    path, finance = paid_in(session, client), make_staff(session, "finance")
    receipt = session.get_one(Invoice, parse("invoice", path.rsplit("/", 1)[-1]))
    assert receipt.journal_id is not None
    undone = session.begin_nested()
    pairs, _ = mirror_of(session, receipt.journal_id)
    subject, reverses = ("organization", client.organization), receipt.journal_id
    mirror = post(session, finance, kind="J15", key="undone", pairs=pairs, subject=subject, reverses=reverses)
    note = cancel_receipt(session, finance, receipt.journal_id, mirror.journal_id)
    assert note is not None
    page = enter(client).get(f"/console/invoices/{public('invoice', note.id)}").text
    undone.rollback()
    assert "its booking was undone, and no money went back" in page
    assert "Money that was paid in went back" not in page


def test_finance_reads_all_documents_and_sets_the_tax_inside_fees(
    session: Session, enter: Enter, client: Actor
) -> None:
    path, finance = paid_in(session, client), enter(make_staff(session, "finance"))
    assert "Buyer" in finance.get("/console/invoices").text
    assert finance.get(path).status_code == 200
    rate = {"country": "DE", "authority": "DE-BZST", "rate": "19", "valid_from": "2027-01-01"}
    for wrong in ({"rate": "nineteen"}, {"rate": "1.23456"}, {"country": "XX"}, {"authority": "x"}, {"rate": "101"}):
        assert finance.post("/console/invoices/tax", {**rate, **wrong}).status_code == 422, wrong
    assert finance.post("/console/invoices/tax", rate).status_code == 303
    assert session.scalars(select(SalesTaxRate.rate_ppm)).one() == 190_000
    assert "19 %" in finance.get("/console/invoices").text.replace("\u00a0", " ")

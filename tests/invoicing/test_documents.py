"""Receipts of deposits, credit notes of refunds, invoices of fees: numbered, whole, and never changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.identity.models import Organization
from marketplace.invoicing.checks import documents_are_right, numbers_run
from marketplace.invoicing.details import rates_on, set_billing_detail, set_sales_tax_rate
from marketplace.invoicing.issuing import Tax
from marketplace.invoicing.models import Invoice, InvoiceCounter, InvoiceLine
from marketplace.invoicing.queries import get_invoice, list_invoices
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.models import Journal, Posting
from marketplace.rails.deposits import collect, start_deposit
from marketplace.rails.models import Deposit
from marketplace.rails.refunds import order_refund, send_pending
from marketplace.reconciliation.matching import reconcile
from marketplace.settlement.fee_invoicing import invoice_fees, taxes_in
from tests.builders.identity import make_member, make_organization, make_staff
from tests.builders.payouts import inside, sandbox
from tests.builders.settlement import Chain, accept, hand_in, make_chain, move_clock_to


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


@pytest.fixture
def client(session: Session) -> Actor:
    return make_member(session, make_organization(session, "client", name="Buyer"), "requester")


def paid_in(session: Session, rail: SandboxRail, client: Actor, amount: str) -> Deposit:
    ordered = start_deposit(session, client, "sandbox", cny(amount))
    return collect(inside(session), {"sandbox": rail}, ordered.id)


def documents(session: Session) -> list[Invoice]:
    return list(session.scalars(select(Invoice).order_by(Invoice.id)))


def test_a_deposit_gets_a_receipt_with_its_journal_and_a_refund_a_credit_note_that_names_it(
    session: Session, rail: SandboxRail, client: Actor
) -> None:
    year = market_now(session).year
    deposit = paid_in(session, rail, client, "900")
    (receipt,) = documents(session)
    booked = session.scalars(select(Journal.id).where(Journal.kind == "J1")).one()
    assert (receipt.kind, receipt.full_number, receipt.money) == ("receipt", f"R-{year}-000001", cny("900"))
    assert (receipt.journal_id, receipt.subject_id, receipt.tax) == (booked, deposit.id, 0)

    order_refund(session, client, deposit.id, cny("100"))
    assert len(documents(session)) == 1, "nothing went back yet"
    send_pending(inside(session), {"sandbox": rail})
    reconcile(inside(session), {"sandbox": rail})

    _, note = documents(session)
    assert (note.kind, note.full_number, note.money) == ("credit_note", f"C-{year}-000001", cny("100"))
    assert note.credits_id == receipt.id
    told = select(AuditEvent.body).where(AuditEvent.kind == "invoice.issued").order_by(AuditEvent.id)
    assert len(session.scalars(told).all()) == 2


def test_both_sides_stand_on_a_document_as_they_were(session: Session, rail: SandboxRail, client: Actor) -> None:
    finance = make_staff(session, "finance")
    set_billing_detail(session, finance, legal_name="Piecework AG", address="Weg 1\n8000 Zürich", tax_number="CHE-1")
    set_billing_detail(session, client, legal_name="Buyer Ltd", address="Road 2", tax_number="")
    paid_in(session, rail, client, "900")
    set_billing_detail(session, client, legal_name="Another Ltd", address="Road 3", tax_number="X")
    session.get_one(Organization, client.organization).name = "Renamed"
    session.flush()
    paid_in(session, rail, client, "10")

    first, second = documents(session)

    assert first.issuer["legal_name"] == "Piecework AG"
    assert first.issuer["address"] == "Weg 1\n8000 Zürich"
    assert (first.customer["name"], first.customer["legal_name"]) == ("Buyer", "Buyer Ltd")
    assert (second.customer["name"], second.customer["legal_name"]) == ("Renamed", "Another Ltd")


@pytest.mark.parametrize("table", ["invoice", "invoice_line", "invoice_tax", "billing_detail", "sales_tax_rate"])
def test_a_document_is_never_changed(session: Session, rail: SandboxRail, client: Actor, table: str) -> None:
    paid_in(session, rail, client, "900")
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(f"DELETE FROM {table}"))


@pytest.fixture
def chain(session: Session) -> Chain:
    """Three answers accepted at 0.90 CNY with 5 % fee, by a client in Germany."""
    made = make_chain(session, items=3)
    session.get_one(Organization, made.client.organization).country = "DE"
    session.flush()
    for _ in range(3):
        accept(session, made, hand_in(session, made))
    return made


def month_of(session: Session) -> dt.date:
    """The month of the newest acceptance."""
    newest: dt.date = session.execute(select(func.max(Journal.effective_on)).where(Journal.kind == "J3")).scalar_one()
    return newest.replace(day=1)


def end_month(session: Session, days: int = 1) -> dt.date:
    month = month_of(session)
    move_clock_to(session, months_after(month, 1) + dt.timedelta(days=days))
    return month


def test_fees_are_invoiced_once_a_day_after_their_month(session: Session, chain: Chain) -> None:
    assert invoice_fees(inside(session)) == 0
    month = end_month(session, days=0)
    assert invoice_fees(inside(session)) == 0, "what began on the last day may be booked still"
    end_month(session)

    assert invoice_fees(inside(session)) == 1
    assert invoice_fees(inside(session)) == 0

    (invoice,) = documents(session)
    assert (invoice.kind, invoice.month, invoice.money) == ("invoice", month, cny("0.135"))
    assert invoice.tax == 0
    assert invoice.journal_id is None
    whole = get_invoice(session, chain.client, invoice.id)
    assert [(line.job_id, line.amount) for line in whole.lines] == [(chain.job.id, cny("0.135").amount)]


def test_tax_is_inside_the_fee_and_put_aside_for_its_authority(session: Session, chain: Chain) -> None:
    finance, today = make_staff(session, "finance"), market_now(session).date()
    for authority, ppm in (("DE-OLD", 160_000), ("DE-BZST", 190_000)):
        set_sales_tax_rate(
            session, finance, country="DE", authority=authority, rate_ppm=ppm, valid_from=today - dt.timedelta(days=90)
        )
    ended = {"country": "DE", "authority": "DE-OLD", "rate_ppm": 0, "valid_from": today - dt.timedelta(days=60)}
    set_sales_tax_rate(session, finance, **ended)  # type: ignore[arg-type]
    assert rates_on(session, "DE", today) == {"DE-BZST": 190_000}
    end_month(session)

    invoice_fees(inside(session))

    (invoice,) = documents(session)
    # 0.135 x 190000 / 1190000 = 0.0215..., rounded down to minor units
    assert (invoice.net_money, invoice.tax_money, invoice.money) == (cny("0.115"), cny("0.02"), cny("0.135"))
    assert balance(session, AccountRef(Code.SALES_TAX, "CNY")) == cny("0.02")
    posting = session.scalars(select(Posting).where(Posting.journal_id == invoice.journal_id)).one()
    assert posting.amount == cny("0.02").amount
    whole = get_invoice(session, finance, invoice.id)
    assert [(tax.authority, tax.rate_ppm) for tax in whole.taxes] == [("DE-BZST", 190_000)]


@pytest.mark.parametrize(("gross", "rates"), [("119", {"A": 190_000}), ("113.07", {"A": 90_000, "B": 90_000})])
def test_the_taxes_of_a_gross_are_their_rates_of_its_net_to_a_minor_unit(gross: str, rates: dict[str, int]) -> None:
    taxes: list[Tax] = taxes_in(cny(gross), rates)
    net = cny(gross).decimal() - sum((one.amount.decimal() for one in taxes), Decimal(0))
    for one in taxes:
        exact = net * one.rate_ppm / 1_000_000
        assert abs(exact - one.amount.decimal()) <= Decimal("0.02")
        assert one.amount == one.amount.floor_to_minor()
    if gross == "119":
        assert net == 100


def test_each_client_sees_its_own_documents_and_staff_all(session: Session, rail: SandboxRail, client: Actor) -> None:
    other = make_member(session, make_organization(session, "client"), "requester")
    paid_in(session, rail, client, "900")
    paid_in(session, rail, other, "10")
    first, second = documents(session)
    assert [one.id for one in list_invoices(session, client).data] == [first.id]
    with pytest.raises(DomainError, match="not_found"):
        get_invoice(session, client, second.id)
    for role in ("finance", "auditor"):
        staff = make_staff(session, role)
        assert [one.id for one in list_invoices(session, staff).data] == [second.id, first.id]
    assert list_invoices(session, make_staff(session, "operations")).data == []


def test_what_documents_cannot_carry_is_refused(session: Session, client: Actor) -> None:
    finance = make_staff(session, "finance")
    with pytest.raises(DomainError) as refused:
        set_billing_detail(session, client, legal_name=" ", address="x" * 501, tax_number="")
    assert [error.pointer for error in refused.value.errors] == ["/address", "/legal_name"]
    with pytest.raises(DomainError, match="forbidden"):
        set_sales_tax_rate(
            session, client, country="DE", authority="DE-BZST", rate_ppm=1, valid_from=dt.date(2027, 1, 1)
        )
    with pytest.raises(DomainError) as wrong:
        set_sales_tax_rate(
            session, finance, country="DE", authority="tax", rate_ppm=2_000_000, valid_from=dt.date(2027, 1, 1)
        )
    assert [error.pointer for error in wrong.value.errors] == ["/authority", "/rate_ppm"]


def test_a_hole_and_a_wrong_document_are_found(session: Session, rail: SandboxRail, client: Actor) -> None:
    paid_in(session, rail, client, "900")
    with session.begin_nested() as undone:
        session.get_one(InvoiceCounter, ("R", market_now(session).year)).last += 1
        session.flush()
        (found,) = numbers_run(session)
        assert "2 numbers were given out, 1 documents have one" in found.problem
        undone.rollback()
    session.expire_all()
    assert list(numbers_run(session)) == []
    with session.begin_nested() as undone:
        session.add(InvoiceLine(invoice_id=documents(session)[0].id, position=2, text="More", amount=1))
        session.flush()
        (found,) = documents_are_right(session)
        assert "are not 900" in found.problem
        undone.rollback()
    session.expire_all()

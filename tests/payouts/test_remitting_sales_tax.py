"""Sales tax is paid to its authority: of each invoice once, less what credit notes gave back."""

import csv
import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.verifying import verify
from marketplace.db.clock import market_now
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.gateways.sandbox import SandboxRail
from marketplace.invoicing.models import Invoice
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.checking import run_checks
from marketplace.ledger.coverage import coverage
from marketplace.ledger.models import Journal
from marketplace.ledger.periods import approve, propose_close
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import bank_operating, platform_fee, rail_available
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.remittance_queries import remittance_csv, remitted_documents, waiting
from marketplace.payouts.remitting import (
    approve_remittance,
    pay_from_operating,
    propose_remittance,
    reject_remittance,
)
from marketplace.reconciliation.remittances import pay_by_line
from marketplace.reconciliation.setting_aside import set_aside
from marketplace.settlement.fee_invoicing import invoice_fees
from marketplace.settlement.mirroring import decide_mirror, propose_mirror
from tests.audit.parts import SIGNER, seal_all
from tests.builders.defaults import operations
from tests.builders.payouts import Finance, inside
from tests.builders.settlement import Chain, accept, hand_in, move_clock_to
from tests.builders.taxes import end_month, taxed_chain
from tests.ledger.parts import ACTOR
from tests.oracles import need_hledger, oracles_agree
from tests.payouts.test_remitting import a_line, cny, failed

BZST, SOLI = ("DE-BZST", 190_000), ("DE-SOLI", 55_000)
WHY = "The wrong batch was selected."


def put_aside(session: Session) -> Money:
    return balance(session, AccountRef(Code.SALES_TAX, "CNY"))


@pytest.fixture
def chain(session: Session, finance: Finance) -> Chain:
    """Six answers were accepted, with fees of 0.27 CNY."""
    made = taxed_chain(session, finance, BZST)
    for _ in range(2):
        accept(session, made, hand_in(session, made))
    return made


@pytest.fixture
def month(session: Session, chain: Chain) -> dt.date:
    """The month of these fees, which is invoiced."""
    return end_month(session)


def proposed(session: Session, finance: Finance, first: dt.date, last: dt.date | None = None) -> TaxRemittance:
    """From the first of these months to the end of the last."""
    until = months_after(last or first, 1) - dt.timedelta(days=1)
    return propose_remittance(session, finance.preparer, "DE-BZST", "CNY", first, until, tax="sales")


def approved(session: Session, finance: Finance, first: dt.date, last: dt.date | None = None) -> TaxRemittance:
    return approve_remittance(session, finance.approver, proposed(session, finance, first, last).id)


def mirror_one(session: Session, chain: Chain) -> None:
    """A claim of three answers was accepted by mistake: fees of 0.135 CNY go back."""
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    move_clock_to(session, months_after(market_now(session).date().replace(day=1), 1) + dt.timedelta(days=1))
    invoice_fees(inside(session))
    mirror = propose_mirror(session, operations(session), handed.answer_ids[0], WHY)
    decide_mirror(session, operations(session), mirror.id, confirm=True)


def test_what_was_put_aside_leaves_by_the_line_of_the_bank_and_clients_and_payees_stay_covered(
    session: Session, finance: Finance, rail: SandboxRail, month: dt.date
) -> None:
    # 0.27 x 190000 / 1190000 = 0.0431..., rounded down to minor units
    assert put_aside(session) == cny("0.04")
    assert [(one.tax, one.authority, one.money) for one in waiting(session, finance.preparer)] == [
        ("sales", "DE-BZST", cny("0.04"))
    ]
    row = approved(session, finance, month)
    before, own = coverage(session)["CNY"], balance(session, bank_operating("CNY"))
    cash = balance(session, rail_available("sandbox", "CNY"))
    line = a_line(session, rail, cny("0.04") * -1)

    pay_by_line(session, finance.preparer, row.id, line.id)

    assert (row.state, row.reference, line.state) == ("paid", line.reference, "matched")
    assert put_aside(session).is_zero
    assert balance(session, rail_available("sandbox", "CNY")) == cash - cny("0.04")
    assert balance(session, bank_operating("CNY")) == own - cny("0.04"), "the platform made it good"
    assert coverage(session)["CNY"] == before
    assert waiting(session, finance.preparer) == []
    assert run_checks(session).holds
    load_recomputers()
    seal_all(session)
    assert verify(session, SIGNER.verifier).ok
    need_hledger()
    oracles_agree(session)


def test_a_line_that_was_set_aside_pays_it_as_well(
    session: Session, finance: Finance, rail: SandboxRail, month: dt.date
) -> None:
    row = approved(session, finance, month)
    before = coverage(session)["CNY"]
    line = a_line(session, rail, cny("0.04") * -1)
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '2 days'"))
    assert set_aside(session) == 1

    pay_by_line(session, finance.preparer, row.id, line.id)

    assert (row.state, line.state, put_aside(session)) == ("paid", "matched", cny("0"))
    assert coverage(session)["CNY"] == before
    assert run_checks(session).holds


def test_from_the_operating_account_it_is_the_platforms_own_money(
    session: Session, finance: Finance, month: dt.date
) -> None:
    row = approved(session, finance, month)
    before, own = coverage(session)["CNY"], balance(session, bank_operating("CNY"))
    pay_from_operating(session, finance.preparer, row.id, "E2E-1")
    assert balance(session, bank_operating("CNY")) == own - cny("0.04")
    assert coverage(session)["CNY"] == before
    assert put_aside(session).is_zero
    assert run_checks(session).holds


def test_credit_notes_lessen_it_and_each_document_is_in_one_remittance_only(
    session: Session, finance: Finance, chain: Chain, month: dt.date
) -> None:
    mirror_one(session, chain)
    last = end_month(session)
    documents = session.scalars(select(Invoice).where(Invoice.month.is_not(None)).order_by(Invoice.id)).all()
    kinds = [(one.kind, one.tax_money.text()) for one in documents]
    assert kinds == [("invoice", "0.04"), ("invoice", "0.02"), ("credit_note", "0.02")]
    assert put_aside(session) == cny("0.04")

    row = proposed(session, finance, month, last)

    assert row.money == cny("0.04")
    found = remitted_documents(session, finance.preparer, row.id).data
    assert [(one.invoice.id, one.tax) for one in found] == [
        (one.id, one.tax_money * (-1 if one.kind == "credit_note" else 1)) for one in documents
    ]
    with pytest.raises(DomainError, match="nothing_withheld"):
        proposed(session, finance, month, last)
    reject_remittance(session, finance.preparer, row.id)
    again = approved(session, finance, month, last)
    assert again.money == row.money
    pay_from_operating(session, finance.preparer, again.id, "E2E-1")
    assert put_aside(session).is_zero
    assert run_checks(session).holds


def test_a_credit_note_that_stood_alone_is_taken_off_the_next(
    session: Session, finance: Finance, chain: Chain, month: dt.date
) -> None:
    pay_from_operating(session, finance.preparer, approved(session, finance, month).id, "E2E-1")
    mirror_one(session, chain)
    second = months_after(month, 1)
    pay_from_operating(session, finance.preparer, approved(session, finance, second).id, "E2E-2")
    third = end_month(session)
    assert put_aside(session) == cny("0.02") * -1, "the authority owes it to us"
    with pytest.raises(DomainError, match="nothing_withheld"):
        proposed(session, finance, third)
    accept(session, chain, hand_in(session, chain))
    accept(session, chain, hand_in(session, chain))
    fourth = end_month(session)

    row = proposed(session, finance, fourth)

    assert row.money == cny("0.04") - cny("0.02")
    assert len(remitted_documents(session, finance.preparer, row.id).data) == 2
    assert run_checks(session).holds


def test_each_authority_gets_its_own_of_a_document(session: Session, finance: Finance) -> None:
    chain = taxed_chain(session, finance, BZST, SOLI)
    for _ in range(2):
        accept(session, chain, hand_in(session, chain))
    month = end_month(session)
    # 0.27 x 190000 / 1245000 and 0.27 x 55000 / 1245000
    assert put_aside(session) == cny("0.05")
    row = approved(session, finance, month)
    pay_from_operating(session, finance.preparer, row.id, "E2E-1")
    assert (row.money, put_aside(session)) == (cny("0.04"), cny("0.01"))
    assert [(one.authority, one.money) for one in waiting(session, finance.preparer)] == [("DE-SOLI", cny("0.01"))]
    assert run_checks(session).holds


def test_a_month_is_remitted_once_it_is_invoiced_and_by_its_own_tax(
    session: Session, finance: Finance, month: dt.date
) -> None:
    today = market_now(session).date()
    running = today.replace(day=1)
    move_clock_to(session, months_after(running, 1))
    with pytest.raises(DomainError) as caught:
        proposed(session, finance, month, running)
    assert [error.pointer for error in caught.value.errors] == ["/last"]
    assert f"{running:%Y-%m} are not invoiced yet" in caught.value.errors[0].message
    # The last month that ended in these days is the one before.
    until = months_after(running, 1) - dt.timedelta(days=2)
    row = propose_remittance(session, finance.preparer, "DE-BZST", "CNY", month, until, tax="sales")
    assert row.money == cny("0.04")
    with pytest.raises(DomainError, match="nothing_withheld"):
        propose_remittance(session, finance.preparer, "DE-BZST", "CNY", month, until)
    with pytest.raises(DomainError) as wrong:
        propose_remittance(session, finance.preparer, "DE-BZST", "CNY", month, until, tax="income")
    assert [error.pointer for error in wrong.value.errors] == ["/tax"]
    with pytest.raises(DomainError, match="another person"):
        approve_remittance(session, finance.preparer, row.id)


def test_the_list_for_the_authority_names_each_document_and_adds_up(
    session: Session, finance: Finance, month: dt.date
) -> None:
    row = proposed(session, finance, month)
    (record,) = csv.DictReader(remittance_csv(session, finance.preparer, row.id))
    invoice = session.scalars(select(Invoice).where(Invoice.month == month)).one()
    assert (record["document"], record["month"]) == (invoice.full_number, f"{month:%Y-%m}")
    assert record["rate_ppm"] == "190000"
    assert record["client"] == public("organization", invoice.organization_id)
    assert (cny(record["net"]), cny(record["tax"])) == (invoice.net_money, row.money)


def test_tax_of_a_month_that_is_closed_is_paid_in_the_month_that_runs(
    session: Session, finance: Finance, month: dt.date
) -> None:
    row = approved(session, finance, month)
    approve(session, finance.approver, propose_close(session, finance.preparer, f"{month:%Y-%m}").id)

    pay_from_operating(session, finance.preparer, row.id, "E2E-1")

    paid_on = session.scalars(select(Journal.effective_on).where(Journal.id == row.journal_id)).one()
    assert paid_on == market_now(session).date()
    assert run_checks(session).holds


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE tax_remittance SET amount = amount + 10000", {"T2", "T3"}),
        ("UPDATE tax_remittance SET authority = 'DE-SOLI'", {"T2"}),
        ("UPDATE tax_remittance SET tax = 'withheld'", {"T1", "T2", "T3"}),
        ("UPDATE tax_remittance SET state = 'approved', paid_at = NULL, reference = NULL, journal_id = NULL", {"T3"}),
    ],
)
def test_the_checks_name_what_differs_from_the_documents(
    session: Session, finance: Finance, month: dt.date, damage: str, found: set[str]
) -> None:
    pay_from_operating(session, finance.preparer, approved(session, finance, month).id, "E2E-1")
    tampering = session.begin_nested()
    session.execute(text(damage))
    assert failed(session) == found
    tampering.rollback()
    session.expire_all()


def test_the_check_names_a_document_that_two_remittances_have(
    session: Session, finance: Finance, month: dt.date
) -> None:
    reject_remittance(session, finance.preparer, proposed(session, finance, month).id)
    proposed(session, finance, month)
    assert failed(session) == set()
    tampering = session.begin_nested()
    session.execute(text("UPDATE tax_remittance SET state = 'proposed', decided_by = NULL, decided_at = NULL"))
    assert failed(session) == {"T2"}
    tampering.rollback()
    session.expire_all()


def test_the_check_names_sales_tax_that_no_document_says(session: Session, finance: Finance, month: dt.date) -> None:
    tampering = session.begin_nested()
    pairs = [Pair(platform_fee("CNY"), AccountRef(Code.SALES_TAX, "CNY"), cny("0.01"))]
    post(session, ACTOR, kind="J23", key="by nobody", pairs=pairs, subject=("organization", new_id()))
    assert "T3" in failed(session)
    tampering.rollback()
    session.expire_all()

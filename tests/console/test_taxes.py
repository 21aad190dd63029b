"""Finance sets what is withheld, sees what was, and pays it to the authority; all on pages."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.tax_models import Withholding
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from tests.builders.payouts import execute, inside, make_approved_run, make_due_chain, make_finance, sandbox
from tests.builders.settlement import accept, hand_in, move_clock_to
from tests.builders.taxes import end_month, taxed_chain, withhold_from
from tests.console.conftest import Enter


def test_finance_proposes_and_approves_what_is_withheld(session: Session, enter: Enter) -> None:
    chain, finance = make_due_chain(session), make_finance(session)
    preparer, approver = enter(finance.preparer), enter(finance.approver)
    payee = public("person", chain.workers[0].person)
    today = market_now(session).date().isoformat()
    asked = {"payee": payee, "valid_from": today, "lines": "KE-KRA 5, KE-SHA 2.75 %"}
    assert f'value="{payee}"' in preparer.get("/console/taxes").text
    assert "such as KE-KRA 5." in preparer.post("/console/taxes", {**asked, "lines": "five"}).text
    assert "A day such as" in preparer.post("/console/taxes", {**asked, "valid_from": "soon"}).text

    assert preparer.post("/console/taxes", asked).status_code == 303

    page = preparer.get("/console/taxes").text
    for shown in ("KE-KRA 5 %", "KE-SHA 2.75 %", "proposed"):
        assert shown in page.replace("\u00a0", " ")
    row = session.scalars(select(Withholding)).one()
    path = f"/console/taxes/{public('withholding', row.id)}"
    assert f"{path}/approve" not in page, "not one's own"
    assert preparer.post(f"{path}/approve").status_code == 422
    assert f"{path}/approve" in approver.get("/console/taxes").text
    assert approver.post(f"{path}/approve").status_code == 303
    session.refresh(row)
    assert row.state == "approved"
    assert preparer.post("/console/taxes", {**asked, "lines": ""}).status_code == 303
    ending = session.scalars(select(Withholding).where(Withholding.state == "proposed")).one()
    preparer.get("/console/taxes")
    assert preparer.post(f"/console/taxes/{public('withholding', ending.id)}/reject").status_code == 303


def test_the_year_is_listed_and_the_tax_goes_to_its_authority(session: Session, enter: Enter) -> None:
    chain, finance, rail = make_due_chain(session, items=5, items_per_task=5), make_finance(session), sandbox(session)
    withhold_from(session, finance, chain.workers[0], ("KE-KRA", 100_000))
    execute(session, finance, rail, make_approved_run(session, finance))
    day = market_now(session).date()
    move_clock_to(session, day + dt.timedelta(days=1))
    preparer, approver = enter(finance.preparer), enter(finance.approver)
    asked = {"of": "withheld KE-KRA CNY", "first": day.isoformat(), "last": day.isoformat()}
    listed = preparer.get(f"/console/taxes?year={day.year}").text
    assert "KE-KRA" in listed
    file = preparer.get(f"/console/taxes/{day.year}/file")
    assert file.headers["Content-Type"].startswith("text/csv")
    assert ",KE-KRA,0.08,0.79,0.00" in file.text
    assert preparer.get("/console/taxes/1999/file").status_code == 422
    assert "KE-KRA CNY, withheld" in preparer.get("/console/remittances").text
    assert preparer.post("/console/remittances", {**asked, "last": "2999-01-01"}).status_code == 422

    assert preparer.post("/console/remittances", asked).status_code == 303

    row = session.scalars(select(TaxRemittance)).one()
    path = f"/console/remittances/{public('tax_remittance', row.id)}"
    assert ",A worker,1,CNY,0.87,0.08" in preparer.get(f"{path}/file").text
    preparer.get("/console/remittances")
    assert preparer.post(f"{path}/approve").status_code == 422
    approver.get("/console/remittances")
    assert approver.post(f"{path}/approve").status_code == 303
    preparer.get("/console/remittances")
    assert preparer.post(f"{path}/pay", {"line": "", "reference": ""}).status_code == 422
    rail.show("other", Money.parse("-0.08", "CNY", negative=True), "to KRA")
    reconcile(inside(session), {"sandbox": rail})
    assert "sandbox to KRA" in preparer.get("/console/remittances").text
    line = session.scalars(select(ExternalLine).where(ExternalLine.reference == "to KRA")).one()
    assert preparer.post(f"{path}/pay", {"line": public("external_line", line.id)}).status_code == 303
    assert "Nothing waits" in preparer.get("/console/remittances").text
    assert ",KE-KRA,0.08,0.79,0.08" in preparer.get(f"/console/taxes/{day.year}/file").text


def test_sales_tax_goes_to_its_authority_by_its_documents(session: Session, enter: Enter) -> None:
    finance = make_finance(session)
    chain = taxed_chain(session, finance, ("DE-BZST", 190_000))
    accept(session, chain, hand_in(session, chain))
    month = end_month(session)
    preparer, approver = enter(finance.preparer), enter(finance.approver)
    assert "DE-BZST CNY, sales tax" in preparer.get("/console/remittances").text
    asked = {"of": "sales DE-BZST CNY", "first": month.isoformat()}
    until = months_after(month, 1) - dt.timedelta(days=1)
    assert (
        preparer.post("/console/remittances", {**asked, "of": "nothing", "last": until.isoformat()}).status_code == 422
    )

    assert preparer.post("/console/remittances", {**asked, "last": until.isoformat()}).status_code == 303

    row = session.scalars(select(TaxRemittance)).one()
    path = f"/console/remittances/{public('tax_remittance', row.id)}"
    assert "List of documents" in preparer.get("/console/remittances").text
    assert ",190000,CNY,0.115,0.02" in preparer.get(f"{path}/file").text
    assert approver.post(f"{path}/approve").status_code == 303
    approver.get("/console/remittances")
    assert preparer.post(f"{path}/pay", {"line": "", "reference": "E2E-1"}).status_code == 303
    assert "all sales tax of documents, is in a remittance" in preparer.get("/console/remittances").text


def test_who_is_not_finance_sees_neither_page(session: Session, enter: Enter) -> None:
    layer = enter(make_due_chain(session).layers[0][0])
    for path in ("/console/taxes", "/console/remittances", "/console/taxes/2027/file"):
        assert layer.get(path).status_code == 403

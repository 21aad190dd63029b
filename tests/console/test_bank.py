"""The page of the bank: files out by a download, statements and reports in by an upload."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.gateways.bank.rail import BankRail
from marketplace.gateways.bank_models import BankFile
from marketplace.kernel.ids import public
from marketplace.web.context import KEY
from tests.builders.identity import make_staff
from tests.builders.payouts import inside, make_finance
from tests.builders.web import Browser
from tests.console.conftest import Enter
from tests.gateways.bank.imitation import OURS, imitation
from tests.gateways.bank.standing import DAY, AtTheBank, a_sent_payout


@pytest.fixture
def there(session: Session, app: Flask) -> AtTheBank:
    rail = BankRail(inside(session), {"CNY": OURS["CNY"]}, trial=True)
    context = app.extensions[KEY]
    app.extensions[KEY] = replace(context, rails={**context.rails, "bank": rail})
    return AtTheBank(session, rail, imitation(), make_staff(session, "finance"))


def upload(browser: Browser, name: str, data: bytes) -> str:
    path = f"/console/bank/{name.removesuffix('s')}s"
    answer = browser.post(path, {name: (io.BytesIO(data), "file.xml")})
    assert answer.status_code in {200, 422}
    return answer.text


def test_a_file_is_made_and_downloaded_and_its_statement_settles_the_payout(
    session: Session, enter: Enter, there: AtTheBank
) -> None:
    payout, browser = a_sent_payout(there), enter(there.finance)
    assert "1 payment," in browser.get("/console/bank").text
    assert "Make payment files" in browser.get("/console/bank").text
    assert browser.post("/console/bank/files").status_code == 303
    made = session.scalars(select(BankFile)).one()
    assert made.made_by == there.finance.person
    path = f"/console/bank/files/{public('bank_file', made.id)}"
    page = browser.get("/console/bank").text
    assert f'href="{path}" download' in page
    assert there.finance.name in page
    file = browser.get(path)
    assert file.headers["Content-Disposition"] == f'attachment; filename="{made.message_id}.xml"'
    told = select(AuditEvent.kind).where(AuditEvent.subject_id == made.id).order_by(AuditEvent.recorded_at)
    assert session.scalars(told).all() == ["bank_file.made", "bank_file.taken"]
    there.bank.execute(file.get_data())
    statement = there.bank.camt(DAY)

    page = upload(browser, "statements", statement)

    assert "1 transfer" in page
    session.expire_all()
    assert payout.state == "reconciled"
    assert "imported before, nothing changed" in upload(browser, "statements", statement)
    assert "S-1" in browser.get("/console/bank").text


def test_a_file_that_is_none_is_refused_in_words_and_nothing_is_booked(enter: Enter, there: AtTheBank) -> None:
    browser = enter(there.finance)
    assert "no XML that may be read" in upload(browser, "statements", b"<Document>")
    assert "Choose a file." in browser.post("/console/bank/statements", {}).text
    assert "none of pain.002" in upload(browser, "report", there.bank.camt(DAY))


def test_a_report_says_what_it_did(session: Session, enter: Enter, there: AtTheBank) -> None:
    payout, browser = a_sent_payout(there), enter(there.finance)
    browser.post("/console/bank/files")
    made = session.scalars(select(BankFile)).one()
    content = browser.get(f"/console/bank/files/{public('bank_file', made.id)}").get_data()
    page = upload(browser, "report", there.bank.report(content, "RJCT:AM04"))
    assert "refused for certain" in page
    session.expire_all()
    assert payout.state == "refused"


def test_the_payout_s_page_says_what_is_missing_before_it_counts_as_not_executed(
    session: Session, enter: Enter, there: AtTheBank
) -> None:
    payout, people = a_sent_payout(there), make_finance(session)
    path = f"/console/payouts/{public('payout', payout.id)}"
    browser = enter(people.preparer)
    assert "in no payment file yet" in browser.get(path).text
    assert browser.post(f"{path}/not-executed").status_code == 422
    assert browser.post(f"{path}/came-late").status_code == 422


def test_the_auditor_reads_and_takes_no_file(session: Session, enter: Enter, there: AtTheBank) -> None:
    a_sent_payout(there)
    there.send()
    browser = enter(make_staff(session, "auditor"))
    page = browser.get("/console/bank").text
    made = session.scalars(select(BankFile)).one()
    assert made.message_id in page
    assert "download" not in page
    assert "Import statements" not in page
    assert browser.get(f"/console/bank/files/{public('bank_file', made.id)}").status_code == 403


def test_without_an_account_the_page_says_so(session: Session, enter: Enter) -> None:
    assert "No bank account here" in enter(make_staff(session, "finance")).get("/console/bank").text


def test_a_csv_is_read_by_the_layout_that_was_saved_for_it(session: Session, enter: Enter, there: AtTheBank) -> None:
    browser, account = enter(there.finance), OURS["CNY"].number
    browser.get("/console/bank")
    layout = {
        "name": "Our bank", "currency": "CNY", "date": "Day", "date_form": "YYYY-MM-DD", "amount": "Sum", "balance": "",
        "account": "Account", "text": "Text\nMore", "delimiter": "comma", "decimal": ".", "encoding": "utf-8",
    }  # fmt: skip
    assert "One column of amounts" in browser.post("/console/bank/layouts", {**layout, "amount": ""}).text
    assert browser.post("/console/bank/layouts", layout).status_code == 303
    assert "<option>Our bank</option>" in browser.get("/console/bank").text
    saved = select(AuditEvent.kind).where(AuditEvent.kind == "bank_csv_layout.saved")
    assert len(session.scalars(saved).all()) == 1
    data = f"Day,Account,Sum,Text,More\n2025-03-01,{account},5.00,a,b\n".encode()

    def bring(**balances: str) -> str:
        files = {"statements": (io.BytesIO(data), "march.csv"), "layout": "Our bank", **balances}
        return browser.post("/console/bank/statements", files).text

    assert "opening and the closing balance are needed" in bring()
    assert "CSV 2025-03-01" in bring(opening="1.00", closing="6.00")

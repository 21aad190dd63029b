import csv
import datetime as dt
import re

import pytest
from sqlalchemy.orm import Session

from marketplace.audit.sealing import seal
from marketplace.kernel.ids import new_id
from marketplace.ledger.periods import approve, propose_close
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.funding import j2_job_funded
from tests.audit.parts import SIGNER
from tests.builders.identity import make_staff
from tests.builders.payouts import Finance, make_due_chain, make_finance
from tests.builders.settlement import move_clock_to
from tests.builders.web import Browser
from tests.console.conftest import Enter
from tests.ledger.parts import ACTOR, cny, deposit, fill

JANUARY = "/console/periods/2027-01"


@pytest.fixture
def finance(session: Session) -> Finance:
    move_clock_to(session, dt.date(2027, 1, 10))
    fill(session, deposit(new_id()), cny("10"))
    seal(session, SIGNER)
    move_clock_to(session, dt.date(2027, 2, 2))
    return make_finance(session)


def press(browser: Browser, page: str, text: str, **values: str) -> str:
    """The page after the form with this button was sent."""
    forms = re.findall(r"<form[^>]*>.*?</form>", browser.get(page).text, re.DOTALL)
    form = next(one for one in forms if re.search(rf"<button[^>]*>{text}</button>", one))
    action = re.search(r'action="([^"]+)"', form)
    assert action
    answer = browser.post(action[1], values)
    return browser.get(page).text if answer.status_code == 303 else answer.text


def test_two_people_close_a_month_and_open_it_again(session: Session, enter: Enter, finance: Finance) -> None:
    first, second = enter(finance.preparer), enter(finance.approver)
    assert 'href="/console/periods/2027-01"' in first.get("/console/periods").text
    page = press(first, JANUARY, "Propose to close it")
    assert "You proposed it; another person must approve." in page
    assert "Approve and close the month" not in page
    page = press(second, JANUARY, "Refuse", reason="A statement is missing.")
    assert "refused by" in page
    press(first, JANUARY, "Propose to close it")
    page = press(second, JANUARY, "Approve and close the month")
    assert "Signed head of the log" in page
    assert SIGNER.name in page
    (file,) = set(re.findall(r'href="(/console/period-proposals/[^"]+/file)"', page))
    rows = list(csv.reader(first.get(file).text.splitlines(keepends=True)))
    assert [row[0] for row in rows if row[0] in {"sha256", "checkpoint"}] == ["sha256", "checkpoint"]
    assert "Say why" in press(first, JANUARY, "Propose to open it again", reason="")
    press(first, JANUARY, "Propose to open it again", reason="A statement came late.")
    page = press(second, JANUARY, "Approve and open the month again")
    assert "Propose to close it" in page
    assert "opened again by" in page
    assert first.get(file).status_code == 200


def test_what_is_open_in_a_month_stands_first_and_opens_its_lines(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    finance = make_finance(session)
    move_clock_to(session, dt.date(2030, 6, 2))
    page = enter(finance.preparer).get("/console/periods/2030-05").text
    assert "Trial balance in CNY at the end of 2030-05" in page
    assert "The invariants were not looked at yet." in page


def test_who_reads_the_books_sees_months_and_changes_none(session: Session, enter: Enter, finance: Finance) -> None:
    approve(session, finance.approver, propose_close(session, finance.preparer, "2027-01").id)
    auditor = enter(make_staff(session, "auditor"))
    page = auditor.get(JANUARY).text
    assert "SHA-256 of the trial balance" in page
    assert "Propose" not in re.sub(r"Proposed|Proposals", "", page)
    assert "It was closed together with 2027-01" in auditor.get("/console/periods/2026-12").text
    assert "It can be closed from" not in auditor.get("/console/periods/2027-02").text
    assert auditor.get("/console/periods/2027-13").status_code == 422
    assert auditor.post("/console/periods/2027-02/close").status_code == 403
    assert auditor.get(f"/console/period-proposals/prd_{'0' * 26}/file").status_code == 404


def test_a_month_that_is_not_over_and_one_that_changed_say_so(session: Session, enter: Enter, finance: Finance) -> None:
    first, second = enter(finance.preparer), enter(finance.approver)
    assert "It can be closed from" in first.get("/console/periods/2027-02").text
    refused = first.post("/console/periods/2027-02/close")
    assert (refused.status_code, "can be closed from" in refused.text) == (422, True)
    press(first, JANUARY, "Propose to close it")
    client, job = new_id(), new_id()
    fill(session, deposit(client), cny("1"), key="in February")
    pairs = j2_job_funded(client, job, cny("1"))
    late = {"kind": "J2", "key": "late", "subject": ("job", job), "effective_on": dt.date(2027, 1, 31)}
    post(session, ACTOR, pairs=pairs, **late)  # type: ignore[arg-type]
    assert "It cannot be approved any more" in second.get(JANUARY).text
    assert "The month is not as it was proposed" in press(second, JANUARY, "Approve and close the month")

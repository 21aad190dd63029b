import csv
import html
import re

import pytest
from sqlalchemy.orm import Session

from marketplace.audit.sealing import seal
from tests.audit.parts import SIGNER
from tests.builders.identity import make_staff
from tests.builders.payouts import make_due_chain, make_finance
from tests.builders.settlement import accept, hand_in
from tests.console.conftest import Enter


def test_each_sum_opens_its_lines_and_the_address_gives_the_same_figures_for_ever(
    session: Session, enter: Enter
) -> None:
    chain = make_due_chain(session, items=3)
    session.flush()
    seal(session, SIGNER)
    browser = enter(make_finance(session).preparer)
    page = browser.get("/console/ageing").text
    links = [html.unescape(link) for link in re.findall(r'href="(/console/ageing/lines[^"]+)"', page)]
    assert len(links) == 4
    opened = browser.get(next(link for link in links if "worker" in link and "days_0_30" in link)).text
    assert opened.count("0.175") == 1
    same = html.unescape(re.findall(r'href="([^"]+)">The same figures', page)[0])
    accept(session, chain, hand_in(session, chain))
    session.flush()
    seal(session, SIGNER)
    assert re.findall(r'class="money">[^<]+', browser.get(same).text) == re.findall(r'class="money">[^<]+', page)
    assert re.findall(r'class="money">[^<]+', browser.get("/console/ageing").text) != re.findall(
        r'class="money">[^<]+', page
    )
    file = html.unescape(re.findall(r'href="(/console/ageing/file[^"]+)"', page)[0])
    rows = list(csv.DictReader(browser.get(file).text.splitlines()))
    assert {row["bucket"] for row in rows} == {"not_due", "days_0_30"}


def test_what_the_pages_do_not_know_in_an_address_is_left_alone(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    session.flush()
    seal(session, SIGNER)
    browser = enter(make_staff(session, "auditor"))
    for path in ("/console/ageing", "/console/ageing/lines"):
        page = browser.get(f"{path}?endpoint=x&currency=CNY&_external=1")
        assert page.status_code == 200
        (same,) = re.findall(r'href="([^"]+)">The same figures', page.text)
        assert same.startswith(f"{path}?")
        assert "endpoint" not in same


@pytest.mark.parametrize(
    "address", ["?as_of=soon", "?as_of=2999-01-01", "?known_at=then", "/lines?bucket=old", "/lines?payee_kind=x"]
)
def test_what_cannot_be_read_in_the_address_is_refused(session: Session, enter: Enter, address: str) -> None:
    assert enter(make_staff(session, "auditor")).get(f"/console/ageing{address}").status_code == 422


def test_before_the_log_was_sealed_the_page_says_so(session: Session, enter: Enter) -> None:
    page = enter(make_staff(session, "auditor")).get("/console/ageing").text
    assert "The log has sealed nothing by then" in page
    assert "Nothing was owed" in page


@pytest.mark.parametrize("role", ["finance", "operations", "auditor"])
def test_no_line_leads_to_what_its_reader_may_not_open(session: Session, enter: Enter, role: str) -> None:
    make_due_chain(session)
    session.flush()
    seal(session, SIGNER)
    browser = enter(make_staff(session, role))
    page = browser.get("/console/ageing/lines").text
    for path in re.findall(r'<a class="code small" href="([^"]+)"', page):
        assert browser.get(path).status_code == 200
    assert "ctr_" in page

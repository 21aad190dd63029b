import csv
import html
import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from marketplace.ledger.models import Journal
from tests.builders.identity import make_staff
from tests.builders.payouts import make_approved_run, make_due_chain, make_finance, sandbox
from tests.builders.web import Browser
from tests.console.conftest import Enter
from tests.reconciliation.trails.following import paid_and_matched


def money_of(page: str) -> list[str]:
    return re.findall(r'class="money">([^<]+)', page)


def links(page: str, start: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', page) if link.startswith(start)]


@pytest.fixture
def browser(session: Session, enter: Enter) -> Browser:
    make_due_chain(session, items=3)
    return enter(make_finance(session).preparer)


def test_every_figure_of_the_trial_balance_opens_accounts_their_postings_and_the_journals(browser: Browser) -> None:
    page = browser.get("/console/ledger").text
    opened = links(page, "/console/ledger/accounts/")
    assert len(opened) == 3 * page.count('<th scope="row"><span class="figures muted">')
    for link in set(opened):
        accounts = browser.get(link)
        assert accounts.status_code == 200
        for account in links(accounts.text, f"{link.split('?')[0]}/acc_"):
            postings = browser.get(account)
            assert postings.status_code == 200
            journal = links(postings.text, "/console/ledger/journals/jrn_")[0]
            back = links(browser.get(journal).text, "/console/ledger/accounts/")
            assert account in back


def test_the_figures_of_an_account_add_up_and_its_file_has_the_same_lines(browser: Browser) -> None:
    (account,) = links(browser.get("/console/ledger/accounts/4010?currency=CNY").text, "/console/ledger/accounts/4010/")
    page = browser.get(account).text
    file = browser.get(links(page, f"{account}/file")[0])
    rows = list(csv.DictReader(file.text.splitlines()))
    assert len(rows) == page.count("/console/ledger/journals/jrn_")
    assert rows[0]["balance"] == money_of(page)[3].split()[0]
    for reversed_range in (f"{account}?", f"{account}/file?", "/console/ledger/journals?"):
        refused = browser.get(f"{reversed_range}from=2027-02-02&until=2027-02-01")
        assert refused.status_code == 422, reversed_range
        assert "The range ends before it begins." in refused.text
    assert browser.get(f"{account}?from=soon").status_code == 422
    assert browser.get(f"{account}?until=2020-01-01").text.count("/console/ledger/journals/jrn_") == 0


def test_each_amount_of_the_forecast_opens_the_accounts_that_hold_it(browser: Browser) -> None:
    page = browser.get("/console/cash-forecast?days=365").text
    dated = [link for link in links(page, "/console/ledger/accounts/2110") if "due_" in link]
    assert dated
    for link in dated:
        shown = re.search(rf'href="{re.escape(html.escape(link))}"><[^>]+>([^<]+)', page)
        assert shown is not None
        assert "All that fall due then hold" in (opened := browser.get(link).text)
        assert money_of(opened)[0] == shown[1]


def test_a_month_opens_its_accounts_as_they_were_at_its_end(browser: Browser, session: Session) -> None:
    month = session.scalars(select(Journal.effective_on)).first()
    assert month is not None
    page = browser.get(f"/console/periods/{month:%Y-%m}").text
    opened = links(page, "/console/ledger/accounts/")
    assert opened
    assert all("as_of=" in link for link in opened)
    assert "At the end of" in browser.get(opened[0]).text


def test_journals_are_found_by_kind_and_by_what_they_are_about(browser: Browser, session: Session) -> None:
    one = session.scalars(select(Journal).where(Journal.kind == "J3")).first()
    assert one is not None
    subject = public(one.subject_noun, one.subject_id)
    assert subject in browser.get(f"/console/ledger/journals?subject={subject}").text
    assert "J1<span" not in browser.get("/console/ledger/journals?kind=J3").text
    assert browser.get("/console/ledger/journals?subject=job_nothing").status_code == 404
    assert browser.get("/console/ledger/journals?kind=J99").status_code == 200


def test_what_is_no_account_is_not_found(session: Session, enter: Enter) -> None:
    browser = enter(make_staff(session, "auditor"))
    for path in ("accounts/9999", "accounts/2010/acc_nothing", "accounts/x", "journals/jrn_nothing"):
        assert browser.get(f"/console/ledger/{path}").status_code == 404
    assert browser.get("/console/ledger/accounts/2010?currency=nothing").status_code == 200


def test_each_count_of_lines_of_a_day_opens_just_these_lines(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    finance = make_finance(session)
    paid_and_matched(session, finance, sandbox(session), make_approved_run(session, finance))
    browser = enter(finance.preparer)
    page = browser.get("/console/reconciliation").text
    opened = re.findall(r'href="(/console/reconciliation/days/[^"]+)">(\d+)<', page)
    assert opened
    for link, count in opened:
        assert browser.get(link).text.count("/console/follow?of=lin_") == int(count)
    day, rail, _ = opened[0][0].rsplit("/", 2)
    assert "No lines" in browser.get(f"{day}/{rail}/XXX").text
    assert browser.get("/console/reconciliation/days/soon/sandbox/CNY").status_code == 422

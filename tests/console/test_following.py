"""The page that follows money: from a payout's answers to the rail's line, and to it from any id or reference."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from marketplace.payouts.models import Payout
from marketplace.reconciliation.models import ExternalLine
from marketplace.settlement.models import Installment
from marketplace.work.models import Answer
from tests.builders.identity import make_staff
from tests.builders.payouts import make_approved_run, make_due_chain, make_finance, payout_of, sandbox
from tests.builders.settlement import Chain
from tests.builders.statements import rows, statements
from tests.builders.web import Browser
from tests.console.conftest import Enter
from tests.reconciliation.trails.following import paid_and_matched

Paid = tuple[Chain, Payout]


@pytest.fixture
def paid(session: Session) -> Paid:
    chain, finance = make_due_chain(session, items=3, items_per_task=3), make_finance(session)
    run = make_approved_run(session, finance)
    paid_and_matched(session, finance, sandbox(session), run)
    return chain, payout_of(session, run, chain.workers[0])


@pytest.fixture
def browser(session: Session, enter: Enter) -> Browser:
    return enter(make_staff(session, "finance"))


def told(page: str) -> str:
    """What stands in the page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_payout_is_followed_step_by_step(browser: Browser, paid: Paid) -> None:
    _, payout = paid
    path = f"/console/follow?of={public('payout', payout.id)}"
    page = browser.get(path)
    assert page.status_code == 200
    text = told(page.text)
    assert "Every sum is the next one's" in text.replace("&#39;", "'")
    steps = [
        "Price of the answers",
        "Platform's fee",
        "Earned for them",
        "Not yet due",
        "Installments of",
        "Told to the",
    ]
    found = [text.replace("&#39;", "'").index(step) for step in steps]
    assert found == sorted(found)
    assert payout.rail_reference
    assert payout.rail_reference in text
    behind = told(browser.get(f"{path}&show=earnings").text)
    assert behind.count("0.175 CNY") == 3
    assert "Installments that the payout took" in browser.get(f"{path}&show=installments").text


def test_every_page_of_money_leads_there(session: Session, browser: Browser, paid: Paid) -> None:
    _, payout = paid
    line = session.scalars(select(ExternalLine).where(ExternalLine.reference == payout.rail_reference)).one()
    installment = session.scalars(select(Installment).where(Installment.payout_id == payout.id)).one()
    payout_id, run_id = public("payout", payout.id), public("payout_run", payout.run_id)
    for page, of in (
        (f"/console/payouts/{payout_id}", payout_id),
        (f"/console/payout-runs/{run_id}", run_id),
        (f"/console/payout-runs/{run_id}", payout_id),
        ("/console/reconciliation", public("external_line", line.id)),
        ("/console/installments", public("installment", installment.id)),
    ):
        way = f"/console/follow?of={of}"
        assert f'href="{way}"' in browser.get(page).text, page
        assert payout_id in browser.get(way).text, way


def test_an_items_money_is_shown_by_payee_and_day(session: Session, browser: Browser, paid: Paid) -> None:
    chain, _ = paid
    item_id = session.scalars(select(Answer.item_id).where(Answer.job_id == chain.job.id).limit(1)).one()
    page = browser.get(f"/console/follow?of={public('item', item_id)}").text
    assert page.count(">follow<span") == 3
    assert told(page).count("in none") == 3
    assert "The price is the fee and all that was earned for it" in page


def test_what_does_not_add_up_comes_first(session: Session, browser: Browser, paid: Paid) -> None:
    _, payout = paid
    line = session.scalars(select(ExternalLine).where(ExternalLine.reference == payout.rail_reference)).one()
    line.amount -= 10_000
    session.flush()
    page = browser.get(f"/console/follow?of={public('payout', payout.id)}").text
    assert page.index("Does not add up") < page.index("From the answers to the bank</caption>")
    assert "Not explained" in page
    line.amount += 10_000
    session.flush()


def test_what_is_not_known_is_said(browser: Browser) -> None:
    assert "What to follow" in browser.get("/console/follow").text
    answer = browser.get("/console/follow?of=nothing")
    assert answer.status_code == 404
    assert "Nothing here has this id or reference." in answer.text
    assert browser.get("/console/follow?of=<script>").status_code == 404


def test_only_finance_and_the_auditor_open_it(session: Session, enter: Enter, paid: Paid) -> None:
    chain, payout = paid
    path = f"/console/follow?of={public('payout', payout.id)}"
    assert enter(make_staff(session, "auditor")).get(path).status_code == 200
    for actor in (make_staff(session, "operations"), make_staff(session, "dispute_decider"), chain.client):
        answer = enter(actor).get(path)
        assert answer.status_code == 403
        assert "CNY" not in answer.text


def test_the_page_asks_no_more_for_more_answers(session: Session, browser: Browser) -> None:
    counted = []
    for items in (2, 60):
        chain, finance = make_due_chain(session, items=items, items_per_task=items), make_finance(session)
        run = make_approved_run(session, finance)
        paid_and_matched(session, finance, sandbox(session), run)
        path = f"/console/follow?of={public('payout', payout_of(session, run, chain.workers[0]).id)}&show=earnings"
        browser.get(path)
        with statements(session) as sent, rows(session) as fetched:
            assert browser.get(path).status_code == 200
        counted.append((len(sent), sum(fetched)))
    assert counted[0][0] == counted[1][0] <= 40
    assert counted[1][1] <= 51 + counted[0][1], "a page of lines and no more"

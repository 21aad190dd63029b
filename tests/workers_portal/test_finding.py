"""Looking for tasks: filters and orders at the worker API, and the form of the page."""

import datetime as dt
import gzip
import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.identity.models import Worker
from marketplace.jobs.models import Job
from marketplace.jobs.payday_setting import adopt_law
from marketplace.jobs.screening import Screening
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.protection.client_models import ClientFigure
from tests.builders.jobs import make_party
from tests.builders.statements import statements
from tests.builders.web import Browser
from tests.builders.work import make_market, open_batch
from tests.workers_portal.conftest import Program


@pytest.fixture(autouse=True)
def opened(session: Session) -> list[str]:
    plain = open_batch(session, make_market(session, items_count=2, title="Plain films"), pay="0.20")
    asked = make_market(session, items_count=2, title="English films", screening=Screening(languages=("en",)))
    return [public("batch", batch.id) for batch in (plain, open_batch(session, asked, pay="0.90"))]


def found(program: Program, query: str) -> list[str]:
    answer = program.get(f"/tasks?{query}")
    assert answer.status_code == 200, answer.json
    return [batch["id"] for batch in answer.json["data"]]


def test_tasks_are_narrowed_and_ordered(program: Program, opened: list[str]) -> None:
    plain, asked = opened
    assert found(program, "") == [plain, asked]
    assert found(program, "language=en&phone=true&without_sight=true&severity_max=1") == [asked]
    assert found(program, "kind=image_boxes") == []
    assert found(program, "kind=image_boxes&kind=text_classification&phone=false") == [plain, asked]
    assert found(program, f"skill={public('skill', new_id())}") == []
    assert found(program, "hourly_min=1.00&currency=USD") == []
    assert found(program, "order=pay") == [asked, plain]
    assert found(program, "order=fit") == [asked, plain]
    first = program.get("/tasks?order=fit&limit=1").json
    assert found(program, f"order=fit&limit=1&cursor={first['next_cursor']}") == [plain]


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("colour=red", ["/colour"]),
        ("kind=sculpture", ["/kind"]),
        ("language=klingon&order=random", ["/language", "/order"]),
        ("severity_max=6", ["/severity_max"]),
        ("phone=yes", ["/phone"]),
        ("skill=job_1", ["/skill"]),
        ("hourly_min=1.00", ["/currency"]),
        ("hourly_min=much&currency=USD", ["/hourly_min"]),
    ],
)
def test_a_filter_that_is_unknown_or_cannot_be_read_is_a_400(program: Program, query: str, pointers: list[str]) -> None:
    refused = program.get(f"/tasks?{query}")
    assert (refused.status_code, refused.json["code"]) == (400, "query_invalid")
    assert [error["pointer"] for error in refused.json["errors"]] == pointers


def test_a_cursor_of_another_order_is_refused(program: Program) -> None:
    cursor = program.get("/tasks?order=pay&limit=1").json["next_cursor"]
    assert program.get(f"/tasks?order=fit&cursor={cursor}").json["code"] == "cursor_invalid"


def test_the_page_has_the_filters_as_a_form_and_keeps_them(browser: Browser) -> None:
    page = browser.get("/work/tasks").text
    for words in ("Plain films", "English films", "Look for certain tasks", "without hearing"):
        assert words in page
    narrowed = browser.get("/work/tasks?language=en&kind=&order=pay&phone=true").text
    assert "English films" in narrowed
    assert "Plain films" not in narrowed
    assert 'value="true" checked' in narrowed
    assert '<option value="pay" selected>' in narrowed


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("kind=image_boxes", "Nothing that is open fits what you look for"),
        ("hourly_min=1&currency=USD", "is not known yet"),
    ],
)
def test_an_empty_list_says_why_and_what_to_do(browser: Browser, query: str, words: str) -> None:
    page = browser.get(f"/work/tasks?{query}").text
    assert words in page
    assert "Show all" in page


def test_what_cannot_be_read_is_said_on_the_page(browser: Browser) -> None:
    answer: Any = browser.get("/work/tasks?hourly_min=much&currency=USD")
    assert answer.status_code == 400
    assert "Some of what you look for cannot be read" in answer.text
    assert 'value="much"' in answer.text


def test_a_worker_of_a_country_with_a_limit_sees_their_own_days_and_the_law(
    program: Program, browser: Browser, session: Session, worker: Actor
) -> None:
    half_after_six_months = SettlementTerms((TermPart(1, 1, Anchor.MONTH_END), TermPart(1, 6, Anchor.MONTH_END)))
    market = make_market(session, items_count=2, settlement_terms=half_after_six_months)
    late = public("batch", open_batch(session, market).id)
    before = program.get("/tasks").json["data"][-1]
    assert (before["deferred_until_at_most"], before["deferral_rule"]) == (None, None)
    assert "earlier than the terms say" not in browser.get("/work/tasks").text
    make_party(session, "platform", "operations")
    while adopt_law(session):
        pass
    assert program.get("/tasks").json["data"][-1] == before, "Kenya is not in the table"
    session.get_one(Worker, worker.person).country = "IN"
    session.flush()

    after = program.get("/tasks").json["data"][-1]

    latest = market_now(session).date() + dt.timedelta(days=45)
    assert after["deferred_until_at_most"] == latest.isoformat()
    assert after["deferral_rule"] == "Micro, Small and Medium Enterprises Development Act, 2006, s. 15"
    assert after["paid_if_accepted_today"][-1]["due_on"] == latest.isoformat()
    assert after["settlement_terms"] == before["settlement_terms"], "it is the days that move, not what was agreed"
    for path in ("/work/tasks", f"/work/tasks/{late}"):
        assert "Micro, Small and Medium Enterprises Development Act, 2006, s. 15" in browser.get(path).text


def test_a_worker_reads_before_a_claim_when_they_are_paid_what_is_funded_and_how_it_can_be_done(
    session: Session, program: Program, browser: Browser
) -> None:
    halves = SettlementTerms((TermPart(1, 1, Anchor.MONTH_END), TermPart(1, 6, Anchor.MONTH_END)))
    market = make_market(session, items_count=4, funded="3.00", title="Half of it later", settlement_terms=halves)
    batch = open_batch(session, market)
    task = next(task for task in program.get("/tasks").json["data"] if task["id"] == public("batch", batch.id))
    assert (task["paid_within_60_days"]["amount"], task["paid_within_240_days"]["amount"]) == ("0.50", "1.00")
    assert task["funded_percent"] == 75
    assert task["works"] == {"phone": True, "keyboard": True, "without_hearing": True, "without_sight": True}
    assert (task["client_rejections"], task["client_days_to_pay"]) == (None, None)
    for path in ("/work/tasks", f"/work/tasks/{public('batch', batch.id)}"):
        page = re.sub(r"<[^>]*>", "", browser.get(path).text)
        for words in (
            "0.50 USD within 60 days, 1.00 USD within 240",
            "75 % of these tasks are funded",
            "how much it rejects: too few answers yet",
            "by keyboard alone · with a screen reader · without hearing",
        ):
            assert words in page, (path, words)


def test_figures_of_a_client_are_told_with_how_many_answers_stand_behind_them(
    session: Session, program: Program, browser: Browser
) -> None:
    batch = open_batch(session, make_market(session, items_count=1))
    figure = {"answers": 240, "rejected_ppm": 30_000, "payments": 90, "pay_days_average": 45, "pay_days_most": 181}
    client_id = session.get_one(Job, batch.job_id).organization_id
    session.add(ClientFigure(organization_id=client_id, measured_at=market_now(session), **figure))
    session.flush()
    task = next(task for task in program.get("/tasks").json["data"] if task["id"] == public("batch", batch.id))
    assert task["client_rejections"] == {"percent": 3, "answers": 240}
    assert task["client_days_to_pay"] == {"average": 45, "most": 181, "payments": 90}
    page = browser.get(f"/work/tasks/{public('batch', batch.id)}").text
    for words in (
        "rejected 3 % of 240 answers",
        "paid after 45 days on average",
        "after 181 days at most, in 90 payments",
    ):
        assert words in page


def test_the_list_asks_no_more_of_the_database_for_more_tasks_and_stays_small(
    session: Session, browser: Browser
) -> None:
    few = asked(session, browser)
    for number in range(48):
        open_batch(session, make_market(session, items_count=1, title=f"Films, part {number}"))
    assert asked(session, browser) == few
    page = browser.get("/work/tasks")
    assert page.text.count("<article") == 50
    assert len(gzip.compress(page.data)) <= 20_000


def asked(session: Session, browser: Browser) -> int:
    browser.get("/work/tasks")
    with statements(session) as sent:
        assert browser.get("/work/tasks").status_code == 200
    return len(sent)

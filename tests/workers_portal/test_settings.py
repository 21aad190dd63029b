"""How pages are shown to a worker: with little data, with large letters; by their choice, or as the browser asks."""

import re

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from tests.builders.web import Browser
from tests.workers_portal.conftest import Program

SAVING = {"Save-Data": "on"}


def root(page: str) -> str:
    found = re.search(r"<html[^>]*>", page)
    assert found
    return found[0]


def choose(program: Program, low_data: str = "as_browser", text_size: str = "normal") -> None:
    answer = program.send("PUT", "/page-settings", {"low_data": low_data, "text_size": text_size})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("chosen", "asked", "low"),
    [
        ("as_browser", False, False),
        ("as_browser", True, True),
        ("always", False, True),
        ("never", True, False),
    ],
)
def test_low_data_is_what_was_chosen_and_where_nothing_was_what_the_browser_asks_for(
    browser: Browser, program: Program, chosen: str, asked: bool, low: bool
) -> None:
    choose(program, chosen)
    page = browser.get("/work/settings", headers=SAVING if asked else {})
    assert ("data-low-data" in root(page.text)) is low
    assert ("Your browser asks for little data now." in page.text) is asked


def test_the_size_of_letters_is_chosen_on_the_page_and_stands_at_its_root(browser: Browser, program: Program) -> None:
    assert "data-text" not in root(browser.get("/work/settings").text)
    assert browser.post("/work/settings", {"low_data": "never", "text_size": "very_large"}).status_code == 303
    for path in ("/work/settings", "/work/tasks", "/work/keys"):
        assert 'data-text="very_large"' in root(browser.get(path).text)
    assert program.get("/page-settings").json == {"low_data": "never", "text_size": "very_large"}


def test_what_cannot_be_chosen_is_refused_by_name(browser: Browser, program: Program) -> None:
    refused = program.send("PUT", "/page-settings", {"low_data": "sometimes", "text_size": "huge"})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == ["/low_data", "/text_size"]
    browser.get("/work/settings")
    assert browser.post("/work/settings", {"low_data": "never"}).status_code == 422
    assert program.get("/page-settings").json == {"low_data": "as_browser", "text_size": "normal"}


def test_nothing_of_it_is_in_the_log(session: Session, program: Program) -> None:
    before = session.scalar(select(func.count()).select_from(AuditEvent))
    choose(program, "always", "large")
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == before

"""Copying from the item before without script: only one's own labels, as a beginning that is not saved yet."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.item_rows import ItemRow
from marketplace.work.models import Claim
from tests.builders.gold import make_gold_market
from tests.builders.web import Browser
from tests.builders.work import make_market, make_worker, open_batch
from tests.workers_portal.test_pages import claim_a_task

COPY = 'value="copy"'
TEXT = "Ada met Ada in Paris."
ADA = {"1.spans.0.label": "person", "1.spans.0.words": "Ada", "1.spans.0.nth": "2"}


def texts(session: Session, *content: str, **overrides: Any) -> None:
    rows = [ItemRow(place, str(place), "standard", {"text": one}) for place, one in enumerate(content, start=1)]
    market = make_market(session, items_count=len(rows), rows=rows, **overrides)
    open_batch(session, market, items_per_task=len(rows))


def spans(session: Session, *content: str) -> None:
    texts(session, *content, kind="text_spans", label_schema={"classes": ["person", "place"]})


def words_of(page: str) -> list[str]:
    return [found for found in re.findall(r'name="\d\.spans\.\d\.words"[^>]* value="([^"]*)"', page) if found]


def test_a_choice_is_copied_and_saved_only_when_the_worker_saves_it(session: Session, browser: Browser) -> None:
    texts(session, "Film 1", "Film 2")
    path = claim_a_task(browser)
    assert COPY not in browser.get(f"{path}/items/1").text
    assert COPY in browser.get(f"{path}/items/2").text
    browser.post(f"{path}/items/1", {"1.label": "bad", "action": "next"})
    page = browser.post(f"{path}/items/2", {"2.label": "good", "action": "copy"}).text
    assert "Copied from the item before" in page
    assert re.search(r'value="bad" checked', page)
    assert "checked" in browser.get(f"{path}/items/2").text
    assert not re.search(r'value="bad" checked', browser.get(f"{path}/items/2").text)
    browser.post(f"{path}/items/2", {"2.label": "bad", "action": "save"})
    assert re.search(r'value="bad" checked', browser.get(f"{path}/items/2").text)


def test_nothing_is_copied_where_the_worker_has_nothing_before(session: Session, browser: Browser) -> None:
    proposed = {"answer": {"label": "bad"}, "model": "critic", "version": "2"}
    rows = [
        ItemRow(1, "a", "standard", {"text": "Film 1"}, prelabel=proposed),
        ItemRow(2, "b", "standard", {"text": "Film 2"}),
    ]
    open_batch(session, make_market(session, items_count=2, rows=rows), items_per_task=2)
    path = claim_a_task(browser)
    page = browser.post(f"{path}/items/2", {"action": "copy"}).text
    assert "There is nothing to copy" in page
    assert "checked" not in page


def test_marks_are_added_to_what_is_there_and_none_twice(session: Session, browser: Browser) -> None:
    spans(session, TEXT, TEXT)
    path = claim_a_task(browser)
    browser.post(f"{path}/items/1", {**ADA, "action": "next"})
    page = browser.get(f"{path}/items/2").text
    told = re.search(r'data-copy="([^"]*)"', page)
    assert told
    assert json.loads(html.unescape(told[1])) == [{"label": "person", "words": "Ada", "nth": "2"}]
    mine = {"2.spans.0.label": "place", "2.spans.0.words": "Paris", "2.spans.0.nth": ""}
    once = browser.post(f"{path}/items/2", {**mine, "action": "copy"}).text
    assert words_of(once) == ["Paris", "Ada"]
    assert words_of(browser.get(f"{path}/items/2").text) == ["Paris"], "what was copied is not saved yet"
    again = {name.replace("1.spans.0", "2.spans.1"): value for name, value in ADA.items()}
    assert words_of(browser.post(f"{path}/items/2", {**mine, **again, "action": "copy"}).text) == ["Paris", "Ada"]


def test_words_are_copied_only_between_items_of_the_same_text(session: Session, browser: Browser) -> None:
    spans(session, TEXT, "Ada met Ada in Rome.", "Ada met Ada in Rome.")
    path = claim_a_task(browser)
    browser.post(f"{path}/items/1", {**ADA, "action": "next"})
    assert COPY not in browser.get(f"{path}/items/2").text
    assert words_of(browser.post(f"{path}/items/2", {"action": "copy"}).text) == []
    assert COPY in browser.get(f"{path}/items/3").text


def test_a_text_of_ones_own_is_never_copied(session: Session, browser: Browser) -> None:
    rows = [ItemRow(place, str(place), "standard", {"prompt": "Say hello."}) for place in (1, 2)]
    market = make_market(session, items_count=2, rows=rows, kind="free_text", label_schema={})
    open_batch(session, market, items_per_task=2)
    path = claim_a_task(browser)
    browser.post(f"{path}/items/1", {"1.text": "Hello!", "action": "next"})
    assert COPY not in browser.get(f"{path}/items/2").text
    assert "Hello!" not in browser.post(f"{path}/items/2", {"2.text": "", "action": "copy"}).text


def test_nobody_copies_from_a_claim_of_another(session: Session, browser: Browser) -> None:
    texts(session, "Film 1", "Film 2")
    path = claim_a_task(browser)
    browser.post(f"{path}/items/1", {"1.label": "bad", "action": "next"})
    claim = session.scalars(select(Claim)).one()
    other = Browser(browser.client.application).sign_in(session, make_worker(session, "Bo"), "work")
    assert other.post(f"{path}/items/2", {"action": "copy"}).status_code == 404
    assert claim.draft


def test_the_button_stands_on_gold_as_on_every_item(session: Session, browser: Browser) -> None:
    open_batch(session, make_gold_market(session, items_count=3), items_per_task=3, pay="0.50")
    path = claim_a_task(browser)
    for number in (1, 2, 3, 4):
        page = browser.get(f"{path}/items/{number}").text
        assert (COPY in page) == (number > 1), number
        if number > 1:
            copied = browser.post(f"{path}/items/{number}", {"action": "copy"}).text
            assert re.search(r'value="good" checked', copied), number
        browser.post(f"{path}/items/{number}", {f"{number}.label": "good", "action": "next"})

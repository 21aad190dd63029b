"""What a worker can try and read before a claim: examples, practice items, and where the price will go."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.base import Base
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.media import store_media
from marketplace.jobs.practice import remove_practice
from marketplace.jobs.screening import Screening
from marketplace.kernel.ids import public
from marketplace.web.context import KEY
from marketplace.work.models import Batch
from tests.builders.media import image
from tests.builders.practice import make_practice, practice_row
from tests.builders.settlement import make_chain
from tests.builders.web import Browser
from tests.builders.work import Market, make_market, open_batch

BOXES: dict[str, Any] = {"classes": ["car", "bus"]}


def page_of(batch: Batch, number: int | None = None) -> str:
    path = f"/work/tasks/{public('batch', batch.id)}"
    return path if number is None else f"{path}/practice/{number}"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def rows_written(session: Session) -> dict[str, int]:
    session.flush()
    tables = [table for table in Base.metadata.sorted_tables if table.name != "request_count"]
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session)


def test_a_worker_reads_examples_before_a_claim_and_that_there_is_nothing_to_practise_on(
    session: Session, browser: Browser, market: Market
) -> None:
    batch = open_batch(session, market)
    assert "The client gives no item to practise on." in browser.get(page_of(batch)).text
    make_practice(session, market, practice_row("p-1", is_example=True, content={"text": "A waste, a sheer waste."}))
    page = words(browser.get(page_of(batch)).text)
    for part in ("Example: p-1", "A waste, a sheer waste.", "Answer bad", "Nothing good is said of it."):
        assert part in page
    assert "The client gives no item to practise on." in page
    assert browser.get(page_of(batch, 1)).status_code == 404, "an example is no practice item"


def test_a_worker_practises_in_the_form_of_the_task_and_sees_what_differs(
    session: Session, browser: Browser, market: Market
) -> None:
    batch = open_batch(session, market)
    make_practice(session, market, practice_row("p-1"), practice_row("p-2", expected={"label": "good"}))
    first = browser.get(page_of(batch)).text
    assert "The client gives 2 items whose answer is known." in first
    before = rows_written(session)
    form = browser.get(page_of(batch, 1)).text
    assert "What a waste of an evening, p-1." in form
    assert "Nothing good is said of it." not in form, "not before it was tried"
    wrong = browser.post(page_of(batch, 1), {"1.label": "good", "action": "compare"})
    assert wrong.status_code == 200
    for part in ("It agrees with the right answer by 0 %.", "Nothing good is said of it.", "Next item"):
        assert part in words(wrong.text)
    right = browser.post(page_of(batch, 2), {"2.label": "good", "action": "compare"})
    assert "That is right." in right.text
    assert "Next item" not in right.text
    empty = browser.post(page_of(batch, 1), {"action": "compare"})
    assert (empty.status_code, "Not compared yet" in empty.text) == (422, True)
    assert browser.get(page_of(batch, 3)).status_code == 404
    assert rows_written(session) == before, "nothing of it is kept"


def test_nobody_practises_on_what_is_not_open_to_them(session: Session, browser: Browser) -> None:
    market = make_market(session, screening=Screening(languages=("sw",)))
    batch = open_batch(session, market)
    make_practice(session, market)
    assert browser.get(page_of(batch, 1)).status_code == 404
    assert browser.post(page_of(batch, 1), {"1.label": "bad"}).status_code == 404


def test_boxes_are_practised_on_their_picture_and_drawn_beside_the_right_ones(
    session: Session, app: Flask, browser: Browser
) -> None:
    far = ItemRow(1, "i-1", "standard", {"url": "https://example.org/a.png"})
    market = make_market(session, kind="image_boxes", label_schema=BOXES, rows=[far], items_count=1)
    media = store_media(session, market.requester, app.extensions[KEY].storage, image(), "street.png")
    content = {"media": public("media", media.id)}
    batch = open_batch(session, market)
    right = {"boxes": [{"label": "car", "x": 4, "y": 4, "width": 20, "height": 10}]}
    (item,) = make_practice(session, market, practice_row(content=content, expected=right))
    form = browser.get(page_of(batch, 1)).text
    (link,) = re.findall(r'<img src="([^"]+)"', form)
    assert browser.get(link).status_code == 200
    given = {
        f"1.boxes.0.{name}": value
        for name, value in (("label", "car"), ("x", 4), ("y", 4), ("width", 10), ("height", 10))
    }
    page = browser.post(page_of(batch, 1), {**given, "action": "compare"}).text
    assert "It agrees with the right answer by 50 %." in page
    assert page.count('class="box tone-0"') == page.count('class="box tone-0 given"') == 1
    assert 'width="20" height="10"' in page
    batch.state = "withdrawn"
    session.flush()
    assert browser.get(link).status_code == 404, "nobody sees it whom no task of the job is open to"
    batch.state = "open"
    remove_practice(session, market.requester, item.id)
    assert browser.get(link).status_code == 404, "nor when it was taken away"


def test_the_price_is_followed_before_a_claim_as_the_jobs_policy_shows_it(session: Session, browser: Browser) -> None:
    chain = make_chain(session, items=2)
    page = words(browser.get(page_of(chain.batch)).text)
    assert "Where the price will go: the client pays" in page
    for part in ("0.90 CNY", "The platform's fee", "You 0.35 CNY"):
        assert part in page, page

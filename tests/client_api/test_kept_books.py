"""The books that are kept of each month, fetched by programs."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.exports.keeping import keep_books
from marketplace.exports.models import KeptBook
from marketplace.kernel.ids import new_id, public
from tests.builders.media import MemoryStorage
from tests.builders.payouts import inside, make_due_chain
from tests.client_api.conftest import Caller, Market
from tests.client_api.story import ok


@pytest.fixture
def kept(session: Session, storage: MemoryStorage) -> int:
    """How many files are kept."""
    make_due_chain(session)
    written = keep_books(inside(session), inside(session), storage)
    assert written
    return written


def staff(market: Market, role: str) -> Caller:
    return market.caller(market.organization("platform"), role)


def newest(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = ok(caller.get("/kept-books?limit=1")).json["data"][0]
    return found


def path_of(link: str) -> str:
    path = link.removeprefix("http://market.test")
    assert path.startswith("/kept-books/")
    return path


@pytest.mark.parametrize("role", ["finance", "operations", "auditor"])
def test_a_kept_file_is_found_and_fetched_without_a_key(market: Market, kept: int, role: str) -> None:
    caller = staff(market, role)
    book = newest(caller)
    again = ok(caller.get(f"/kept-books/{book['id']}")).json
    assert {**again, "link": book["link"]} == book
    file = caller.client.get(path_of(again["link"]))
    assert (file.status_code, len(file.data)) == (200, book["size"])
    assert hashlib.sha256(file.data).hexdigest() == book["sha256"]
    stem, _, ending = book["name"].partition(".")
    assert file.headers["Content-Disposition"] == f'attachment; filename="{stem}-{book["month"]}.{ending}"'
    assert "sandbox" in file.headers["Content-Security-Policy"]


def test_the_list_has_every_file_once_the_newest_month_first(session: Session, market: Market, kept: int) -> None:
    caller = staff(market, "finance")
    found: list[dict[str, Any]] = []
    more = ""
    while True:
        page = ok(caller.get(f"/kept-books?limit=5{more}")).json
        found += page["data"]
        if not page["has_more"]:
            break
        more = f"&cursor={page['next_cursor']}"
    months = [book["month"] for book in found]
    assert months == sorted(months, reverse=True)
    assert len({(book["month"], book["name"]) for book in found}) == len(found) == kept
    assert session.scalar(select(func.count()).select_from(KeptBook)) == kept


def test_a_download_that_broke_off_goes_on_where_it_was(market: Market, kept: int) -> None:
    caller = staff(market, "auditor")
    book = newest(caller)
    path = path_of(book["link"])
    whole = caller.client.get(path)
    rest = caller.client.get(path, headers={"Range": "bytes=100-", "If-Range": whole.headers["ETag"]})
    assert (rest.status_code, rest.data) == (206, whole.data[100:])
    assert caller.client.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304


def test_no_client_layer_or_worker_sees_what_is_kept(market: Market, kept: int) -> None:
    path = f"/kept-books/{newest(staff(market, 'finance'))['id']}"
    for caller in (
        market.caller(market.organization("client"), "requester"),
        market.caller(market.organization("subcontractor"), "manager"),
        market.caller(None),
        staff(market, "dispute_decider"),
    ):
        for wanted in ("/kept-books", path, f"/kept-books/{public('kept_book', new_id())}"):
            assert caller.get(wanted).status_code == 403, wanted


def test_what_is_not_kept_is_not_found(market: Market, kept: int) -> None:
    assert staff(market, "finance").get(f"/kept-books/{public('kept_book', new_id())}").status_code == 404


def test_a_link_is_dead_once_its_person_has_lost_the_right_or_it_was_changed(
    session: Session, market: Market, storage: MemoryStorage, kept: int
) -> None:
    caller = staff(market, "finance")
    path = path_of(newest(caller)["link"])
    with session.begin_nested() as dismissed:
        session.execute(text("DELETE FROM membership WHERE person_id = :id"), {"id": caller.person_id})
        assert caller.client.get(path).status_code == 404
        dismissed.rollback()
    assert caller.client.get(path).status_code == 200
    assert caller.client.get(path[:-2]).status_code == 404
    assert caller.client.get(path.replace("/kept-books/", "/exports/")).status_code == 404, "of another kind"
    storage.kept.clear()
    assert caller.client.get(path).status_code == 404

"""Taking pay before its day, by the worker API and on the pages."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import workers_portal
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from tests.builders.advances import earn_more, make_accrued_chain, parts_of
from tests.builders.settlement import Chain, accept, hand_in, make_chain
from tests.builders.web import Browser, make_app
from tests.builders.work import make_worker
from tests.workers_portal.conftest import FakeRail, Program


@pytest.fixture
def app(session: Session) -> Flask:
    environ = {"ADVANCE_FEE_PPM": "10000", "ADVANCE_FEE_PPM_MAX": "20000"}
    return make_app(session, workers_portal.register, environ=environ, rails={"sandbox": FakeRail()})


@pytest.fixture
def chain(session: Session) -> Chain:
    return make_accrued_chain(session)


@pytest.fixture
def theirs(program_of: Callable[[Actor], Program], chain: Chain) -> Program:
    """The program of the worker who has earned something."""
    return program_of(chain.workers[0])


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def path_of(session: Session, chain: Chain) -> str:
    return f"/installments/{public('installment', parts_of(session, chain.workers[0])[0].id)}/advance"


def test_a_worker_reads_the_offer_and_takes_it(session: Session, chain: Chain, theirs: Program) -> None:
    path = path_of(session, chain)
    offered = theirs.get(path).json
    assert (offered["amount"], offered["fee"]) == (cny("0.875"), cny("0.00875"))
    assert (offered["arrives"], offered["rest"]) == (cny("0.86"), cny("0.00625"))
    assert offered["free_on"] == parts_of(session, chain.workers[0])[0].due_on.isoformat()
    taken = theirs.post(path, {"fee": offered["fee"]})
    assert (taken.status_code, taken.json["state"], taken.json["advance_fee"]) == (200, "advanced", cny("0.00875"))
    assert taken.json["advanced_at"] is not None
    assert theirs.post(path, {"fee": offered["fee"]}).json == taken.json, "asked twice it is taken once"
    assert theirs.get(path).status_code == 409
    (owed,) = theirs.get("/earnings").json["data"]
    assert (owed["due"], owed["advance_fees"]) == (cny("0.875"), cny("0.00"))


def test_a_fee_that_has_changed_is_never_taken_silently(session: Session, chain: Chain, theirs: Program) -> None:
    path = path_of(session, chain)
    quoted = theirs.get(path).json["fee"]
    earn_more(session, chain)
    refused = theirs.post(path, {"fee": quoted})
    assert (refused.status_code, refused.json["type"].rpartition("/")[2]) == (409, "advance_fee_differs")
    assert refused.json["errors"][0]["pointer"] == "/fee"
    assert theirs.get("/installments").json["data"][0]["state"] == "scheduled"


def test_a_fee_that_cannot_be_read_is_named(session: Session, chain: Chain, theirs: Program) -> None:
    path = path_of(session, chain)
    for body, pointer in (
        ({}, "/fee"),
        ({"fee": cny("a little")}, "/fee/amount"),
        ({"fee": cny("-1")}, "/fee/amount"),
        ({"fee": {"amount": "0", "currency": "XXX"}}, "/fee/currency"),
        ({"fee": cny("0"), "why": "rent"}, "/why"),
    ):
        refused = theirs.post(path, body)
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, pointer)


def test_what_is_not_theirs_is_not_there(
    session: Session, chain: Chain, program_of: Callable[[Actor], Program]
) -> None:
    other = program_of(make_worker(session))
    path = path_of(session, chain)
    assert [other.get(path).status_code, other.post(path, {"fee": cny("0.00875")}).status_code] == [404, 404]


@pytest.fixture
def pages(app: Flask, session: Session, chain: Chain) -> Browser:
    """The browser of the worker who has earned something."""
    return Browser(app).sign_in(session, chain.workers[0], "work")


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_page_shows_both_ways_and_takes_the_fee_that_it_showed(
    session: Session, chain: Chain, pages: Browser
) -> None:
    row = parts_of(session, chain.workers[0])[0]
    earnings = pages.get("/work/earnings").text
    (first, _) = re.findall(r'href="(/work/installments/ins_\w+/advance)"', earnings)
    for text in (words(earnings), words(pages.get(first).text)):
        assert f"Do nothing 0.875 CNY on {row.due_on.day} " in text
        assert "Take it early 0.86625 CNY with the next payout, fee 0.00875 CNY" in text
    done = pages.post(first, {"fee": "0.00875", "currency": "CNY"})
    assert (done.status_code, done.headers["Location"]) == (303, "/work/earnings")
    after = words(pages.get("/work/earnings").text)
    assert "Taken early. It comes with the next payout." in after
    assert "advanced taken early for a fee of 0.00875 CNY" in after
    assert parts_of(session, chain.workers[0])[0].state == "advanced"


def test_a_page_that_is_old_by_now_shows_the_new_fee_and_takes_nothing(
    session: Session, chain: Chain, pages: Browser
) -> None:
    path = f"/work{path_of(session, chain)}"
    assert "Take it early for a fee of" in pages.get(path).text
    earn_more(session, chain)
    answer = pages.post(path, {"fee": "0.00875", "currency": "CNY"})
    assert answer.status_code == 422
    assert "The fee is 0.0175 CNY now, not 0.00875 CNY. Nothing was taken" in words(answer.text)
    assert 'name="fee" value="0.0175"' in answer.text
    assert parts_of(session, chain.workers[0])[0].state == "scheduled"


def test_who_has_not_said_where_to_be_paid_is_offered_nothing_on_the_page(session: Session, app: Flask) -> None:
    chain = make_chain(session, items=5, items_per_task=5)
    worker = make_worker(session)
    accept(session, chain, hand_in(session, chain, worker))
    page = Browser(app).sign_in(session, worker, "work").get("/work/earnings").text
    assert "Say where your pay should go" in page
    assert "take it early" not in page

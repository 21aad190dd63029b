"""What a worker is given of their data, and how they delete their account."""

import json
from collections.abc import Callable

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.db.personal import declared_personal
from marketplace.db.registry import load_personal
from marketplace.identity.models import Person
from marketplace.identity.own_data import noun_of
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import PREFIXES, public
from tests.builders.erasing import MARK, SAID, make_marked
from tests.builders.web import Browser
from tests.workers_portal.conftest import Program


def test_a_worker_takes_everything_along_that_is_kept_about_them(
    session: Session, program_of: Callable[[Actor], Program]
) -> None:
    marked = make_marked(session)
    found = program_of(marked.worker).get("/account/data").json
    tables = {one["table"]: one["rows"] for one in found["tables"]}
    assert found["person"] == public("person", marked.worker.person)
    assert found["tables"][0]["table"] == "person"
    assert [row["email"] for row in tables["person"]] == [f"amina@{MARK}.example"]
    said = {name for name, rows in tables.items() if MARK in json.dumps(rows)}
    # Answers of ours to programs, and words whose like stands with what they are about.
    assert said == SAID - {"idempotency_key", "audit_words"}
    assert tables["installment"][0]["amount"] == {"amount": "0.175", "currency": "CNY"}
    assert all(row["worker_id"] == found["person"] for row in tables["claim"])
    assert all(row["granted_by_person_id"] is None for row in tables["skill_grant"])
    for secret in ("secret_hash", "token_hash", "destination_sealed", "shown_count", "salt"):
        assert secret not in json.dumps(found)


def test_nobody_is_given_anything_of_others(
    session: Session, worker: Actor, program_of: Callable[[Actor], Program]
) -> None:
    marked = make_marked(session)
    assert MARK not in json.dumps(program_of(worker).get("/account/data").json)
    # What a reviewer said of workers is not theirs to take along.
    assert not marked.chain.reviewer.may("account.read.own")


def test_the_file_is_downloaded_from_the_page(session: Session, worker: Actor, browser: Browser) -> None:
    assert "/work/account/data.json" in browser.get("/work/account").text
    answer = browser.get("/work/account/data.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="piecework-my-data.json"'
    assert json.loads(answer.text)["person"] == public("person", worker.person)


def test_an_account_is_deleted_after_a_word_that_one_is_sure(session: Session, worker: Actor, browser: Browser) -> None:
    assert "What stays" in browser.get("/work/account").text
    refused = browser.post("/work/account/delete", {})
    assert refused.status_code == 422
    assert "Say that you know what it means." in refused.text
    answer = browser.post("/work/account/delete", {"sure": "yes"})
    assert (answer.status_code, answer.location) == (303, "/work/sign-in")
    assert "Your account is deleted" in browser.get("/work/sign-in").text
    assert browser.get("/work/account").status_code in {302, 303}
    session.expire_all()
    assert session.get_one(Person, worker.person).state == "erasing"


def test_who_signed_in_long_ago_signs_in_again_first(session: Session, worker: Actor, browser: Browser) -> None:
    session.execute(text("UPDATE web_session SET created_at = created_at - interval '1 hour'"))
    page = browser.get("/work/account").text
    assert "sign in again first" in page
    assert "/work/account/delete" not in page
    refused = browser.post("/work/account/delete", {"sure": "yes"})
    assert refused.status_code in {403, 422}
    assert session.get_one(Person, worker.person).state == "active"


def test_who_is_owed_money_and_has_not_said_where_is_told_so(session: Session, app: Flask) -> None:
    marked = make_marked(session)
    session.execute(text("DELETE FROM payout_destination"))
    browser = Browser(app).sign_in(session, marked.worker, "work")
    page = browser.get("/work/account").text
    assert "Without that nobody can pay you" in page
    assert "0.35" in page


def test_ids_in_the_file_are_written_as_everywhere_else() -> None:
    load_personal()
    given = [column for one in declared_personal().values() for column in one.exported if column.foreign_keys]
    nouns = {f"{column.table.name}.{column.name}": noun_of(column) for column in given}
    assert nouns["gold_answer.claim_id"] == "claim"
    assert nouns["adjudication.item_id"] == "item"
    bare = {name for name, noun in nouns.items() if noun not in PREFIXES}
    assert bare == {"claim.seat_id"}, "a seat has no name outside the database"

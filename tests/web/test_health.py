"""What /healthz and /readyz say of the service."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.kernel.actor import system_actor
from marketplace.ledger.check_models import BooksCheck
from marketplace.rails.freezing import freeze
from tests.audit.parts import FORKED, SIGNER, fork, note, seal_all
from tests.builders.time_authority import TimeAuthority, keep_stamp
from tests.builders.web import Browser


def test_a_database_older_than_the_program_is_said_and_asked_for_no_newer_table(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.web.health.head", lambda: "9999")

    answer = browser.get("/readyz")

    assert answer.status_code == 503
    assert set(answer.get_json()["checks"]) == {"database", "migrations", "sealer", "roles"}


def test_health_says_how_the_service_stands(session: Session, browser: Browser) -> None:
    assert browser.get("/healthz").get_json() == {"status": "ok"}
    ready = browser.get("/readyz")
    assert ready.status_code == 200, ready.text
    assert {name: part["state"] for name, part in ready.get_json()["checks"].items()} == {
        "database": "ok",
        "migrations": "ok",
        "sealer": "ok",
        "log": "ok",
        "log_name": "ok",
        "coverage": "ok",
        "books": "ok",
        "payouts": "ok",
        "roles": "ok",
    }


def test_health_says_that_payouts_are_frozen(session: Session, browser: Browser) -> None:
    freeze(session, system_actor("tests"), "a secret reason", None)
    answer = browser.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["checks"]["payouts"]["state"] == "warning"
    assert "secret" not in answer.text


def test_an_old_unsealed_event_makes_the_service_unready(session: Session, browser: Browser) -> None:
    session.execute(
        text("INSERT INTO audit_pending VALUES (statement_timestamp() - interval '5 minutes', gen_random_uuid())")
    )
    answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["sealer"]["state"] == "failed"


def test_health_says_which_checks_of_the_books_failed(session: Session, browser: Browser) -> None:
    session.add(BooksCheck(day=date(2027, 1, 15), checks=30, failed=["I6", "I10"], milliseconds=5))
    session.flush()
    part = browser.get("/readyz").get_json()["checks"]["books"]
    assert part["state"] == "warning"
    assert "I6, I10" in part["text"]


def test_health_and_the_public_part_of_the_log_tell_of_a_declared_fork(session: Session, browser: Browser) -> None:
    assert browser.get("/log/forks").get_json() == {"forks": []}
    head = fork(session)
    part = browser.get("/readyz").get_json()["checks"]["log_name"]
    assert part["state"] == "warning"
    assert f"the log {SIGNER.name} goes on as {FORKED.name}" in part["text"]
    [told] = browser.get("/log/forks").get_json()["forks"]
    assert (told["from"], told["to"], told["tree_size"]) == (SIGNER.name, FORKED.name, head.tree_size - 1)
    assert told["abandoned"] == ["1000000-0000000000000000"]
    assert told["statement"].startswith("piecework.audit.fork.v1\n")


def test_time_stamps_are_public(session: Session, browser: Browser) -> None:
    note(session)
    seal_all(session)
    assert browser.get("/log/timestamp").status_code == 404
    kept = keep_stamp(session, TimeAuthority())
    for address in ("/log/timestamp", f"/log/timestamp?size={kept.tree_size}"):
        answer = browser.get(address)
        assert answer.data == kept.token
        assert f"/log/checkpoint?size={kept.tree_size}" in answer.headers["Link"]
    assert browser.get(f"/log/timestamp?size={kept.tree_size + 1}").status_code == 404

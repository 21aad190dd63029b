"""Nothing that a person looks at can be laid under somebody else's page: every answer forbids its framing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.web.headers import POLICY_OF_FILES
from tests.builders.identity import make_staff, make_worker
from tests.builders.routes import path_of, routes
from tests.builders.web import Browser

FORBIDS: Final = "frame-ancestors 'none'"
ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("marketplace", "workers_portal", "client_api")


@pytest.mark.parametrize("who", ["nobody", "worker", "finance"])
def test_every_address_forbids_the_framing_of_what_it_answers(app: Flask, session: Session, who: str) -> None:
    browser = Browser(app)
    if who == "worker":
        browser.sign_in(session, make_worker(session), "work")
    elif who == "finance":
        browser.sign_in(session, make_staff(session, "finance"), "console")
    seen, framed = set(), []
    for operation in routes(app, ""):
        method, _, address = operation.partition(" ")
        path = path_of(address)
        # A form without its token is refused before anything else: such an error is a page too.
        answer = browser.get(path) if method == "GET" else browser.client.open(path, method=method)
        seen.add(answer.status_code)
        if FORBIDS not in answer.headers.get("Content-Security-Policy", ""):
            framed.append(f"{operation}: {answer.status_code}")
        answer.close()
    assert framed == []
    assert seen >= {200, 303, 400, 401, 404}


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/work/nowhere", 404), ("/console/team", 403)])
def test_pages_of_errors_forbid_it_too(app: Flask, session: Session, path: str, status: int) -> None:
    browser = Browser(app).sign_in(session, make_staff(session, "finance"), "console")
    answer = browser.get(path)
    assert (answer.status_code, FORBIDS in answer.headers["Content-Security-Policy"]) == (status, True)


def test_a_failure_of_our_own_forbids_it_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail() -> str:
        raise RuntimeError

    monkeypatch.setitem(app.view_functions, "web.landing", fail)
    answer = Browser(app).get("/")
    assert (answer.status_code, FORBIDS in answer.headers["Content-Security-Policy"]) == (500, True)


def test_files_of_others_forbid_it_and_run_nothing() -> None:
    assert POLICY_OF_FILES.split("; ") == ["default-src 'none'", FORBIDS, "sandbox"]


def test_every_policy_stands_in_one_place() -> None:
    sources = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    found = [path.name for path in sources if "default-src" in path.read_text(encoding="utf-8")]
    assert found == ["headers.py"]

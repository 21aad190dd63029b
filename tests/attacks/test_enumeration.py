"""Who has an account is told by no page of signing up or in: not by words, headers, or what the database is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity.models import Person
from marketplace.identity.terms import TERMS_VERSION
from tests.builders.identity import Mailbox, make_member, make_organization, make_worker
from tests.builders.statements import statements
from tests.builders.web import Browser

KINDS: Final = ("worker", "client", "subcontractor")
FACES: Final = ("work", "console")
UNKNOWN: Final = "nobody-at-all@example.test"
OWN_WAY: Final = frozenset({"X-Request-Id", "Set-Cookie", "Content-Length"})
_DIFFERENT: Final = re.compile(r'csrf_token" value="[^"]+"')
FEW: Final = 12
"""So many statements more or less are drowned by the mail that is sent either way."""

Told = tuple[int, str, dict[str, str]]


def known_address(session: Session, face: str) -> str:
    actor = make_worker(session) if face == "work" else make_member(session, make_organization(session), "requester")
    return session.scalars(select(Person.email).where(Person.id == actor.person)).one()


def ask(session: Session, app: Flask, start: str, path: str, form: Mapping[str, Any]) -> tuple[Told, int]:
    """What a browser that was never here is told, and how many statements it took."""
    browser = Browser(app)
    browser.get(start)
    with statements(session) as taken:
        answer = browser.post(path, form)
    text = _DIFFERENT.sub("", answer.text).replace(str(form["email"]), "THE ADDRESS")
    headers = {name: value for name, value in answer.headers.items() if name not in OWN_WAY}
    cookies = [cookie.partition("=")[0] for cookie in answer.headers.getlist("Set-Cookie")]
    return (answer.status_code, text, {**headers, "cookies": " ".join(cookies)}), len(taken)


def alike(session: Session, app: Flask, known: str, start: str, path: str, form: Mapping[str, Any]) -> None:
    (first, first_count), (second, second_count) = (
        ask(session, app, start, path, {**form, "email": email}) for email in (known, UNKNOWN)
    )
    assert first == second
    assert "THE ADDRESS" in first[1]
    assert abs(first_count - second_count) <= FEW, (first_count, second_count)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("face", FACES)
def test_signing_up_tells_nobody_whether_the_address_is_known(
    app: Flask, session: Session, mail: Mailbox, kind: str, face: str
) -> None:
    form = {
        "name": "Jo Kim",
        "organization_name": "Street Maps",
        "country": "KE",
        "languages": "en",
        "adult": "yes",
        "terms": TERMS_VERSION,
    }
    alike(session, app, known_address(session, face), f"/sign-up/{kind}", f"/sign-up/{kind}", form)
    assert len(mail.messages) == 2, "each owner of an address is told, and nobody else"


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_that_is_not_right_tells_nobody_either(app: Flask, session: Session, mail: Mailbox, kind: str) -> None:
    known = known_address(session, "work")
    alike(session, app, known, f"/sign-up/{kind}", f"/sign-up/{kind}", {"name": "", "terms": TERMS_VERSION})
    assert mail.messages == []


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("of", FACES)
def test_asking_for_a_code_tells_nobody_whether_the_address_is_known(
    app: Flask, session: Session, mail: Mailbox, face: str, of: str
) -> None:
    alike(session, app, known_address(session, of), f"/{face}/sign-in", f"/{face}/sign-in", {"next": ""})
    assert len(mail.messages) == 2


@pytest.mark.parametrize("face", FACES)
def test_a_wrong_code_tells_nobody_whether_the_address_is_known_or_was_mailed_one(
    app: Flask, session: Session, face: str
) -> None:
    known, code = known_address(session, face), {"code": "2222-2222"}
    start, path = f"/{face}/sign-in", f"/{face}/sign-in/code"
    alike(session, app, known, start, path, code)
    browser = Browser(app)
    browser.get(start)
    browser.post(start, {"email": known})
    for _ in range(6):  # the last ones find the code used up
        alike(session, app, known, start, path, code)


@pytest.mark.parametrize("face", FACES)
def test_asking_too_often_is_refused_alike(app: Flask, session: Session, face: str) -> None:
    known, path = known_address(session, face), f"/{face}/sign-in"
    for _ in range(6):
        alike(session, app, known, path, path, {"next": ""})

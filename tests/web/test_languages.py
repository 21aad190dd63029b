"""In which language an open page comes: by what the browser asks for; what staff and programmers read, in English."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.web.translations import catalog
from tests.builders.identity import make_staff
from tests.builders.web import Browser

ASKED = {"zh-CN,zh;q=0.9": "zh_Hans", "sw-KE,sw;q=0.8,en;q=0.5": "sw", "hi": "hi", "ar-EG,ar": "ar", "de, fr": "en"}


def head(page: str) -> tuple[str, str]:
    found = re.search(r'<html lang="([^"]+)" dir="([^"]+)">', page)
    assert found is not None
    return found[1], found[2]


@pytest.mark.parametrize(("asked", "language"), ASKED.items())
def test_a_page_comes_in_the_language_that_the_browser_asks_for(app: Flask, asked: str, language: str) -> None:
    answer = app.test_client().get("/", headers={"Accept-Language": asked})
    assert head(answer.text) == (language.replace("_", "-"), "rtl" if language == "ar" else "ltr")
    assert {"Accept-Language", "Cookie"} <= set(answer.vary)
    if language != "en":
        assert catalog(language).ugettext("Sign up to work") in answer.text
        assert "Sign up to work" not in answer.text


def test_staff_and_programmers_read_english(session: Session, app: Flask) -> None:
    browser = Browser(app).sign_in(session, make_staff(session, "finance"), "console")
    browser.get("/language/ar")
    for path in ("/console", "/docs"):
        page = browser.get(path).text
        assert head(page) == ("en", "ltr")
        assert "/language/" not in page


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/a/../../b", "javascript:alert(1)", ""])
def test_choosing_a_language_leads_nowhere_else(app: Flask, path: str) -> None:
    answer = app.test_client().get("/language/sw", query_string={"next": path})
    assert answer.headers["Location"] == "/"


def test_an_unknown_language_is_no_page(app: Flask) -> None:
    assert app.test_client().get("/language/xx").status_code == 404

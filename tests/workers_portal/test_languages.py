"""A worker chooses a language on a device, and reads every page in it."""

import re

import pytest
from babel.messages.pofile import read_po

from marketplace.web.translations import LANGUAGES, catalog, path_of
from tests.builders.web import Browser
from tests.web.test_languages import head

PAGES = (
    "/", "/tasks", "/earnings", "/payout-method", "/claims", "/exposure", "/fee-reports", "/decisions", "/standing",
    "/statements", "/teams", "/account",
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_chosen_on_the_device_comes_first(browser: Browser, language: str) -> None:
    page = browser.get("/work/tasks").text
    assert head(page)[0] == "en"
    for code, name in LANGUAGES.items():
        assert (f'/language/{code}?next=/work/tasks" lang="{code.replace("_", "-")}"' in page) is (code != "en")
        assert (f">{name}</a>" in page) is (code != "en")
    chosen = browser.get(f"/language/{language}?next=/work/tasks")
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/work/tasks")
    page = browser.get("/work/tasks").text
    assert head(page)[0] == language.replace("_", "-")
    if language != "en":
        assert catalog(language).ugettext("Find tasks") in page


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_text_of_a_page_stays_english(browser: Browser, language: str) -> None:
    browser.get(f"/language/{language}")
    with path_of(language).open("rb") as file:
        known = {message.id for message in read_po(file, locale=language) if isinstance(message.id, str) and message.id}
    for path in PAGES:
        page = browser.get(f"/work{path}").text
        assert head(page)[0] == language.replace("_", "-")
        shown = {text.strip() for text in re.findall(r">([^<>]+)<", page)}
        assert {text for text in shown & known if catalog(language).ugettext(text) != text} == set(), path

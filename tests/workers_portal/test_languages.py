"""A worker chooses a language on a device, and reads every page in it."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from marketplace.web.translations import LANGUAGES, catalog, path_of
from tests.builders.web import Browser
from tests.web.test_languages import head

SCRIPTS = Path(__file__).parents[2] / "workers_portal"
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


def test_no_language_is_offered_where_choosing_it_would_not_lead_back(browser: Browser) -> None:
    refused = browser.post("/work/payout-method/currency", {"rail": "sandbox", "currency": "USD"})
    assert (refused.status_code, browser.get("/work/payout-method/currency").status_code) == (422, 405)
    assert "/language/" not in refused.text
    assert "/language/" in browser.get("/work/payout-method").text


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


def test_the_drawing_tools_say_nothing_of_their_own() -> None:
    scripts = [*SCRIPTS.glob("widgets/src/*.js"), *SCRIPTS.glob("static/*.js")]
    assert len(scripts) > 9
    for script in scripts:
        code = re.sub(r"(?m)//.*$", "", script.read_text(encoding="utf-8"))
        assert re.findall(r"""["'`][A-Z][a-z]+ [a-z][^"'`]*["'`]""", code) == [], script.name

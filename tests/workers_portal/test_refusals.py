"""What a worker does wrong on a page is said in the worker's language, and to a program in English."""

import re

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, public
from marketplace.protection import decisions
from marketplace.web.translations import TRANSLATED, catalog, path_of
from marketplace.work.claiming import claim_next
from marketplace.work.pause_words import BELOW_FLOOR, pause_words
from tests.builders.web import Browser
from tests.builders.work import claim_and_submit, make_market, open_batch
from tests.workers_portal.conftest import Program

_VALUE = re.compile(r"%\(\w+\)s")


def english_left(answer: TestResponse, language: str) -> set[str]:
    """English texts of the catalog that a page shows, with whatever values."""
    with path_of(language).open("rb") as file:
        known = [message.id for message in read_po(file, locale=language) if isinstance(message.id, str) and message.id]
    said = [text for text in known if catalog(language).ugettext(text) != text]
    # A template of few words, as "one of %(known)s", would be found in what people wrote.
    patterns = [
        ".+".join(re.escape(part) for part in _VALUE.split(text)) for text in said if len(_VALUE.sub("", text)) > 14
    ]
    pattern = re.compile("|".join(patterns))
    shown = {text.strip() for text in re.findall(r">([^<>]+)<", answer.text)}
    return {text for text in shown if pattern.fullmatch(text)}


@pytest.mark.parametrize("language", TRANSLATED)
def test_refusals_on_pages_are_in_the_language_of_the_page(browser: Browser, session: Session, language: str) -> None:
    worker_text = catalog(language).ugettext
    batch = open_batch(session, make_market(session, items_count=3))
    browser.get(f"/work/language/{language}")
    unknown = public("claim", new_id())
    answers = {
        "no such claim": browser.get(f"/work/claims/{unknown}"),
        "no id": browser.get("/work/claims/nothing"),
        "no such batch": browser.get(f"/work/tasks/{public('batch', new_id())}"),
        "a filter": browser.get("/work/tasks?kind=sculpture&order=random&hourly_min=much"),
        "a rail": browser.post("/work/payout-method", {"rail": "nowhere", "destination": "amina"}),
        "a destination": browser.post("/work/payout-method", {"rail": "sandbox", "destination": "  "}),
        "a currency": browser.post("/work/payout-currency", {"rail": "sandbox", "currency": "XYZ"}),
        "limits": browser.post("/work/exposure/limits", {"items_max": "many", "time_zone": "Nowhere/Town"}),
        "a report": browser.post("/work/fee-reports", {"organization": public("organization", new_id()), "how": ""}),
        "an installment": browser.get(f"/work/installments/{public('installment', new_id())}/advance"),
        "a month": browser.get("/work/statements/2027-99"),
        "a decision": browser.post(f"/work/decisions/{public('event', new_id())}/contest", {"reason": "no"}),
        "a verb": browser.post("/work/tasks"),
    }
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code < 400} == {}
    assert {name: left for name, answer in answers.items() if (left := english_left(answer, language))} == {}
    assert worker_text("Not found") in answers["no such claim"].text
    assert worker_text("There is no claim with this id.") in answers["no such claim"].text
    assert worker_text("No such rail") in answers["a rail"].text
    assert batch.state == "open"


@pytest.mark.parametrize("language", TRANSLATED)
def test_work_that_is_not_right_is_refused_in_the_language_of_the_page(
    browser: Browser, session: Session, worker: Actor, language: str
) -> None:
    batch = open_batch(session, make_market(session, items_count=4), items_per_task=2)
    claim = public("claim", claim_next(session, worker, batch.id).id)
    done, _ = claim_and_submit(session, worker, batch)
    browser.get(f"/work/language/{language}")
    browser.get(f"/work/claims/{claim}/items/1")
    wrong = browser.post(f"/work/claims/{claim}/items/1", {"1.label": "splendid", "action": "next"})
    early = browser.post(f"/work/claims/{claim}/submit")
    browser.post(f"/work/claims/{public('claim', done.id)}/skip", {"reason": "too_hard"})
    flashed = browser.get("/work/claims")
    for answer, status in ((wrong, 422), (early, 409), (flashed, 200)):
        assert answer.status_code == status
        assert english_left(answer, language) == set()
    assert catalog(language).ugettext("This is none of the job's classes.") in wrong.text


def test_programs_are_answered_in_english(app: Flask, program: Program) -> None:
    speaking = Program(program.client, {**program.headers, "Accept-Language": "ar"})
    program.client.set_cookie("piecework_language", "ar")
    refused = speaking.get(f"/claims/{public('claim', new_id())}")
    assert (refused.status_code, refused.json["code"], refused.json["title"]) == (404, "not_found", "Not found")
    assert refused.json["detail"] == "There is no claim with this id."


def test_the_words_of_a_pause_are_read_back_for_other_languages() -> None:
    stored = str(BELOW_FLOOR.filled(country="Kenya", hourly="0.40 USD", floor="1.20 USD", hours=12))
    words = pause_words(stored, "KE")
    assert (words, words.template) == (stored, BELOW_FLOOR.template)  # type: ignore[attr-defined]
    assert pause_words("Written by somebody.", None) == "Written by somebody."


def test_every_automatic_decision_is_explained_in_every_language() -> None:
    for explained in decisions.EXPLAINED.values():
        for language in TRANSLATED:
            assert catalog(language).ugettext(explained.words) != explained.words
            assert catalog(language).ugettext(explained.remedy) != explained.remedy

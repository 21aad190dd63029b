"""Texts of the core on pages and in mails: each in its reader's language, and in English for programs."""

import datetime as dt

import pytest
from babel import Locale
from flask import Flask, render_template_string
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity import signin
from marketplace.identity.models import Person
from marketplace.identity.values import country
from marketplace.kernel.money import Money
from marketplace.kernel.ports import Message
from marketplace.kernel.texts import named, say
from marketplace.web.mails import TranslatedMails
from marketplace.web.saying import said_in
from marketplace.web.translations import LANGUAGES, TRANSLATED, catalog
from tests.builders.identity import Mailbox
from tests.builders.web import PUBLIC_URL, Browser
from tests.builders.work import make_worker

HELD = say("You may hold %(held_max)s tasks at once.", held_max=1000)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_put_into_the_language_where_a_page_writes_it(app: Flask, language: str) -> None:
    with app.test_request_context("/work", headers={"Cookie": f"piecework_language={language}"}):
        shown = render_template_string("<p>{{ text }}</p>", text=HELD)
    template = HELD.template if language == "en" else catalog(language).ugettext(HELD.template)
    assert shown == f"<p>{template % {'held_max': '1,000'}}</p>"
    assert (template == HELD.template) is (language == "en")


def test_staff_read_english(app: Flask) -> None:
    with app.test_request_context("/console", headers={"Cookie": "piecework_language=ar"}):
        assert render_template_string("{{ text }}", text=HELD) == "You may hold 1,000 tasks at once."


def test_values_are_as_the_language_has_them() -> None:
    text = say(
        "%(amount)s; %(at)s; %(on)s; %(state)s; %(country)s; %(name)s",
        amount=Money.parse("1234.50", "KES"),
        at=dt.datetime(2027, 3, 1, 9, 30, tzinfo=dt.UTC),
        on=dt.date(2027, 3, 1),
        state=named("redo_requested"),
        country=country("KE"),
        name="Amina",
    )
    assert said_in(text, Locale("sw")) == (
        "1,234.50 KES; 1 Mac 2027, 09:30 UTC; 1 Mac 2027; imeombwa kurudiwa; Kenya; Amina"
    )
    assert said_in(text, Locale.parse("zh_Hans")).endswith("要求返工; 肯尼亚; Amina")


def test_what_somebody_wrote_is_never_a_template(app: Flask) -> None:
    written = {"organization": "<b>%(x)s", "until": "now", "reason": "100 %"}
    with app.test_request_context("/work"):
        text = say("%(organization)s has blocked you here until %(until)s: %(reason)s", **written)
        assert render_template_string("{{ text }}", text=text) == "&lt;b&gt;%(x)s has blocked you here until now: 100 %"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_sign_in_mail_comes_in_the_language_of_the_page(app: Flask, session: Session, language: str) -> None:
    worker = make_worker(session)
    address = session.scalars(select(Person.email).where(Person.id == worker.person_id)).one()
    mail = Mailbox()
    signin.request_sign_in(session, TranslatedMails(mail), address, "work", PUBLIC_URL, language=language)
    assert mail.last.subject == catalog(language).ugettext("Signing in to Piecework") != "Signing in to Piecework"
    assert f"{PUBLIC_URL}/work/sign-in/" in mail.last.text
    assert "Or type this code" not in mail.last.text


def test_a_mail_in_no_language_of_ours_is_english() -> None:
    mail = Mailbox()
    TranslatedMails(mail).send(Message("a@example.test", HELD, "as it is", "de"))
    assert (mail.last.subject, mail.last.text) == ("You may hold 1,000 tasks at once.", "as it is")


def test_the_language_that_was_chosen_is_kept_for_mails(app: Flask, session: Session) -> None:
    worker = make_worker(session)
    language = select(Person.language).where(Person.id == worker.person_id)
    browser = Browser(app)
    browser.get("/language/hi")
    browser.sign_in(session, worker, "work")
    assert session.scalar(language) == "hi"
    browser.get("/work/language/sw?next=/work")
    assert session.scalar(language) == "sw"


def test_forms_name_countries_and_languages_in_the_language_of_the_page(app: Flask) -> None:
    page = app.test_client().get("/sign-up/worker", headers={"Accept-Language": "zh-CN"}).text
    assert '<option value="KE">肯尼亚</option>' in page
    assert "斯瓦希里语" in page

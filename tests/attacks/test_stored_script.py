"""Script in whatever people can write is text on every page that shows it.

The columns that hold people's words are filled with markup after the tour, each with its own name in it; then somebody
of each role looks at every kind of page that links lead to. `tests/browser/test_stored_script.py` types it in.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from marketplace.db.engine import make_engine
from marketplace.db.personal import ERASED, declared_personal
from marketplace.db.registry import load_personal
from marketplace.kernel.actor import Actor
from tests.attacks.conftest import Played
from tests.attacks.words import JSON_WORDS, SHOWN, WORDS
from tests.builders.web import Browser
from tests.keys import KEYS
from tests.server import Server

NOT_WORDS: Final = frozenset({"api_key.hint", "invitation.email", "team_invitation.email"})
"""Erased with a person, yet made by the program, or an address, in which no markup can stand."""
BUNDLE: Final = "application/vnd.piecework.bundle"
PAGES_OF_A_KIND: Final = 2
_MARKER: Final = re.compile(r'<script>alert\("(\w+\.\w+)"\)</script>')
_RUNS: Final = re.compile(r"\s*(javascript|data):", re.IGNORECASE)
_NAME: Final = re.compile(r"[a-zA-Z][\w:.-]*")


def hurt(column: str) -> str:
    """Markup that would run in a text, in an attribute of either quotes, and in a template that is read twice."""
    return f""" <script>alert("{column}")</script>"'><img src=x onerror=alert(1)>{{{{7*7}}}}</textarea></title>"""


def named(columns: Mapping[str, Iterable[str]]) -> set[str]:
    """`table.column` for each."""
    return {f"{table}.{column}" for table, some in columns.items() for column in some}


@pytest.fixture
def session(server: Server) -> Iterator[Session]:
    """A superuser's, who can put words where the program itself can write only once."""
    name = server.clone()
    engine = make_engine(server.admin_url(name), application_name="tests as superuser", keys=KEYS)
    try:
        with engine.connect() as connection, connection.begin() as outer:
            with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as made:
                try:
                    with made.begin_nested():
                        made.execute(text("SET LOCAL session_replication_role = replica"))
                        made.execute(text("SET LOCAL session_replication_role = origin"))
                except DBAPIError:
                    pytest.skip("only a superuser can switch the triggers off; this server's owner is none")
                yield made
            outer.rollback()
    finally:
        engine.dispose()
        server.drop(name)


def fill(session: Session) -> None:
    """Put markup into every column of words, where one is."""
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for table, columns in WORDS.items():
        for column in columns:
            session.execute(
                text(f"UPDATE {table} SET {column} = {column} || :hurt WHERE {column} IS NOT NULL"),
                {"hurt": hurt(f"{table}.{column}")},
            )
    for table, columns in JSON_WORDS.items():
        for column in columns:
            kept = session.execute(text(f"SELECT ctid::text, {column} FROM {table} WHERE {column} IS NOT NULL")).all()
            for place, value in kept:
                session.execute(
                    text(f"UPDATE {table} SET {column} = CAST(:value AS jsonb) WHERE ctid = CAST(:place AS tid)"),
                    {"value": json.dumps(filled(value, hurt(f"{table}.{column}"))), "place": place},
                )
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


_CODES: Final = frozenset({"media", "sha256", "id", "kind", "type", "country", "currency", "language", "task"})


def filled(value: Any, marker: str) -> Any:
    """The same with markup in every text that is not a code of ours."""
    if isinstance(value, str):
        return value + marker
    if isinstance(value, list):
        return [filled(one, marker) for one in value]
    if isinstance(value, dict):
        return {name: one if name in _CODES else filled(one, marker) for name, one in value.items()}
    return value


class Looking(HTMLParser):
    """What of a page could run, the links on it, and which columns' markup stands on it as text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[str] = []
        self.links: list[str] = []
        self.shown: set[str] = set()
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._text.append("\n")
        # The bundle in a page to keep is data: no browser runs what is of that type.
        if tag == "script" and given.get("type") != BUNDLE and not (given.get("src") or "").startswith("/"):
            self.runs.append("a script of its own")
        if tag in {"iframe", "object", "embed", "base"} or (tag == "img" and given.get("src") == "x"):
            self.runs.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style" or not _NAME.fullmatch(name):
                self.runs.append(f"{name} of {tag}")
            if name in {"href", "action", "src", "formaction"} and re.match(
                r"\s*(javascript|data):", value or "", re.IGNORECASE
            ):
                self.runs.append(f"{name}={value}")
            self.shown.update(_MARKER.findall(value or ""))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def looked(self, page: str) -> Looking:
        """After reading the page."""
        self.feed(page)
        self.close()
        self.shown.update(_MARKER.findall("".join(self._text)))
        return self


def walk(played: Played, browser: Browser, home: str) -> Iterator[tuple[str, Looking]]:
    """Every kind of page that links lead to from home, some of each kind."""
    addresses, seen, kinds, waiting = played.app.url_map.bind("localhost"), {home}, Counter[str](), [home]
    while waiting:
        path = waiting.pop(0)
        answer = browser.get(path)
        assert answer.status_code in {200, 303, 404, 410, 422}, (path, answer.status_code)
        if answer.mimetype != "text/html":
            answer.close()
            continue
        looked = Looking().looked(answer.text)
        yield path, looked
        for link in looked.links:
            to = urlsplit(urljoin(path, link))
            whole = to.path + (f"?{to.query}" if to.query else "")
            try:
                endpoint = addresses.match(to.path)[0]
            except (HTTPException, RequestRedirect):
                continue
            # Changing the language is a way of its own; lists go on for ever.
            if whole in seen or "language" in endpoint or kinds[endpoint] >= PAGES_OF_A_KIND or "cursor=" in to.query:
                continue
            seen.add(whole)
            kinds[endpoint] += 1
            waiting.append(whole)


def lookers(played: Played) -> dict[str, Actor]:
    """Whoever took part in the story, and one more of each role."""
    story, found = played.story, {}
    for name in ("client", "upper", "lower", "reviewer", "finance", "auditor", "worker"):
        one = getattr(story, name)
        found[name] = played.actor(one.person_id, one.organization_id)
    for name, actor in played.members().items():
        kind, _, role = name.partition(" ")
        role = role.rpartition(" ")[2]
        if (kind, role) in {("platform", "operations"), ("platform", "dispute_decider"), ("client", "reviewer")}:
            found.setdefault(f"{kind} {role}", actor)
    return found


def test_words_of_people_are_text_on_every_page_that_shows_them(played: Played) -> None:
    fill(played.session)
    bad, pages, shown = [], 0, set()
    for who, actor in lookers(played).items():
        home = "/work/" if actor.organization_id is None else "/console"
        for path, looked in walk(played, played.browser(actor), home):
            pages += 1
            shown |= looked.shown
            bad += [f"{who} at {path}: {what}" for what in looked.runs]
    assert bad == []
    assert pages > 100
    assert named(SHOWN) - shown == set(), "shown on no page any more, so not tried"


def test_whatever_erasing_takes_away_is_tried() -> None:
    load_personal()
    words = {
        f"{name}.{column}"
        for name, one in declared_personal().items()
        for column, value in one.erased.items()
        if value == ERASED
    }
    assert words - named(WORDS) - NOT_WORDS == set()

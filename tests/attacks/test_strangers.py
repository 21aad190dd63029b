"""Pages and their forms never show or change what is another's: each address tried by strangers with ids of the tour.

What programs can ask for is tried in `tests/client_api/test_isolation.py`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.registry import load_models
from marketplace.kernel.ids import public
from tests.attacks.conftest import Played
from tests.builders.digests import changed, digests
from tests.builders.routes import noun_of, parts, path_of
from tests.builders.web import Browser
from tests.console.permission_table import TABLE
from tests.workers_portal.permission_table import PAGES

TABLES: Final = {
    "event": "audit_event",
    "period": "period_proposal",
    "session": "web_session",
    "payout_method_change": "payout_destination_change",
    "default": "contract_default",
}
"""Where the ids of a noun stand that no table is called after."""
IDS_TRIED: Final = 3
OPEN_TO_ALL: Final = frozenset(
    {
        "GET /tasks/<batch_id>",
        "GET /tasks/<batch_id>/practice/<int:number>",
        "GET /tasks/<batch_id>/practice/<int:number>/points",
        "POST /tasks/<batch_id>/claim",
        "POST /tasks/<batch_id>/practice/<int:number>",
    }
)
"""Open work is open to every worker whom it is for."""
NOT_ON_THE_TOUR: Final = frozenset({"passkey", "identity_provider", "payout_method_change", "acceptance_mirror"})
"""What the tour leaves none of: the stranger's request names one that nobody has."""
_OWN: Final = re.compile(r"\b[a-z]{3}_[0-7][0-9a-z]{25}\b|\b[0-9a-f]{32}\b|csrf_token\" value=\"[^\"]+")
"""Ids, the number of a request, the token of forms."""


def ids_of(session: Session, noun: str) -> list[str]:
    """Some ids of that noun: of the first, one in the middle and the last."""
    table = load_models().tables[TABLES.get(noun, noun)]
    column = table.primary_key.columns.values()[0]
    found: Sequence[uuid.UUID] = session.scalars(select(column).order_by(column)).all()
    chosen = {found[place] for place in (0, len(found) // 2, -1)} if found else set()
    return sorted(public(noun, one) for one in chosen)


def tried_with(session: Session, address: str) -> list[dict[str, str]]:
    """The ids to put into an address: each of its nouns with one of the tour's."""
    nouns = [noun for part in parts(address) if (noun := noun_of(address, part)) is not None]
    known = {noun: ids_of(session, noun) for noun in nouns}
    for noun in nouns:
        assert known[noun] or noun in NOT_ON_THE_TOUR, f"nothing on the tour is a {noun}"
    return [
        {noun: known[noun][n % len(known[noun])] for noun in nouns if known[noun]}
        for n in range(IDS_TRIED if nouns else 0)
    ]


FILLED: Final = {
    "amount": "1.00",
    "comment": "Because I say so.",
    "currency": "CNY",
    "decision": "overturned",
    "hours": "2",
    "reason": "Because I say so.",
    "response": "Because I say so.",
    "name": "Mine now",
    "severity": "3",
}
"""What forms ask for, so that nothing is refused for a field before it is looked up."""


def told(browser: Browser, method: str, path: str) -> tuple[int, str]:
    """What is answered, with the page that says it where one is sent there, and without what differs every time."""
    answer = browser.get(path) if method == "GET" else browser.post(path, FILLED)
    page = browser.get(answer.location).text if answer.status_code == 303 and answer.location.startswith("/") else ""
    return answer.status_code, _OWN.sub("", answer.text + page)


def strange(browser: Browser, prefix: str, asked_of: Mapping[str, list[dict[str, str]]]) -> tuple[list[str], int]:
    """The requests whose answers tell that an id of the tour is one, and how many were tried."""
    wrong, tried = [], 0
    for operation, asked in asked_of.items():
        method, _, address = operation.partition(" ")
        nothing = told(browser, method, prefix + path_of(address)) if asked else None
        for ids in asked:
            found = told(browser, method, prefix + path_of(address, ids))
            tried += 1
            if found != nothing:
                wrong.append(f"{operation}: {found[0]}, of nothing {nothing and nothing[0]}")
    return wrong, tried


@pytest.mark.parametrize("letter", ["r", "v", "m", "w"])
def test_the_console_answers_a_request_about_what_is_anothers_like_one_about_nothing(
    played: Played, letter: str
) -> None:
    _its_people_are_signed_in(played)
    mine = {
        operation: tried_with(played.session, operation)
        for operation, (permission, letters) in TABLE.items()
        if permission != "public" and (letter in letters or letters == "*")
    }
    browser = played.browser(played.strangers()[letter])
    before = digests(played.session)
    wrong, tried = strange(browser, "/console", mine)
    assert wrong == []
    assert tried > 30
    assert changed(before, digests(played.session)) == set()


def test_workers_pages_answer_a_request_about_what_is_anothers_like_one_about_nothing(played: Played) -> None:
    _its_people_are_signed_in(played)
    mine = {
        operation: tried_with(played.session, operation)
        for operation, permission in PAGES.items()
        if permission != "public" and operation not in OPEN_TO_ALL
    }
    browser = played.browser(played.strangers()["k"])
    before = digests(played.session)
    wrong, tried = strange(browser, "/work", mine)
    assert wrong == []
    assert tried > 50
    assert changed(before, digests(played.session)) == set()


def _its_people_are_signed_in(played: Played) -> None:
    """So that there are sessions of theirs, which strangers might end."""
    for somebody in (played.story.client, played.story.worker):
        played.browser(played.actor(somebody.person_id, somebody.organization_id))

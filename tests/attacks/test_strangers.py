"""Pages and their forms never show or change what is another's: each address tried by strangers with ids of the tour.

What programs can ask for is tried in `tests/client_api/test_isolation.py`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.registry import load_models
from marketplace.kernel.ids import public
from tests.attacks.conftest import Played
from tests.builders.digests import changed, digests
from tests.builders.routes import noun_of, parts, path_of
from tests.builders.web import Browser
from tests.client_api.permission_table import ROLES
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
OPEN_TO_ALL: Final = frozenset({"GET /tasks/<batch_id>", "POST /tasks/<batch_id>/claim"})
"""Open work is open to every worker whom it is for."""
NOT_ON_THE_TOUR: Final = frozenset({"passkey", "identity_provider", "payout_method_change", "acceptance_mirror"})
"""What the tour leaves none of: the stranger's request names one that nobody has."""
_ID: Final = re.compile(r"\b([a-z]{3})_([0-7][0-9a-z]{25})\b")


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


def ask(browser: Browser, method: str, path: str, form: dict[str, Any] | None = None) -> Any:
    return browser.get(path) if method == "GET" else browser.post(path, form)


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


def test_no_page_or_form_of_the_console_knows_the_ids_of_others(played: Played) -> None:
    session = played.session
    strangers = {letter: played.browser(actor) for letter, actor in played.strangers().items() if letter != "k"}
    asked = {operation: tried_with(session, operation.partition(" ")[2]) for operation in TABLE}
    before, wrong, tried = digests(session), [], 0
    for operation, (permission, letters) in TABLE.items():
        if permission == "public":
            continue
        method, _, address = operation.partition(" ")
        for letter, browser in strangers.items():
            for ids in asked[operation]:
                answer = ask(browser, method, "/console" + path_of(address, ids), FILLED)
                expected = 404 if letter in letters or letters == "*" else 403
                tried += 1
                if answer.status_code != expected:
                    wrong.append(f"{operation} by {ROLES[letter]}: {answer.status_code}")
    assert wrong == []
    assert tried > 500
    assert changed(before, digests(session)) == set()


def test_no_page_or_form_of_a_worker_knows_the_ids_of_others(played: Played) -> None:
    session, browser = played.session, played.browser(played.strangers()["k"])
    asked = {operation: tried_with(session, operation.partition(" ")[2]) for operation in PAGES}
    before, wrong, tried = digests(session), [], 0
    for operation, permission in PAGES.items():
        method, _, address = operation.partition(" ")
        if permission == "public" or operation in OPEN_TO_ALL:
            continue
        for ids in asked[operation]:
            answer = ask(browser, method, "/work" + path_of(address, ids), FILLED)
            tried += 1
            if answer.status_code != 404:
                wrong.append(f"{operation}: {answer.status_code} {answer.headers.get('Location', '')} {ids}")
    assert wrong == []
    assert tried > 50
    assert changed(before, digests(session)) == set()

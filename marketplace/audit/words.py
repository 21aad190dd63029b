"""What people wrote, beside the log: a body holds a salted commitment to each text, and the text can be taken away.

A body is for ever; what somebody wrote about somebody is not. So the log has SHA-256 of a domain, 32 random bytes and
the text, which says nothing to who does not know the salt; salt and text stand in `audit_words`, which whoever may read
the event may read too. Once they are deleted, the commitment stays what it was, every proof holds, and nobody can tell
any more whether a text is the one.
"""

import hashlib
import os
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, overload

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditWords
from marketplace.db.personal import ERASED

DOMAIN: Final = b"piecework.audit.words.v1\n"
SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Said:
    """A text in the body of an event, in whose place the log holds a commitment."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A text of an event's body: the JSON pointer of its commitment in `data`, and what opens that."""

    place: str
    salt: bytes
    text: str

    @property
    def commitment(self) -> str:
        """What the log holds of it."""
        return commit(self.salt, self.text)


@overload
def said(text: str) -> Said: ...
@overload
def said(text: None) -> None: ...
@overload
def said(text: str | None) -> Said | None: ...
def said(text: str | None) -> Said | None:
    """For a body: what somebody wrote, None where nobody did."""
    return None if text is None else Said(text)


def commit(salt: bytes, text: str) -> str:
    """SHA-256 over domain, salt and the text's UTF-8, 64 hexadecimal digits."""
    return hashlib.sha256(DOMAIN + salt + text.encode()).hexdigest()


def committed(body: Mapping[str, Any]) -> tuple[dict[str, Any], list[Words]]:
    """The body with commitments in the places of what was said, and what opens them."""
    spoken: list[Words] = []

    def put(text: str, place: str) -> str:
        spoken.append(Words(place, os.urandom(SALT_BYTES), text))
        return spoken[-1].commitment

    replaced: dict[str, Any] = _replace(body, "", put)
    return replaced, spoken


def compared(live: Mapping[str, Any], sealed: Mapping[str, Any], words: Mapping[str, Words]) -> dict[str, Any]:
    """A body as recomputed, with commitments where it says something, under the salts of the sealed one.

    `words` are the event's, by place. Of a text that was taken away the sealed commitment stands: nothing can tell.
    One that is there while its salt is gone is held against none, and differs.
    """

    def put(text: str, place: str) -> Any:
        if text == ERASED:
            return at_place(sealed, place)
        return commit(words[place].salt if place in words else b"", text)

    replaced: dict[str, Any] = _replace(live, "", put)
    return replaced


def at_place(data: Any, place: str) -> Any:
    """What stands at a JSON pointer whose keys need no escapes, None where nothing does."""
    for key in place.split("/")[1:]:
        try:
            data = data[int(key)] if isinstance(data, list) else data[key]
        except (IndexError, KeyError, TypeError, ValueError):
            return None
    return data


def _replace(value: Any, place: str, put: Callable[[str, str], Any]) -> Any:
    if isinstance(value, Said):
        return put(value.text, place)
    if isinstance(value, Mapping):
        return {key: _replace(member, f"{place}/{key}", put) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_replace(member, f"{place}/{number}", put) for number, member in enumerate(value)]
    return value


def words_of(session: Session, event_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Words]]:
    """What was said in these events and was not taken away, by event and place, in the order of places.

    The caller has seen to it that the reader may read the events.
    """
    wanted = (
        select(AuditWords).where(AuditWords.event_id.in_(event_ids)).order_by(AuditWords.event_id, AuditWords.place)
    )
    found: dict[uuid.UUID, dict[str, Words]] = {}
    for row in session.scalars(wanted):
        found.setdefault(row.event_id, {})[row.place] = Words(row.place, bytes(row.salt), row.text)
    return found

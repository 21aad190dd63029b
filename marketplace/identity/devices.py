"""Where somebody is signed in: their sessions, by browser and system in plain words, and ending them. Real time."""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.identity import events
from marketplace.identity.models import WebSession
from marketplace.identity.stepping_up import require_own_sign_in
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say

# In this order: most browsers name those they descend from as well.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Opera", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("UCBrowser/", "UC Browser"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """The browser in which somebody signs in: what it calls itself, and the secret of the session it had before."""

    user_agent: str = ""
    before: str = ""

    @property
    def browser(self) -> str:
        """Its name, "" where none is known; versions and models stay out of it."""
        return _first(_BROWSERS, self.user_agent)

    @property
    def system(self) -> str:
        """What it runs on, "" where that is not known."""
        return _first(_SYSTEMS, self.user_agent)


def is_live() -> ColumnElement[bool]:
    """Whether a session lets its browser in now."""
    return and_(WebSession.revoked_at.is_(None), WebSession.expires_at > func.statement_timestamp())


def own_sessions(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[WebSession]:
    """Where the acting person is signed in now, at either face, the newest sign-in first.

    Raises sign_in_provider_session.
    """
    require_own_sign_in(actor)
    wanted = select(WebSession).where(WebSession.person_id == actor.person, is_live())
    return paginate(session, wanted, keys=[WebSession.id], cursor=cursor, limit=limit, descending=True)


def end_session(session: Session, actor: Actor, session_id: uuid.UUID) -> WebSession:
    """End one session of the acting person at once.

    Raises not_found, also for one that has ended; sign_in_provider_session.
    """
    ended = _end(session, actor, WebSession.id == session_id)
    if not ended:
        raise NOT_FOUND.error(say("There is no session with this id."), noun="session")
    return session.get_one(WebSession, session_id, populate_existing=True)


def end_other_sessions(session: Session, actor: Actor) -> int:
    """End every session of the acting person but this one; returns how many. Raises sign_in_provider_session."""
    return len(_end(session, actor, WebSession.id.is_distinct_from(actor.session_id)))


def _end(session: Session, actor: Actor, which: ColumnElement[bool]) -> list[uuid.UUID]:
    require_own_sign_in(actor)
    ended = sorted(
        session.scalars(
            update(WebSession)
            .where(WebSession.person_id == actor.person, is_live(), which)
            .values(revoked_at=func.statement_timestamp())
            .returning(WebSession.id),
            execution_options={"synchronize_session": False},
        )
    )
    if ended:
        record(
            session,
            events.SESSIONS_ENDED,
            actor,
            subject=("person", actor.person),
            people=[actor.person],
            body={"sessions": [public("session", one) for one in ended]},
        )
    return ended


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for part, name in names if part in user_agent), "")

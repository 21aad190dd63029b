"""Stepping up: what a stolen session or key must not do needs a sign-in of a moment ago. Real time."""

import datetime as dt
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.identity.errors import STEP_UP_REQUIRED
from marketplace.identity.models import WebSession
from marketplace.kernel.actor import Actor
from marketplace.kernel.texts import say

RECENT: Final = dt.timedelta(minutes=15)
"""How long after a sign-in its browser may do what needs one."""


def signed_in_recently(session: Session, actor: Actor) -> bool:
    """Whether the actor signed in, in this very browser, a moment ago; never with a key."""
    if actor.session_id is None:
        return False
    recent = select(WebSession.id).where(
        WebSession.id == actor.session_id,
        WebSession.person_id == actor.person_id,
        WebSession.revoked_at.is_(None),
        WebSession.created_at > func.statement_timestamp() - RECENT,
    )
    return session.scalar(recent) is not None


def require_recent_sign_in(session: Session, actor: Actor) -> None:
    """Raise step_up_required unless the actor signed in a moment ago."""
    if not signed_in_recently(session, actor):
        raise STEP_UP_REQUIRED.error(
            say(
                "Sign in again at the pages: for this a sign-in of the last %(minutes)s minutes is needed, "
                "whatever key or session you hold.",
                minutes=RECENT // dt.timedelta(minutes=1),
            )
        )

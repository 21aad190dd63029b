"""Stepping up: what a stolen session or key must not do needs a sign-in of a moment ago. Real time."""

import datetime as dt
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.identity.errors import PROVIDER_SESSION, STEP_UP_REQUIRED
from marketplace.identity.models import Person, WebSession
from marketplace.kernel.actor import Actor
from marketplace.kernel.texts import say

RECENT: Final = dt.timedelta(minutes=15)
"""How long after a sign-in its browser may do what needs one."""


def require_own_sign_in(actor: Actor) -> None:
    """Raise sign_in_provider_session where a provider vouches: it does for its organization, not for the person."""
    if actor.through_provider:
        raise PROVIDER_SESSION.error("You came in through an organization's identity provider. Sign in anew by mail.")


def address_to_step_up(session: Session, actor: Actor) -> str | None:
    """The actor's address where a sign-in of a moment ago is missing; None where there was one."""
    return None if signed_in_recently(session, actor) else session.get_one(Person, actor.person).email


def signed_in_recently(session: Session, actor: Actor) -> bool:
    """Whether the actor signed in, in this very browser, a moment ago; never with a key.

    Never through an organization's provider either: it may let a browser in without asking anybody anything, and what
    is changed so is the person's, in every organization of theirs.
    """
    if actor.session_id is None:
        return False
    recent = select(WebSession.id).where(
        WebSession.id == actor.session_id,
        WebSession.person_id == actor.person_id,
        WebSession.identity_provider_id.is_(None),
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

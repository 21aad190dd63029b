"""Verifiable invitations: whoever holds the code of one can see, without signing in, who invites for what.

The code is 128 random bits and opens nothing but that view; accepting needs the mailed link or the invited address.
"""

import datetime as dt
import re
import secrets
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.identity.models import Invitation, Organization
from marketplace.identity.permissions import ROLE_NAMES
from marketplace.identity.team_models import Team, TeamInvitation
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.texts import Text, say

_CODE: Final = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Verified:
    """What a code says: who invites, for what, and whether it still stands. Nothing of who is invited."""

    kind: Literal["team", "staff"]
    organization: Organization
    what: str
    state: str
    expires_at: dt.datetime

    @property
    def stands(self) -> bool:
        """Whether it can still be accepted."""
        return self.state == "pending"


def new_code() -> str:
    """A fresh code: 128 random bits, hex."""
    return secrets.token_hex(16)


def address(public_url: str, code: str) -> str:
    """Where people look a code up."""
    return f"{public_url}/verify/{code}"


def in_words(public_url: str, code: str) -> Text:
    """The lines about it in a mail."""
    return say(
        "Whether this invitation is real, who sends it and that it costs nothing, you can see without signing in:\n"
        "%(page)s\n"
        "Nobody may ask you for money in order to work.",
        page=address(public_url, code),
    )


def verify(session: Session, code: str) -> Verified:
    """What the code says. Raises not_found, alike for no code at all and for one that nobody has."""
    found = _staff(session, code) or _team(session, code) if _CODE.fullmatch(code) else None
    if found is None:
        raise NOT_FOUND.error(say("There is no invitation with this code. Do not trust it, and pay nothing."))
    return found


def _staff(session: Session, code: str) -> Verified | None:
    row = session.scalars(select(Invitation).where(Invitation.verify_code == code)).one_or_none()
    if row is None:
        return None
    organization = session.get_one(Organization, row.organization_id)
    state = _state(session, row.state, row.expires_at)
    return Verified("staff", organization, ROLE_NAMES[row.role], state, row.expires_at)


def _team(session: Session, code: str) -> Verified | None:
    row = session.scalars(select(TeamInvitation).where(TeamInvitation.verify_code == code)).one_or_none()
    if row is None:
        return None
    team = session.get_one(Team, row.team_id)
    organization = session.get_one(Organization, team.organization_id)
    state = _state(session, row.state, row.expires_at)
    return Verified("team", organization, team.name, state, row.expires_at)


def _state(session: Session, state: str, expires_at: dt.datetime) -> str:
    return "expired" if state == "pending" and expires_at <= real_now(session) else state

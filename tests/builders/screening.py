"""Skills of an organization and their grants."""

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.identity import skills
from marketplace.identity.models import Skill
from marketplace.identity.skills import Granted
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id


def make_skill(session: Session, actor: Actor, *, code: str | None = None, name: str = "Point clouds") -> Skill:
    """A skill of the actor's organization."""
    code = code or f"skill-{new_id().hex[-8:]}"
    return skills.define_skill(session, actor, code=code, name=name, description="Passed the course.")


def grant_skill(session: Session, actor: Actor, skill: Skill, worker: Actor, *, days: int = 30) -> Granted:
    """The worker has the skill for so many days of the market."""
    ends = market_now(session) + dt.timedelta(days=days)
    return skills.grant(session, actor, skill.id, worker.person, expires_at=ends, reason="Passed the test.")

"""Skills of an organization and their grants; allowing and blocking."""

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from marketplace.contracts.access import RuleDraft, make_rule
from marketplace.contracts.access_queries import RuleView
from marketplace.db import clock
from marketplace.db.clock import market_now
from marketplace.identity import skills
from marketplace.identity.models import Skill
from marketplace.identity.skills import Granted
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import new_id


def make_skill(session: Session, actor: Actor, *, code: str | None = None, name: str = "Point clouds") -> Skill:
    """A skill of the actor's organization."""
    code = code or f"skill-{new_id().hex[-8:]}"
    return skills.define_skill(session, actor, code=code, name=name, description="Passed the course.")


def grant_skill(session: Session, actor: Actor, skill: Skill, worker: Actor, *, days: int = 30) -> Granted:
    """The worker has the skill for so many days of the market."""
    ends = market_now(session) + dt.timedelta(days=days)
    return skills.grant(session, actor, skill.id, worker.person, expires_at=ends, reason="Passed the test.")


def block(session: Session, actor: Actor, subject: Actor, *, days: int = 30, **where: Any) -> RuleView:
    """A block of a worker or an organization, for everything unless `scope` and its id say less."""
    ends = market_now(session) + dt.timedelta(days=days)
    return make_rule(session, actor, _draft("block", subject, expires_at=ends, **where))


def allow(session: Session, actor: Actor, subject: Actor, *, days: int | None = None, **where: Any) -> RuleView:
    """A worker or an organization allowed by name, without an end unless `days` are given."""
    ends = None if days is None else market_now(session) + dt.timedelta(days=days)
    return make_rule(session, actor, _draft("allow", subject, expires_at=ends, **where))


def days_pass(session: Session, days: int) -> None:
    """Move the market's clock."""
    to = clock.market_now(session) + dt.timedelta(days=days)
    clock.advance(session, system_actor("tests"), to, allowed=True)


def _draft(effect: str, subject: Actor, **more: Any) -> RuleDraft:
    worker_id = subject.person if subject.organization_id is None else None
    values = {"scope": "all", "reason": "For a reason.", **more}
    return RuleDraft(effect=effect, worker_id=worker_id, organization_id=subject.organization_id, **values)

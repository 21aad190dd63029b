"""Skills: what an organization says workers can do, and to whom it has granted them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.skills import (
    REASON_EXAMPLE,
    SKILL_EXAMPLE,
    SKILL_GRANT_EXAMPLE,
    ReasonInput,
    SkillGrantInput,
    SkillGrantView,
    SkillInput,
    SkillView,
)
from marketplace.db.paging import Page
from marketplace.identity import skills as verbs
from marketplace.identity.models import Skill
from marketplace.identity.skills import Granted

skills = Theme("skills", "What your organization says workers can do; a job may ask for skills of its client.")


@skills.operation("GET", "/skills", permission="skill.read", query=ListQuery, returns=SkillView, page=True)
def list_skills(query: dict[str, Any]) -> Page[Skill]:
    """List your organization's skills, the newest first."""
    return verbs.list_skills(session(), actor(), **query)


@skills.operation(
    "POST",
    "/skills",
    permission="skill.manage",
    body=SkillInput,
    example=SKILL_EXAMPLE,
    returns=SkillView,
    status=201,
    idempotent=True,
    location="/skills/{id}",
)
def define_skill(body: dict[str, Any]) -> Skill:
    """Define a skill, to be granted to workers and asked for by jobs."""
    return verbs.define_skill(session(), actor(), **body)


@skills.operation("GET", "/skills/{skill_id}", permission="skill.read", returns=SkillView)
def read_skill(skill_id: UUID) -> Skill:
    """Read a skill."""
    return verbs.get_skill(session(), actor(), skill_id)


@skills.operation(
    "GET", "/skills/{skill_id}/grants", permission="skill.read", query=ListQuery, returns=SkillGrantView, page=True
)
def list_skill_grants(query: dict[str, Any], skill_id: UUID) -> Page[Granted]:
    """List everybody who was ever granted the skill, the newest first, with what became of it."""
    return verbs.grants_of(session(), actor(), skill_id, **query)


@skills.operation(
    "POST",
    "/skills/{skill_id}/grants",
    permission="skill.manage",
    body=SkillGrantInput,
    example=SKILL_GRANT_EXAMPLE,
    returns=SkillGrantView,
    status=201,
    idempotent=True,
)
def grant_skill(body: dict[str, Any], skill_id: UUID) -> Granted:
    """Grant a skill to a worker, who reads the reason and when it ends.

    One grant of a skill to a worker is live at a time; revoke it first to grant it with another end.
    """
    return verbs.grant(session(), actor(), skill_id, **body)


@skills.operation(
    "POST",
    "/skill-grants/{skill_grant_id}/revoke",
    permission="skill.manage",
    body=ReasonInput,
    example=REASON_EXAMPLE,
    returns=SkillGrantView,
    refusals=[409],
)
def revoke_skill_grant(body: dict[str, Any], skill_grant_id: UUID) -> Granted:
    """Take a skill back before its end; claims that the worker holds stay theirs."""
    return verbs.revoke(session(), actor(), skill_grant_id, **body)

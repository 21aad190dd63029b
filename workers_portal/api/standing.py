"""What organizations say of one: the skills they granted, the blocks they made."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.contracts import access_queries
from marketplace.contracts.access import contest_rule
from marketplace.identity import skills as skill_verbs
from marketplace.scores import queries as score_queries
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from workers_portal.api import body, wire
from workers_portal.api.paging import page_arguments, page_of
from workers_portal.api.schemas.standing import BlockWire, ContestInput, ScoresWire, SkillWire
from workers_portal.api.schemas.values import ListQuery, Page
from workers_portal.api.themes import standing


@standing.operation("GET", "/skills", permission="skill.read.own", query=ListQuery)
def list_skills() -> Page[SkillWire]:
    """List the skills one was granted, newest first, with reason, end, and what became of them."""
    page = skill_verbs.own_grants(request_session(), current_actor(), **page_arguments())
    return page_of(page, wire.skill)


@standing.operation("GET", "/scores", permission="skill.read.own")
def list_scores() -> ScoresWire:
    """List one's scores by kind of labeling: how well one's answers agree with what is known of the items.

    They are reckoned once a day from the answers of the last 180 days, from 20 of them on; jobs may ask for one.
    """
    scores = score_queries.own_scores(request_session(), current_actor())
    return {"data": [wire.score(one) for one in scores]}


@standing.operation("GET", "/access-rules", permission="access.read.own", query=ListQuery)
def list_blocks() -> Page[BlockWire]:
    """List the blocks that keep one from work now, newest first, with who made them, where, why, until when."""
    page = access_queries.own_blocks(request_session(), current_actor(), **page_arguments())
    return page_of(page, wire.block)


@standing.operation(
    "POST", "/access-rules/{access_rule_id}/contest", permission="access.contest", body=ContestInput, refusals=[409]
)
def contest_block(given: dict[str, Any], access_rule_id: UUID) -> BlockWire:
    """Say once what speaks against a block; who made it and the platform's operations read it."""
    reason = body.text(given, "reason", longest=skill_verbs.TEXT_MAX)
    return wire.block(contest_rule(request_session(), current_actor(), access_rule_id, reason=reason))

"""What organizations say of one: the skills they granted, the blocks they made."""

from __future__ import annotations

from typing import Any

from marketplace.contracts import access_queries
from marketplace.contracts.access import contest_rule
from marketplace.identity import skills as skill_verbs
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from workers_portal.api import blueprint, body, wire
from workers_portal.api.paging import page_arguments, page_of


@blueprint.get("/skills")
@guarded("skill.read.own")
def skills() -> dict[str, Any]:
    """The skills one was granted, newest first, with reason, end, and what became of them."""
    page = skill_verbs.own_grants(request_session(), current_actor(), **page_arguments())
    return page_of(page, wire.skill)


@blueprint.get("/access-rules")
@guarded("access.read.own")
def blocks() -> dict[str, Any]:
    """The blocks that keep one from work now, newest first, with who made them, where, why, until when."""
    page = access_queries.own_blocks(request_session(), current_actor(), **page_arguments())
    return page_of(page, wire.block)


@blueprint.post("/access-rules/<rule_id>/contest")
@guarded("access.contest")
def contest(rule_id: str) -> dict[str, Any]:
    """Say once what speaks against a block; who made it and the platform's operations read it."""
    reason = body.text(body.read_body({"reason"}), "reason", longest=skill_verbs.TEXT_MAX)
    parsed = parse("access_rule", rule_id)
    return wire.block(contest_rule(request_session(), current_actor(), parsed, reason=reason))

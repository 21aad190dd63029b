"""What organizations say of one: the skills they granted."""

from __future__ import annotations

from typing import Any

from marketplace.identity import skills as skill_verbs
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from workers_portal.api import blueprint, wire
from workers_portal.api.paging import page_arguments, page_of


@blueprint.get("/skills")
@guarded("skill.read.own")
def skills() -> dict[str, Any]:
    """The skills one was granted, newest first, with reason, end, and what became of them."""
    page = skill_verbs.own_grants(request_session(), current_actor(), **page_arguments())
    return page_of(page, wire.skill)

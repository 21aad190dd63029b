"""What organizations say of the worker: skills."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from marketplace.identity import skills
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from workers_portal.pages import blueprint


@blueprint.get("/standing")
@guarded("skill.read.own")
def standing() -> ResponseReturnValue:
    """The skills one was granted, with who says so and until when."""
    page = skills.own_grants(request_session(), current_actor(), cursor=request.args.get("cursor"))
    return render_template("work/standing.html", page=page)

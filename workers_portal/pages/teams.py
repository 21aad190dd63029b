"""Teams: invitations to answer, teams to leave."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from marketplace.identity import team_inviting, team_queries
from marketplace.identity import teams as verbs
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from marketplace.web.saying import said
from workers_portal.pages import blueprint


@blueprint.get("/teams")
@guarded("team.join")
def teams() -> ResponseReturnValue:
    """What waits for an answer, and the teams one is in."""
    session, actor = request_session(), current_actor()
    return render_template(
        "work/teams.html",
        offered=team_queries.offered_to(session, actor).data,
        page=team_queries.own_teams(session, actor, cursor=request.args.get("cursor")),
    )


@blueprint.post("/team-invitations/<invitation_id>/accept")
@guarded("team.join")
def accept_team_invitation(invitation_id: str) -> ResponseReturnValue:
    """Join."""
    return _done(team_inviting.accept, parse("team_invitation", invitation_id), _("You are in the team."))


@blueprint.post("/team-invitations/<invitation_id>/decline")
@guarded("team.join")
def decline_team_invitation(invitation_id: str) -> ResponseReturnValue:
    """Say no."""
    return _done(team_inviting.decline, parse("team_invitation", invitation_id), _("Declined."))


@blueprint.post("/teams/<team_id>/leave")
@guarded("team.join")
def leave_team(team_id: str) -> ResponseReturnValue:
    """Leave."""
    return _done(verbs.leave, parse("team", team_id), _("You have left the team. Your work and pay stay yours."))


def _done(verb: Callable[[Session, Actor, UUID], object], identifier: UUID, message: str) -> ResponseReturnValue:
    """Do it, say so, and show the page again; what has changed in the meantime is said there too."""
    try:
        with request_session().begin_nested():
            verb(request_session(), current_actor(), identifier)
        flash(message, "good")
    except DomainError as refusal:
        flash(said(refusal.detail), "bad")
    return redirect(url_for("work.teams"), 303)

"""One's own API keys at a face with pages: issued there, shown once, revoked there."""

import datetime as dt
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.db.clock import real_now
from marketplace.identity import keys, queries
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.faces import Face
from marketplace.web.guard import own_alone, signed_in

NAME_LENGTH_MAX = 100
LIFE = dt.timedelta(days=365)


def make_own_keys(face: Face, frame: str) -> Blueprint:
    """The page of one's own keys at a face, as the blueprint "<face>_keys"; `frame` is the face's page template."""
    blueprint = Blueprint(f"{face.name}_keys", __name__, url_prefix=f"{face.prefix}/keys")

    @blueprint.get("")
    @own_alone
    @signed_in
    def show() -> ResponseReturnValue:
        return page()

    @blueprint.post("")
    @signed_in
    def issue() -> ResponseReturnValue:
        session, actor = request_session(), current_actor()
        name = request.form.get("name", "").strip()[:NAME_LENGTH_MAX]
        _key, secret = keys.issue_key(
            session,
            actor,
            organization_id=actor.organization_id,
            expires_at=real_now(session) + LIFE,
            name=name,
        )
        return page(secret)

    @blueprint.post("/<key>/revoke")
    @signed_in
    def revoke(key: str) -> ResponseReturnValue:
        keys.revoke_key(request_session(), current_actor(), parse("api_key", key))
        flash(_("The key does not work any more."), "good")
        return redirect(url_for(f"{blueprint.name}.show"), HTTPStatus.SEE_OTHER)

    def page(secret: str | None = None) -> str:
        return render_template(
            "own_keys.html",
            frame=frame,
            blueprint=blueprint.name,
            keys=queries.own_keys(request_session(), current_actor()),
            secret=secret,
        )

    return blueprint

"""Keys for the worker API: issued here, shown once, revoked here."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.identity import keys, queries
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import signed_in
from workers_portal.pages import blueprint

NAME_LENGTH_MAX = 80


@blueprint.get("/keys")
@signed_in
def api_keys() -> ResponseReturnValue:
    """One's keys."""
    return _page()


@blueprint.post("/keys")
@signed_in
def issue_key() -> ResponseReturnValue:
    """Issue a key and show it, this once."""
    name = request.form.get("name", "").strip()[:NAME_LENGTH_MAX]
    _, secret = keys.issue_key(request_session(), current_actor(), name=name)
    return _page(secret)


@blueprint.post("/keys/<key_id>/revoke")
@signed_in
def revoke_key(key_id: str) -> ResponseReturnValue:
    """End a key."""
    keys.revoke_key(request_session(), current_actor(), parse("api_key", key_id))
    flash(_("The key does not work any more."), "good")
    return redirect(url_for("work.api_keys"), 303)


def _page(secret: str | None = None) -> str:
    return render_template("work/keys.html", keys=queries.keys_of(request_session(), current_actor()), secret=secret)

"""How the pages are shown to one: with how little data, and with how large letters."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.identity import page_settings
from marketplace.identity.page_settings import PageSettings
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from workers_portal.pages import blueprint
from workers_portal.showing import browser_asks


@blueprint.get("/settings")
@guarded("account.read.own")
def settings() -> ResponseReturnValue:
    """What was chosen."""
    return _page(Form())


@blueprint.post("/settings")
@guarded("account.change.own")
def set_page_settings() -> ResponseReturnValue:
    """Choose anew."""
    form = Form(request.form)
    wanted = PageSettings(form.value("low_data"), form.value("text_size"))
    with form.refusals():
        page_settings.set_page_settings(request_session(), current_actor(), wanted)
    if not form.valid:
        return _page(form)
    flash(_("Saved."), "good")
    return redirect(url_for("work.settings"), 303)


def _page(form: Form) -> ResponseReturnValue:
    chosen = page_settings.page_settings(request_session(), current_actor())
    shown = render_template(
        "work/settings.html",
        form=form,
        chosen=chosen,
        browser_asks=browser_asks(),
    )
    return shown, 200 if form.valid else 422

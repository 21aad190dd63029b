"""What protects the worker: beats of active time, consent to hard content and daily limits."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work import exposure, timing
from workers_portal.pages import blueprint


@blueprint.post("/claims/<claim_id>/heartbeat")
@guarded("work.submit")
def beat(claim_id: str) -> ResponseReturnValue:
    """The workbench says that the worker is at it; see heartbeat.js."""
    seconds = timing.beat(request_session(), current_actor(), parse("claim", claim_id))
    return {"active_seconds": seconds}


@blueprint.get("/exposure")
@guarded("exposure.set.own")
def exposure_page() -> ResponseReturnValue:
    """Hard content: what one agreed to see, and how much of it a day."""
    return _page(Form())


@blueprint.post("/exposure/consents/<int:severity>")
@guarded("exposure.set.own")
def set_consent(severity: int) -> ResponseReturnValue:
    """Agree, or no longer."""
    given = request.form.get("given") == "yes"
    exposure.set_consent(request_session(), current_actor(), severity, given=given)
    flash(_("You can find such tasks now.") if given else _("Such tasks are no longer shown to you."), "good")
    return redirect(url_for("work.exposure_page"), 303)


@blueprint.post("/exposure/limits")
@guarded("exposure.set.own")
def set_limits() -> ResponseReturnValue:
    """One's own limits; an empty field is the platform's."""
    form = Form(request.form)
    with form.refusals():
        exposure.set_limits(
            request_session(),
            current_actor(),
            items_max=_number(form, "items_max"),
            minutes_max=_number(form, "minutes_max"),
            time_zone=form.value("time_zone").strip() or None,
        )
    if not form.valid:
        return _page(form), 422
    flash(_("Saved."), "good")
    return redirect(url_for("work.exposure_page"), 303)


def _number(form: Form, name: str) -> int | None:
    text = form.value(name).strip()
    # What is no number is out of every range, and the refusal stands at its field.
    return int(text) if text.isdecimal() and len(text) < 10 else (-1 if text else None)


def _page(form: Form) -> str:
    found = exposure.own_exposure(request_session(), current_actor())
    return render_template("work/exposure.html", found=found, form=form, severities=exposure.SEVERITIES)

"""Operations: the longest that pay may be deferred, by the country where a worker lives."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import day_of, invalid
from marketplace.identity.values import countries
from marketplace.jobs import payday_setting, paydays
from marketplace.jobs.country_law import Statute
from marketplace.kernel.terms import DeferralLimit
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/deferral-limits")
@guarded("protection.read")
def deferral_limits() -> ResponseReturnValue:
    """The limits that are in force, by country, and the law behind each."""
    return _page(Form())


@blueprint.post("/deferral-limits")
@guarded("payday.manage")
def set_deferral_limit() -> ResponseReturnValue:
    """Set a country's limit from now on, or end it."""
    form = Form(request.form.to_dict())
    with form.refusals():
        limit, statute = _limit(form), _statute(form)
        payday_setting.set_limit(
            request_session(), current_actor(), form.value("country"), limit, form.value("source"), statute
        )
    if not form.valid:
        return _page(form)
    return went_well(_("Set. It binds what is accepted from now on."), "console.deferral_limits")


def _limit(form: Form) -> DeferralLimit | None:
    text = form.value("length").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise invalid("/length", "whole_number", _("A whole number is needed, or nothing to end the limit."))
    return DeferralLimit(int(text), form.value("unit"))


def _statute(form: Form) -> Statute | None:
    name, article, counted_from = (form.value(field).strip() for field in ("statute", "article", "counted_from"))
    if not (name or article or counted_from or form.value("read_on").strip()):
        return None
    return Statute(name, article, counted_from, day_of(form, "read_on"))


def _page(form: Form) -> ResponseReturnValue:
    shown = render_template(
        "console/deferral_limits.html",
        limits=paydays.country_limits(request_session(), current_actor()),
        countries=countries(),
        units=list(payday_setting.LENGTH_MAX),
        form=form,
    )
    return shown, 200 if form.valid else 422

"""Offering a part of a contract to the next layer."""

import datetime as dt
import uuid

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import floors, invalid, whole
from marketplace.contracts import offering
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import RateView, get_contract, rates_of
from marketplace.identity.queries import subcontractors
from marketplace.jobs.models import Job
from marketplace.kernel.ids import parse
from marketplace.kernel.money import Money
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/contracts/<contract>/offer")
@guarded("contract.offer")
def offer_form(contract: str) -> ResponseReturnValue:
    """The form for a part below."""
    return _offer_page(contract, Form())


@blueprint.post("/contracts/<contract>/offer")
@guarded("contract.offer")
def make_offer(contract: str) -> ResponseReturnValue:
    """Offer a part to a subcontractor."""
    session, actor = request_session(), current_actor()
    row = get_contract(session, actor, parse("contract", contract))
    form = Form(request.form.to_dict())
    made: Contract | None = None
    with form.refusals():
        rates = _offered_rates(form, rates_of(session, [row.id])[row.id])
        days = dt.timedelta(days=whole(form, "days"))
        made = offering.offer(session, actor, row.id, _seller(form), rates, expires_in=days)
    if made is None:
        return _offer_page(contract, form)
    return went_well(_("The offer is made."), "console.contract", contract=contract)


def _offer_page(contract: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = get_contract(session, actor, parse("contract", contract))
    job = session.get_one(Job, row.job_id)
    sellers = [one for one in session.execute(subcontractors()) if one.id != actor.organization_id]
    page = render_template(
        "console/offer.html",
        contract=row,
        job=job,
        rates=rates_of(session, [row.id])[row.id],
        floors=floors(job),
        sellers=sorted(sellers, key=lambda one: one.name),
        form=form,
        days=offering.EXPIRES_IN_DEFAULT.days,
    )
    return page, 200 if form.valid else 422


def _offered_rates(form: Form, rates: list[RateView]) -> dict[str, offering.OfferRate]:
    offered = {}
    for rate in rates:
        if form.value(f"items-{rate.code}").strip() in {"", "0"}:
            continue
        price = Money.parse(
            form.value(f"price-{rate.code}").strip(), rate.price.currency, pointer=f"/rates/{rate.code}/price"
        )
        items = whole(form, f"items-{rate.code}", f"/rates/{rate.code}/items")
        offered[rate.code] = offering.OfferRate(price, items)
    return offered


def _seller(form: Form) -> uuid.UUID:
    if not form.value("seller"):
        raise invalid("/seller_organization_id", "required", _("Choose a subcontractor."))
    return parse("organization", form.value("seller"))

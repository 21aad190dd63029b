"""Handovers: who took a contract over offers it to another seller, who sees what passes over, and answers."""

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import invalid, whole
from marketplace.contracts import handover_queries, handovers
from marketplace.contracts.handover_models import Handover
from marketplace.contracts.models import Contract
from marketplace.identity.queries import organization_names, subcontractors
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse, public
from marketplace.lifecycle import handing_over
from marketplace.lifecycle.standing import passes_over, standing
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/handovers")
@guarded("contract.read")
def handover_list() -> ResponseReturnValue:
    """Contracts offered to other sellers as they stand, the newest first."""
    session = request_session()
    page = handover_queries.list_handovers(session, current_actor(), cursor=request.args.get("cursor"))
    contracts = [session.get_one(Contract, row.contract_id) for row in page.data]
    return render_template(
        "console/handovers.html",
        page=page,
        jobs={one.id: session.get_one(Job, one.job_id) for one in contracts},
        names=_names(page.data),
    )


@blueprint.get("/contracts/<contract>/handover")
@guarded("contract.hand_over")
def handover_form(contract: str) -> ResponseReturnValue:
    """What would pass over, and to whom it is offered."""
    return _form_page(contract, Form())


@blueprint.post("/contracts/<contract>/handover")
@guarded("contract.hand_over")
def offer_handover(contract: str) -> ResponseReturnValue:
    """Offer the contract, as it stands, to another seller."""
    form = Form(request.form.to_dict())
    made: Handover | None = None
    with form.refusals():
        days = dt.timedelta(days=whole(form, "days"))
        made = handovers.offer(request_session(), current_actor(), parse("contract", contract), _asked(form), days)
    if made is None:
        return _form_page(contract, form)
    return went_well(_("The contract is offered."), "console.handover", handover=public("handover", made.id))


@blueprint.get("/handovers/<handover>")
@guarded("contract.read")
def handover(handover: str) -> ResponseReturnValue:
    """One offer of a contract, with what passes over while it waits."""
    return _page(handover, Form())


@blueprint.post("/handovers/<handover>/accept")
@guarded("contract.accept")
def accept_handover(handover: str) -> ResponseReturnValue:
    """Sell under the contract from now on."""
    accept = partial(handing_over.accept, terms_digest=request.form.get("terms_digest", ""))
    return _answer(handover, accept, _("Accepted: your organization sells under this contract now."))


@blueprint.post("/handovers/<handover>/decline")
@guarded("contract.accept")
def decline_handover(handover: str) -> ResponseReturnValue:
    """Leave the contract where it is."""
    return _answer(handover, handovers.decline, _("Declined."))


@blueprint.post("/handovers/<handover>/withdraw")
@guarded("contract.hand_over")
def withdraw_handover(handover: str) -> ResponseReturnValue:
    """Take one's own offer back."""
    return _answer(handover, handovers.withdraw, _("The offer is withdrawn."))


def _answer(handover: str, verb: Callable[[Session, Actor, uuid.UUID], Handover], told: str) -> ResponseReturnValue:
    form = Form()
    with form.refusals():
        verb(request_session(), current_actor(), parse("handover", handover))
    return went_well(told, "console.handover", handover=handover) if form.valid else _page(handover, form)


def _page(handover: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = handover_queries.get_handover(session, actor, parse("handover", handover))
    contract = session.get_one(Contract, row.contract_id)
    page = render_template(
        "console/handover.html",
        row=row,
        contract=contract,
        job=session.get_one(Job, contract.job_id),
        stands=passes_over(session, row),
        names=_names([row]),
        sees_contract=actor.is_staff
        or actor.organization_id in {contract.seller_organization_id, contract.buyer_organization_id},
        form=form,
    )
    return page, 200 if form.valid else 422


def _form_page(contract: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = handovers.get_offerable(session, actor, parse("contract", contract))
    sellers = [one for one in session.execute(subcontractors()) if one.id != actor.organization_id]
    page = render_template(
        "console/hand_over.html",
        contract=row,
        job=session.get_one(Job, row.job_id),
        stands=standing(session, row.id),
        sellers=sorted(sellers, key=lambda one: one.name),
        form=form,
        days=handovers.EXPIRES_IN_DEFAULT.days,
    )
    return page, 200 if form.valid else 422


def _asked(form: Form) -> uuid.UUID:
    if not form.value("to"):
        raise invalid("/to_organization_id", "required", _("Choose a subcontractor."))
    return parse("organization", form.value("to"))


def _names(rows: list[Handover]) -> dict[uuid.UUID, str]:
    parties = {row.from_organization_id for row in rows} | {row.to_organization_id for row in rows}
    return organization_names(request_session(), parties)

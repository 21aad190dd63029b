"""Operations: organizations that want in, and how the service stands."""

import datetime as dt
import uuid

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.audit.queries import latest_checkpoint
from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import invalid
from marketplace.db import clock
from marketplace.db.paging import paginate
from marketplace.identity.models import Organization
from marketplace.identity.queries import members
from marketplace.identity.signup import decide_sign_up
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import parse
from marketplace.lifecycle import time
from marketplace.operations.sweep_runs import standings
from marketplace.settlement.queries import next_due_on
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.web.health import readiness


@blueprint.get("/organizations")
@guarded("organization.read")
def sign_ups() -> ResponseReturnValue:
    """Those that wait for a decision, then everybody."""
    session, actor = request_session(), current_actor()
    waiting = list(
        session.scalars(
            select(Organization)
            .where(Organization.state == "pending")
            .order_by(Organization.created_at, Organization.id)
            .limit(200)
        )
    )
    page = paginate(
        session,
        select(Organization),
        keys=[Organization.created_at, Organization.id],
        cursor=request.args.get("cursor"),
        descending=True,
    )
    return render_template(
        "console/organizations.html",
        waiting=waiting,
        people={row.id: members(session, actor, row.id) for row in waiting},
        page=page,
    )


@blueprint.get("/organizations/<organization>")
@guarded("organization.read")
def organization(organization: str) -> ResponseReturnValue:
    """One organization with its people."""
    return _organization_page(parse("organization", organization), Form())


@blueprint.post("/organizations/<organization>/decide")
@guarded("signup.decide")
def decide_organization(organization: str) -> ResponseReturnValue:
    """Approve, reject, suspend or take back."""
    organization_id = parse("organization", organization)
    form = Form(request.form.to_dict())
    with form.refusals():
        decide_sign_up(
            request_session(),
            current_actor(),
            organization_id,
            approve=form.value("decision") == "approve",
            reason=form.value("reason"),
        )
    if not form.valid:
        return _organization_page(organization_id, form)
    return went_well(_("Decided."), "console.organization", organization=organization)


@blueprint.get("/service")
@guarded("sweep.read")
def service() -> ResponseReturnValue:
    """The database, the migrations, the sealer, the clock."""
    return _service_page(Form())


@blueprint.get("/service/sweeps")
@guarded("sweep.read")
def sweeps() -> ResponseReturnValue:
    """Every sweep: its last run, its last error, how long its oldest due row has waited."""
    found = standings(request_session(), get_context().sweeps)
    return render_template("console/sweeps.html", sweeps=found)


@blueprint.post("/service/clock")
@guarded("clock.advance")
def advance_clock() -> ResponseReturnValue:
    """Move market time forward, where no rail moves real money."""
    form = Form(request.form.to_dict())
    session = request_session()
    with form.refusals():
        try:
            day = dt.date.fromisoformat(form.value("day"))
        except ValueError:
            raise invalid("/day", "date_syntax", _("A day such as 2027-02-28 is needed.")) from None
        to = dt.datetime.combine(day, dt.time(0, 1), dt.UTC)
        time.advance(session, current_actor(), to, allowed=get_context().time_may_be_moved)
    if not form.valid:
        return _service_page(form)
    return went_well(_("Market time was moved. The sweeps follow within seconds."), "console.service")


def _organization_page(organization_id: uuid.UUID, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = session.get(Organization, organization_id)
    if row is None:
        raise NOT_FOUND.error("There is no organization with this id.", noun="organization")
    page = render_template(
        "console/organization.html", organization=row, people=members(session, actor, row.id), form=form
    )
    return page, 200 if form.valid else 422


def _service_page(form: Form) -> ResponseReturnValue:
    session = request_session()
    page = render_template(
        "console/service.html",
        parts=readiness(session),
        checkpoint=latest_checkpoint(session),
        market_now=clock.market_now(session),
        real_now=clock.real_now(session),
        next_due_on=next_due_on(session),
        may_move=get_context().time_may_be_moved and current_actor().may("clock.advance"),
        form=form,
    )
    return page, 200 if form.valid else 422

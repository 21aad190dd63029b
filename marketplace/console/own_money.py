"""Finance: the platform's own money, which one person proposes to move and another moves."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.identity.queries import organization_names, person_names
from marketplace.kernel.ids import parse
from marketplace.kernel.money import Money
from marketplace.settlement import own_money as verbs
from marketplace.settlement import own_money_queries as queries
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/own-money")
@guarded("ledger.read")
def own_money() -> ResponseReturnValue:
    """What was proposed and what became of it, and what layers owe that could be given up."""
    return _page(Form())


@blueprint.post("/own-money")
@guarded("own_money.move")
def propose_own_money() -> ResponseReturnValue:
    """Propose to put capital in, take fees out, or give to the guarantee fund."""
    form = Form(request.form.to_dict())
    with form.refusals():
        amount = Money.parse(form.value("amount").strip(), form.value("currency").strip().upper(), pointer="/amount")
        verbs.propose_move(request_session(), current_actor(), form.value("kind"), amount, form.value("reason"))
    return _after(form, _("Proposed. Another person must approve it."))


@blueprint.post("/own-money/write-off")
@guarded("own_money.move")
def propose_write_off() -> ResponseReturnValue:
    """Propose to give up what a layer owes."""
    form = Form(request.form.to_dict())
    with form.refusals():
        noun, debt = [*form.value("debt").split(" "), ""][:2]
        noun = noun if noun == "extra" else "quality_claim"
        debt_id = parse(noun, debt)
        verbs.propose_write_off(request_session(), current_actor(), noun, debt_id, form.value("why"))
    return _after(form, _("Proposed. Another person must approve it."))


@blueprint.post("/own-money/<own_money>/approve")
@guarded("own_money.move")
def approve_own_money(own_money: str) -> ResponseReturnValue:
    """Do what somebody else proposed."""
    form = Form(request.form.to_dict())
    with form.refusals():
        verbs.approve_move(request_session(), current_actor(), parse("own_money_move", own_money))
    return _after(form, _("Approved and done."))


@blueprint.post("/own-money/<own_money>/reject")
@guarded("own_money.move")
def reject_own_money(own_money: str) -> ResponseReturnValue:
    """Give a proposal up."""
    form = Form(request.form.to_dict())
    with form.refusals():
        verbs.reject_move(request_session(), current_actor(), parse("own_money_move", own_money))
    return _after(form, _("Given up; nothing was moved."))


def _after(form: Form, message: str) -> ResponseReturnValue:
    return went_well(message, "console.own_money") if form.valid else _page(form)


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    page = queries.moves(session, actor, cursor=request.args.get("cursor"))
    debts = queries.debts(session, actor)
    people = {person for row in page.data for person in (row.proposed_by, row.decided_by) if person}
    html = render_template(
        "console/own_money.html",
        page=page,
        debts=debts,
        organizations=organization_names(session, {debt.organization_id for debt in debts}),
        names=person_names(session, people),
        form=form,
    )
    return html, 200 if form.valid else 422

"""Deposits: what a client pays in, and takes back unspent; for the platform's staff everybody's."""

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.reads import deposit_balances
from marketplace.identity.queries import organization_names
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes import accounts
from marketplace.rails import deposits, queries, refunds
from marketplace.rails.models import Deposit
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session, transactions
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/money")
@guarded("deposit.read")
def money() -> ResponseReturnValue:
    """What was paid in, the newest first, and what of a client's is tied to no job."""
    return _page(Form())


@blueprint.post("/money")
@guarded("deposit.make")
def pay_in() -> ResponseReturnValue:
    """Pay in over a rail: the order is kept first, then the rail is called outside of any transaction."""
    form = Form(request.form.to_dict())
    rails = get_context().rails
    rail = form.value("rail")
    if rail not in rails:
        abort(404)
    made: Deposit | None = None
    with form.refusals():
        amount = Money.parse(form.value("amount").strip(), form.value("currency").strip().upper(), pointer="/amount")
        with transactions() as session:
            made = deposits.start_deposit(session, current_actor(), rail, amount)
        made = deposits.collect(transactions, rails, made.id)
    if made is None or not form.valid:
        return _page(form)
    if made.state == "refused":
        return went_well(_("The rail refused: %(reason)s", reason=made.reason or ""), "console.money")
    return went_well(_("Ordered. It is listed below."), "console.money")


@blueprint.get("/deposits/<deposit>")
@guarded("deposit.read")
def deposit(deposit: str) -> ResponseReturnValue:
    """One deposit, and what of it went back."""
    return _deposit_page(deposit, Form())


@blueprint.post("/deposits/<deposit>/refunds")
@guarded("deposit.make")
def take_back(deposit: str) -> ResponseReturnValue:
    """Order unspent money back to where it came from; the sweep calls the rail."""
    form = Form(request.form.to_dict())
    session, actor, deposit_id = request_session(), current_actor(), parse("deposit", deposit)
    with form.refusals():
        currency = queries.get_deposit(session, actor, deposit_id).currency
        amount = Money.parse(form.value("amount").strip(), currency, pointer="/amount")
        refunds.order_refund(session, actor, deposit_id, amount)
    if not form.valid:
        return _deposit_page(deposit, form)
    return went_well(_("Ordered. It is on its way back, and listed below."), "console.deposit", deposit=deposit)


def _page(form: Form) -> ResponseReturnValue:
    session, actor, rails = request_session(), current_actor(), get_context().rails
    found = queries.list_deposits(session, actor, cursor=request.args.get("cursor"))
    page = render_template(
        "console/money.html",
        page=found,
        pay_in={row.id: queries.pay_in(rails, row) for row in found.data if _is_own(row)},
        names=organization_names(session, {row.organization_id for row in found.data}) if actor.is_staff else {},
        held=[] if actor.is_staff else deposit_balances(session, actor.organization),
        form=form,
        rails=sorted(rails),
    )
    return page, 200 if form.valid else 422


def _deposit_page(deposit: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = queries.get_deposit(session, actor, parse("deposit", deposit))
    may_take_back = _is_own(row) and row.state == "available" and actor.may("deposit.make")
    page = render_template(
        "console/deposit.html",
        row=row,
        deposit_id=public("deposit", row.id),
        names=organization_names(session, [row.organization_id]),
        refunds=queries.list_refunds(session, actor, deposit_id=row.id, cursor=request.args.get("cursor")),
        pay_in=queries.pay_in(get_context().rails, row) if _is_own(row) else None,
        most=_most_back(row) if may_take_back else None,
        form=form,
    )
    return page, 200 if form.valid else 422


def _most_back(deposit: Deposit) -> Money:
    """What can go back of a deposit at this moment: of it, and of what no job holds."""
    session, account = request_session(), accounts.client_deposits(deposit.organization_id, deposit.currency)
    return min(refunds.refundable(session, deposit), balance(session, account))


def _is_own(deposit: Deposit) -> bool:
    """Whether the reader's organization pays this one; others learn nothing of how it is paid."""
    return deposit.organization_id == current_actor().organization_id

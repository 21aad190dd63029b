"""Finance: the open position of each currency, and the rates at which payees are paid in the one they chose."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.db.clock import market_now
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import parse
from marketplace.kernel.rates import Rate
from marketplace.ledger.balances import open_positions, realized_results
from marketplace.payouts.converting import conversions, pair_positions
from marketplace.payouts.quoting import rates_missing
from marketplace.quotes import queries
from marketplace.quotes.setting import HOURS_MAX, set_rate
from marketplace.reconciliation.conversions import enter_conversion
from marketplace.reconciliation.queries import unexplained
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded

CONVERSIONS_SHOWN = 20


@blueprint.get("/currencies")
@guarded("payout_run.read")
def currencies() -> ResponseReturnValue:
    """What stands open, which rates are missing, and all rates, newest first."""
    return _page(Form())


@blueprint.post("/currencies")
@guarded("rate.set")
def set_exchange_rate() -> ResponseReturnValue:
    """Set a rate from now on."""
    form = Form(request.form.to_dict())
    sold, bought = form.value("sold").strip().upper(), form.value("bought").strip().upper()
    with form.refusals():
        rate = Rate.parse(form.value("rate").strip(), sold, bought)
        set_rate(request_session(), current_actor(), rate, _hours(form))
    if not form.valid:
        return _page(form)
    return went_well(_("Set. Payouts that are prepared from now on are quoted at it."), "console.currencies")


@blueprint.post("/currencies/conversions")
@guarded("reconciliation.match")
def enter_conversion_made() -> ResponseReturnValue:
    """Say that two lines of the bank were one exchange."""
    form = Form(request.form.to_dict())
    with form.refusals():
        lines = [parse("external_line", form.value(name)) for name in ("sold_line", "bought_line")]
        enter_conversion(request_session(), current_actor(), lines[0], lines[1], form.value("reason"))
    if not form.valid:
        return _page(form)
    return went_well(_("Kept. What it closes stands open no more."), "console.currencies")


def _hours(form: Form) -> int:
    text = form.value("valid_hours").strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 4:
        message = f"A whole number of hours from 1 to {HOURS_MAX}."
        raise INVALID.error(message, errors=[FieldError("/valid_hours", "out_of_range", message)])
    return int(text)


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    reads_books, matches = actor.may("ledger.read"), actor.may("reconciliation.match")
    html = render_template(
        "console/currencies.html",
        positions=open_positions(session, actor) if reads_books else [],
        pairs=pair_positions(session) if reads_books else [],
        results=realized_results(session, actor) if reads_books else [],
        conversions=conversions(session, actor, limit=CONVERSIONS_SHOWN).data if reads_books else [],
        took=unexplained(session, actor, came_in=False) if matches else [],
        brought=unexplained(session, actor, came_in=True) if matches else [],
        missing=rates_missing(session),
        page=queries.rates(session, actor, cursor=request.args.get("cursor")),
        now=market_now(session),
        form=form,
    )
    return html, 200 if form.valid else 422

"""Finance's overview: the money of each currency, and the payouts that failed, over all runs."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from marketplace.console.blueprint import blueprint
from marketplace.console.fields import invalid
from marketplace.console.reads import payee_names
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.balances import TrialLine, trial_balance
from marketplace.ledger.chart import Code
from marketplace.ledger.coverage import CASH, coverage
from marketplace.ledger.forecast import cash_forecast
from marketplace.payouts import queries
from marketplace.provenance.margin_report import Filters, MarginSum, margin_sums
from marketplace.provenance.statements import Month
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded

OWED_DAYS: Final = (7, 30, 90)
FAILED: Final = ("refused", "returned", "unknown")
_SHOWN: Final = (*sorted(CASH | {Code.BANK_OPERATING}), Code.HELD, Code.PAYOUTS_IN_FLIGHT)


@dataclass(frozen=True, slots=True)
class MoneyNow:
    """One currency: accounts of cash, of what is held and on its way; what is owed in so many days; this month's
    margins by layer; and the coverage in parts per million. Nothing is owed and there is no coverage where there is no
    forecast.
    """

    currency: str
    accounts: tuple[TrialLine, ...]
    owed: tuple[tuple[int, Money], ...]
    margins: tuple[MarginSum, ...]
    ratio_ppm: int | None


def money_now(session: Session, actor: Actor) -> tuple[Month, list[MoneyNow]]:
    """The month that it is, and the money of each currency; without margin.read no margins. Needs ledger.read."""
    today = market_now(session).date()
    month = Month(today.replace(day=1))
    accounts: defaultdict[str, list[TrialLine]] = defaultdict(list)
    for line in trial_balance(session, actor):
        if line.code in _SHOWN and not line.balance.is_zero:
            accounts[line.currency].append(line)
    margins: defaultdict[str, list[MarginSum]] = defaultdict(list)
    if actor.may("margin.read"):
        for margin in margin_sums(session, actor, "layer", Filters(month=month)).data:
            margins[margin.amount.currency].append(margin)
    forecasts = {one.currency: one for one in cash_forecast(session, actor, max(OWED_DAYS))}
    covered = coverage(session)
    found = []
    # The operating account is no cash for payees: with capital alone a currency has no forecast.
    for currency in sorted(accounts.keys() | forecasts.keys()):
        lines = tuple(sorted(accounts[currency], key=lambda line: line.code))
        owed: tuple[tuple[int, Money], ...] = ()
        ratio = None
        if (one := forecasts.get(currency)) is not None:
            owed = tuple((days, one.owed_until(today + dt.timedelta(days=days))) for days in OWED_DAYS)
            ratio = covered[currency].ratio_ppm
        found.append(MoneyNow(currency, lines, owed, tuple(margins[currency]), ratio))
    return month, found


@blueprint.get("/failed-payouts")
@guarded("payout_run.read")
def failed_payouts() -> ResponseReturnValue:
    """Payouts of all runs that were refused, came back, or have no answer, newest first."""
    session, actor = request_session(), current_actor()
    state = request.args.get("state") or FAILED[0]
    if state not in FAILED:
        raise invalid("/state", "unknown", _("One of %(values)s is needed.", values=", ".join(FAILED)))
    page = queries.payouts(session, actor, state=state, cursor=request.args.get("cursor"))
    return render_template(
        "console/failed_payouts.html",
        state=state,
        states=FAILED,
        page=page,
        names=payee_names(session, [(row.payee_kind, row.payee_id) for row in page.data]),
    )

"""Finance: what will fall due when, against the cash that is there."""

import datetime as dt

from flask import render_template, request
from flask.typing import ResponseReturnValue

from marketplace.console.blueprint import blueprint
from marketplace.db.clock import market_now
from marketplace.ledger import forecast
from marketplace.ledger.chart import DATED_CODES
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded


@blueprint.get("/cash-forecast")
@guarded("ledger.read")
def cash_forecast() -> ResponseReturnValue:
    """By currency and day, workers first."""
    text = request.args.get("days", "")
    days = int(text) if text.isdecimal() and len(text) < 5 else forecast.DAYS_DEFAULT
    session = request_session()
    found = forecast.cash_forecast(session, current_actor(), days)
    today = market_now(session).date()

    def due_range(due_on: dt.date | None) -> dict[str, str]:
        """The due dates of what a row of the forecast has: the first has all before it, the last all after it."""
        if due_on is None:
            return {"due_from": (today + dt.timedelta(days=days + 1)).isoformat()}
        first = {} if due_on <= today else {"due_from": due_on.isoformat()}
        return {**first, "due_until": due_on.isoformat()}

    return render_template(
        "console/cash_forecast.html",
        forecasts=found,
        days=days,
        last=today + dt.timedelta(days=days),
        due_range=due_range,
        dated=DATED_CODES,
    )

"""Finance: what will fall due when, against the cash that is there."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from marketplace.console.blueprint import blueprint
from marketplace.ledger import forecast
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded


@blueprint.get("/cash-forecast")
@guarded("ledger.read")
def cash_forecast() -> ResponseReturnValue:
    """By currency and day, workers first."""
    text = request.args.get("days", "")
    days = int(text) if text.isdecimal() and len(text) < 5 else forecast.DAYS_DEFAULT
    found = forecast.cash_forecast(request_session(), current_actor(), days)
    return render_template("console/cash_forecast.html", forecasts=found, days=days)

"""The ledger's trial balance."""

from collections import defaultdict

from flask import render_template
from flask.typing import ResponseReturnValue

from marketplace.console.blueprint import blueprint
from marketplace.kernel.money import Money
from marketplace.ledger.balances import TrialLine, trial_balance
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded


@blueprint.get("/ledger")
@guarded("ledger.read")
def ledger() -> ResponseReturnValue:
    """The trial balance, a table a currency."""
    by_currency: dict[str, list[TrialLine]] = defaultdict(list)
    for line in trial_balance(request_session(), current_actor()):
        by_currency[line.currency].append(line)
    sums = {
        currency: (
            sum((line.debits for line in lines), Money.zero(currency)),
            sum((line.credits for line in lines), Money.zero(currency)),
        )
        for currency, lines in by_currency.items()
    }
    return render_template("console/ledger.html", lines=by_currency, sums=sums)

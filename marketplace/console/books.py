"""The ledger's trial balance."""

from collections import defaultdict
from collections.abc import Iterable

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
    found = by_currency(trial_balance(request_session(), current_actor()))
    return render_template("console/ledger.html", by_currency=found)


def by_currency(lines: Iterable[TrialLine]) -> dict[str, tuple[list[TrialLine], Money, Money]]:
    """The lines of each currency with the sums of their debits and credits."""
    found: defaultdict[str, list[TrialLine]] = defaultdict(list)
    for line in lines:
        found[line.currency].append(line)
    return {
        currency: (
            of,
            sum((line.debits for line in of), Money.zero(currency)),
            sum((line.credits for line in of), Money.zero(currency)),
        )
        for currency, of in found.items()
    }

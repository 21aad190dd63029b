"""The ledger's trial balance, and what the rails say beside it."""

from collections import defaultdict
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.reads import clients
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import parse
from marketplace.kernel.money import Money
from marketplace.ledger.balances import TrialLine, trial_balance
from marketplace.reconciliation import suspense
from marketplace.reconciliation.queries import discrepancies, external_lines
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
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


@blueprint.get("/reconciliation")
@guarded("reconciliation.read")
def reconciliation() -> ResponseReturnValue:
    """What does not match first, then all lines."""
    return _reconciliation(Form())


def _reconciliation(form: Form) -> str:
    session, actor = request_session(), current_actor()
    return render_template(
        "console/reconciliation.html",
        discrepancies=discrepancies(session, actor),
        page=external_lines(session, actor, cursor=request.args.get("cursor")),
        clients=clients(session) if actor.may("reconciliation.match") else [],
        form=form,
    )


@blueprint.post("/reconciliation/<line>/explain")
@guarded("reconciliation.match")
def explain(line: str) -> ResponseReturnValue:
    """Say what a line was that nothing explained: fee, deposit, refund, dispute, or one to be matched after all."""
    form = Form(request.form.to_dict())
    session, actor, line_id = request_session(), current_actor(), parse("external_line", line)
    kind, reason = form.value("as"), form.value("reason").strip()
    with form.refusals():
        if not reason:
            raise INVALID.error("Say why.", errors=[FieldError("/reason", "required", "Say why: others will ask.")])
        if kind == "fee":
            suspense.explain_as_fee(session, actor, line_id, reason)
        elif kind == "refund":
            suspense.explain_as_refund(session, actor, line_id, _deposit(form), reason)
        elif kind == "dispute":
            suspense.explain_as_chargeback(session, actor, line_id, _deposit(form), reason)
        elif kind == "transit":
            suspense.explain_as_transit(session, actor, line_id, reason)
        elif kind == "moved":
            suspense.explain_as_moved_already(session, actor, line_id, reason)
        elif kind == "again":
            suspense.look_again(session, actor, line_id, reason)
        else:
            suspense.explain_as_deposit(session, actor, line_id, parse("organization", kind), reason)
    return went_well(_("Kept."), "console.reconciliation") if form.valid else (_reconciliation(form), 422)


def _deposit(form: Form) -> UUID:
    if not form.value("deposit").strip():
        raise INVALID.error("Say which deposit.", errors=[FieldError("/deposit", "required", "Say which deposit.")])
    return parse("deposit", form.value("deposit").strip())

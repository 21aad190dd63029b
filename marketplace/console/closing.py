"""Finance: what a month holds, closing it and opening it again, each by two people."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.books import by_currency
from marketplace.db.clock import market_now
from marketplace.identity.queries import person_names
from marketplace.kernel.ids import parse
from marketplace.kernel.terms import months_after
from marketplace.ledger import period_queries as queries
from marketplace.ledger import periods as verbs
from marketplace.ledger.daily_checking import newest_check
from marketplace.reconciliation.open_matters import open_matters
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.csv_files import csv_file
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded

MONTHS_SHOWN: Final = 24


@blueprint.get("/periods")
@guarded("ledger.read")
def periods() -> ResponseReturnValue:
    """The months of late, whether closed, and every proposal."""
    session, actor = request_session(), current_actor()
    page = queries.periods(session, actor, cursor=request.args.get("cursor"))
    views = queries.views(session, page.data)
    last = queries.last_close(session)
    month, first = market_now(session).date().replace(day=1), queries.first_month(session)
    months: list[tuple[str, dt.date, bool]] = []
    while len(months) < MONTHS_SHOWN and first is not None and month >= first:
        months.append((queries.month_text(month), verbs.closable_from(month), last is not None and month <= last.month))
        month = verbs.month_before(month)
    return render_template(
        "console/periods.html",
        months=months,
        today=market_now(session).date(),
        last=last,
        views=views,
        page=page,
        names=_names(views),
    )


@blueprint.get("/periods/<month>")
@guarded("ledger.read")
def period_month(month: str) -> ResponseReturnValue:
    """What one month holds, and what can be done with it."""
    return _month_page(month, Form())


@blueprint.post("/periods/<month>/close")
@guarded("period.close")
def propose_close(month: str) -> ResponseReturnValue:
    """Propose to close it as it stands."""
    form = Form(request.form.to_dict())
    with form.refusals():
        verbs.propose_close(request_session(), current_actor(), month)
    return _after(month, form, _("Proposed. Another person must approve it."))


@blueprint.post("/period-proposals/<period>/reopen")
@guarded("period.close")
def propose_reopen(period: str) -> ResponseReturnValue:
    """Propose to open again what this proposal closed."""
    form, session, closed_id = Form(request.form.to_dict()), request_session(), parse("period", period)
    month = queries.period(session, closed_id).month
    with form.refusals():
        verbs.propose_reopen(session, current_actor(), closed_id, form.value("reason"))
    return _after(month, form, _("Proposed. Another person must approve it."))


@blueprint.post("/period-proposals/<period>/approve")
@guarded("period.close")
def approve_period(period: str) -> ResponseReturnValue:
    """Approve what somebody else proposed: the month is closed, or open again."""
    form, session, proposal_id = Form(request.form.to_dict()), request_session(), parse("period", period)
    view = queries.period(session, proposal_id)
    with form.refusals():
        view = verbs.approve(session, current_actor(), proposal_id)
    said = _("Closed. Nothing is recorded any more that is effective by its end.")
    return _after(view.month, form, said if view.state == "closed" else _("The month is open again."))


@blueprint.post("/period-proposals/<period>/refuse")
@guarded("period.close")
def refuse_period(period: str) -> ResponseReturnValue:
    """Refuse a proposal, or take one's own back."""
    form, session, proposal_id = Form(request.form.to_dict()), request_session(), parse("period", period)
    month = queries.period(session, proposal_id).month
    with form.refusals():
        verbs.refuse(session, current_actor(), proposal_id, form.value("reason"))
    return _after(month, form, _("Refused; the month stays as it is."))


@blueprint.get("/period-proposals/<period>/file")
@guarded("ledger.read")
def period_file(period: str) -> Response:
    """The trial balance of a close as CSV, with its digest and the log's signed head at its end."""
    actor = current_actor()
    view = queries.close_view(request_session(), actor, parse("period", period))
    proposal_id = view.proposal.id
    return csv_file(f"trial-balance-{view.month}", lambda session: queries.close_csv(session, actor, proposal_id))


def _after(month: str, form: Form, message: str) -> ResponseReturnValue:
    return went_well(message, "console.period_month", month=month) if form.valid else _month_page(month, form)


def _month_page(month: str, form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    first = verbs.first_of(month)
    page = queries.periods(session, actor, month=first, cursor=request.args.get("cursor"))
    views = queries.views(session, page.data)
    undecided = queries.undecided(session)
    waiting = undecided if undecided is not None and undecided.proposal.month == first else None
    in_force = queries.close_of(session, first)
    closed = None if in_force is None else in_force.closed
    balance = verbs.month_balance(session, actor, month) if in_force is None else None
    lines = balance.lines if balance else queries.balance_at_close(session, in_force.proposal.id) if in_force else ()
    html = render_template(
        "console/period.html",
        month=month,
        first=first,
        last_day=months_after(first, 1) - dt.timedelta(days=1),
        digest=None if balance is None else balance.digest,
        by_currency=by_currency(lines),
        matters=open_matters(session, actor, first, get_context().rails),
        check=newest_check(session),
        closable_from=verbs.closable_from(first),
        today=market_now(session).date(),
        waiting=waiting,
        in_force=in_force,
        checkpoint=None if closed is None else queries.checkpoint_of(session, closed),
        last=queries.last_close(session),
        supersedes=undecided is not None and waiting is None,
        views=views,
        page=page,
        names=_names([*views, *(view for view in (waiting, in_force) if view)]),
        form=form,
    )
    return html, 200 if form.valid else 422


def _names(views: Sequence[queries.PeriodView]) -> dict[UUID, str]:
    people = {view.proposal.proposed_by for view in views}
    people |= {view.closed.closed_by for view in views if view.closed}
    people |= {view.reopened.reopened_by for view in views if view.reopened}
    people |= {view.refusal.refused_by for view in views if view.refusal}
    return person_names(request_session(), people)

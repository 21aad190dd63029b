"""Reconciliation: how much is explained, what is not and whose it is, what lines were taken for, and all lines."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import day_of, invalid
from marketplace.console.reads import clients
from marketplace.identity.queries import person_names
from marketplace.kernel.ids import parse
from marketplace.reconciliation import by_hand, queries, suspense
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.match_queries import line_matches, payouts_of
from marketplace.reconciliation.measuring import reconciliation_days, together
from marketplace.reconciliation.queries import discrepancies, external_lines
from marketplace.reconciliation.setting_aside import give_owner
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded

MATCHES_SHOWN = 20


@blueprint.get("/reconciliation")
@guarded("reconciliation.read")
def reconciliation() -> ResponseReturnValue:
    """What does not match first, then what was matched without a reference, then all lines."""
    return _page(Form())


@blueprint.get("/reconciliation/days/<day>/<rail>/<currency>")
@guarded("reconciliation.read")
def lines_of_day(day: str, rail: str, currency: str) -> ResponseReturnValue:
    """The lines of one day of a rail's account in a currency."""
    of = day_of(Form({"day": day}), "day")
    page = queries.lines_of_day(
        request_session(), current_actor(), rail, currency, of, cursor=request.args.get("cursor")
    )
    return render_template("console/reconciliation_day.html", day=of, rail=rail, currency=currency, page=page)


@blueprint.post("/reconciliation/<line>/explain")
@guarded("reconciliation.match")
def explain(line: str) -> ResponseReturnValue:
    """Say what a line was that nothing explained; above the limit another person must agree."""
    form = Form(request.form.to_dict())
    session, actor, line_id = request_session(), current_actor(), parse("external_line", line)
    kind, reason, done = form.value("as"), form.value("reason").strip(), True
    with form.refusals():
        if not reason:
            raise invalid("/reason", "required", "Say why: others will ask.")
        if kind == "dispute":
            suspense.explain_as_chargeback(session, actor, line_id, _deposit(form), reason)
        elif kind == "again":
            suspense.look_again(session, actor, line_id, reason)
        else:
            done = by_hand.propose_match(session, actor, line_id, _said(form, kind, reason), _alone()).state == "done"
    return _after(form, _("Kept.") if done else _("Proposed: another person must agree."))


@blueprint.post("/reconciliation/<line>/owner")
@guarded("reconciliation.match")
def take_over_line(line: str) -> ResponseReturnValue:
    """Look after a line oneself."""
    form, actor = Form(request.form.to_dict()), current_actor()
    with form.refusals():
        give_owner(request_session(), actor, parse("external_line", line), actor.person)
    return _after(form, _("It is yours to explain."))


@blueprint.post("/reconciliation/matches/<match>/approve")
@guarded("reconciliation.match")
def approve_match(match: str) -> ResponseReturnValue:
    """Agree to what somebody else said of a line, or to undoing it."""
    form = Form(request.form.to_dict())
    with form.refusals():
        by_hand.approve_match(request_session(), current_actor(), parse("line_match", match))
    return _after(form, _("Booked."))


@blueprint.post("/reconciliation/matches/<match>/reject")
@guarded("reconciliation.match")
def reject_match(match: str) -> ResponseReturnValue:
    """Give up what was proposed, or an undoing."""
    form = Form(request.form.to_dict())
    with form.refusals():
        by_hand.reject_match(request_session(), current_actor(), parse("line_match", match))
    return _after(form, _("Given up."))


@blueprint.post("/reconciliation/matches/<match>/undo")
@guarded("reconciliation.match")
def undo_match(match: str) -> ResponseReturnValue:
    """Say that a line was taken for the wrong thing."""
    form, done = Form(request.form.to_dict()), True
    with form.refusals():
        row = by_hand.undo_match(
            request_session(), current_actor(), parse("line_match", match), form.value("reason"), _alone()
        )
        done = row.state == "undone"
    return _after(form, _("Undone: the line stands on 2900 again.") if done else _("Another person must agree."))


def _said(form: Form, kind: str, reason: str) -> by_hand.Said:
    if kind == "payouts":
        return by_hand.Said(kind, reason, [parse("payout", text) for text in form.value("payouts").split()])
    if kind == "refund":
        return by_hand.Said(kind, reason, deposit_id=_deposit(form))
    if kind in {"fee", "transit", "moved_already"}:
        return by_hand.Said(kind, reason)
    return by_hand.Said("deposit", reason, organization_id=parse("organization", kind))


def _deposit(form: Form) -> UUID:
    if not form.value("deposit").strip():
        raise invalid("/deposit", "required", "Say which deposit.")
    return parse("deposit", form.value("deposit").strip())


def _alone() -> by_hand.Alone:
    return by_hand.Alone(get_context().settings.reconciliation_alone_max)


def _after(form: Form, message: str) -> ResponseReturnValue:
    return went_well(message, "console.reconciliation") if form.valid else (_page(form), 422)


def _page(form: Form) -> str:
    session, actor = request_session(), current_actor()
    found, days = discrepancies(session, actor), reconciliation_days(session, actor)
    waiting = [
        row for state in ("proposed", "undo_asked") for row in line_matches(session, actor, state=state, limit=100).data
    ]
    matches = [row for row in line_matches(session, actor, limit=MATCHES_SHOWN).data if row not in waiting]
    return render_template(
        "console/reconciliation.html",
        discrepancies=found,
        waiting=waiting,
        waiting_lines={row.line_id for row in waiting},
        matches=matches,
        payouts=payouts_of(session, [row.id for row in [*waiting, *matches]]),
        days=days,
        sum=together(days),
        names=person_names(session, _people([*waiting, *matches]) | {one.owner_id for one in found if one.owner_id}),
        page=external_lines(session, actor, cursor=request.args.get("cursor")),
        clients=clients(session) if actor.may("reconciliation.match") else [],
        form=form,
    )


def _people(rows: list[LineMatch]) -> set[UUID]:
    named = {one for row in rows for one in (row.proposed_by, row.decided_by, row.undo_asked_by, row.undone_by)}
    return {one for one in named if one is not None}

"""The overview: what waits for this person, each number a way to its page."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.audit.queries import pending_count
from marketplace.console.blueprint import blueprint
from marketplace.console.overseeing import money_now
from marketplace.console.reads import deposit_balances
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import visible_to as contract_visible_to
from marketplace.contracts.states import LIVE
from marketplace.identity.models import Organization
from marketplace.identity.queries import organization_names, waiting_sign_ups
from marketplace.identity.signin import switch_organization
from marketplace.jobs.models import Job
from marketplace.jobs.queries import list_jobs
from marketplace.jobs.queries import visible_to as job_visible_to
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse
from marketplace.lifecycle import silence
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.rails import refund_absence
from marketplace.rails.bank_refusals import stopped_payees
from marketplace.reconciliation.models import ExternalLine
from marketplace.settlement.models import Installment
from marketplace.settlement.queries import visible_to as installment_visible_to
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.faces import CONSOLE
from marketplace.web.formatting import money
from marketplace.web.guard import signed_in
from marketplace.work.dispute_models import Dispute
from marketplace.work.review_queries import dispute_visible_to
from marketplace.work.review_queue import queue

QUEUE_SHOWN_MAX = 100
COUNTED_MAX = 1_000
"""More than so many are not counted: the number would take the longer the more there are."""
JOBS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """A number and where it leads."""

    text: str
    figure: str
    endpoint: str
    hint: str = ""


@blueprint.get("")
@signed_in
def home() -> ResponseReturnValue:
    """What waits for this person."""
    actor = current_actor()
    session = request_session()
    organization = session.get(Organization, actor.organization)
    newest = list_jobs(session, actor, limit=JOBS_SHOWN).data if actor.may("job.read") else []
    month, monies = money_now(session, actor) if actor.may("ledger.read") else (None, [])
    warned = silence.warned(session, actor) if actor.may("default.read") else []
    return render_template(
        "console/home.html",
        tiles=list(_tiles(session, actor)),
        organization=organization,
        month=month,
        monies=monies,
        jobs=newest,
        warned=warned,
        names=organization_names(session, {one.organization_id for one in warned}),
    )


@blueprint.post("/organization")
@signed_in
def change_organization() -> ResponseReturnValue:
    """Go on for another organization of the same person."""
    wanted = parse("organization", request.form.get("organization", ""))
    secret = request.cookies.get(CONSOLE.cookie or "", "")
    switch_organization(request_session(), current_actor(), secret, wanted)
    flash(_("You act for another organization now."), "good")
    return redirect(url_for("console.home"), HTTPStatus.SEE_OTHER)


def _tiles(session: Session, actor: Actor) -> Iterator[Tile]:
    if actor.may("review.read"):
        waiting = queue(session, actor, limit=QUEUE_SHOWN_MAX)
        figure = f"{QUEUE_SHOWN_MAX}+" if waiting.has_more else str(len(waiting.data))
        yield Tile(_("Claims waiting for review"), figure, "console.review_queue", _("Oldest first"))
    if actor.may("contract.accept"):
        offers = _count(
            session, Contract.id, Contract.seller_organization_id == actor.organization, Contract.state == "offered"
        )
        yield Tile(_("Offers to answer"), offers, "console.contracts")
    if actor.may("contract.read"):
        mine = (contract_visible_to(actor), Contract.state.in_(LIVE), Contract.layer > 0)
        active = _count(session, Contract.id, *mine)
        yield Tile(_("Active contracts"), active, "console.contracts")
    if actor.may("job.read"):
        jobs = _count(session, Job.id, job_visible_to(actor), Job.state.in_(["open", "paused", "draining"]))
        yield Tile(_("Jobs under way"), jobs, "console.jobs")
    if actor.may("dispute.read"):
        disputes = _count(session, Dispute.id, dispute_visible_to(actor), Dispute.state.in_(["open", "answered"]))
        yield Tile(_("Disputes to decide"), disputes, "console.disputes", _("Silence decides for the worker"))
    if actor.may("deposit.make"):
        for held in deposit_balances(session, actor.organization):
            yield Tile(_("Deposit, not tied to a job"), money(held), "console.money")
    yield from _finance_tiles(session, actor)
    if actor.may("signup.decide"):
        yield Tile(_("Sign-ups to decide"), str(waiting_sign_ups(session)), "console.sign_ups")
    if actor.may("audit.read"):
        yield Tile(_("Events waiting to be sealed"), str(pending_count(session)), "console.audit_log")


def _finance_tiles(session: Session, actor: Actor) -> Iterator[Tile]:
    if actor.may("installment.read"):
        due = _count(session, Installment.id, installment_visible_to(actor), Installment.state == "due")
        yield Tile(_("Installments due"), due, "console.installments")
    if actor.may("payout_run.read"):
        for state, text in (("prepared", _("Runs to approve")), ("approved", _("Runs to execute"))):
            yield Tile(text, _count(session, PayoutRun.id, PayoutRun.state == state), "console.runs")
        lost = len(refund_absence.unanswered(session, actor).data)
        unknown = _count(session, Payout.id, Payout.state == "unknown", beside=lost)
        yield Tile(_("Payouts and refunds without an answer"), unknown, "console.unanswered")
        refused = _count(session, Payout.id, Payout.state == "refused")
        yield Tile(_("Payouts refused"), refused, "console.failed_payouts")
        yield Tile(_("Payees whose bank refused"), str(stopped_payees(session)), "console.refused_by_banks")
    if actor.may("reconciliation.read"):
        unmatched = _count(session, ExternalLine.id, ExternalLine.state == "unmatched")
        yield Tile(_("Lines without a match"), unmatched, "console.reconciliation")


def _count(session: Session, what: InstrumentedAttribute[object], *where: ColumnElement[bool], beside: int = 0) -> str:
    """How many rows there are, with others beside them; of many only that there are more."""
    some = select(what).where(*where).limit(COUNTED_MAX + 1).subquery()
    count = session.scalars(select(func.count()).select_from(some)).one() + beside
    return str(count) if count <= COUNTED_MAX else f"{COUNTED_MAX}+"

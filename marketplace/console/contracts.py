"""A layer's contracts: offers to answer, parts below, tasks, and one's own margin."""

import datetime as dt
import uuid
from collections.abc import Collection

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.reads import own_margins
from marketplace.contracts import default_queries, handover_queries, offering
from marketplace.contracts.floors import pay_floor
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import get_contract, halted, list_contracts, rates_of
from marketplace.contracts.states import LIVE
from marketplace.identity.queries import organization_names
from marketplace.jobs.models import Job
from marketplace.jobs.queries import rates_of as job_rates_of
from marketplace.jobs.screening import in_words
from marketplace.kernel.ids import parse
from marketplace.lifecycle import succeeding
from marketplace.provenance.margins import own_margin
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from marketplace.work import breaker
from marketplace.work.pausing import pauses_of
from marketplace.work.queries import batches
from marketplace.work.skipping import skip_counts

LISTED = 50


@blueprint.get("/contracts")
@guarded("contract.read")
def contracts() -> ResponseReturnValue:
    """Offers that wait first, then all contracts, newest first."""
    session, actor = request_session(), current_actor()
    page = list_contracts(session, actor, cursor=request.args.get("cursor"), limit=LISTED)
    offers = [
        row
        for row in list_contracts(session, actor, states=["offered"], limit=LISTED).data
        if row.seller_organization_id == actor.organization_id
    ]
    shown = [*offers, *page.data]
    return render_template(
        "console/contracts.html",
        page=page,
        offers=offers,
        rates=rates_of(session, [row.id for row in shown]),
        names=_names(shown),
        jobs={row.job_id: session.get_one(Job, row.job_id) for row in shown},
        margins=own_margins(session, actor.organization, [row.id for row in shown]),
    )


@blueprint.get("/contracts/<contract>")
@guarded("contract.read")
def contract(contract: str) -> ResponseReturnValue:
    """One contract: its rate card, its parts below, its tasks, its margin."""
    session, actor = request_session(), current_actor()
    row = get_contract(session, actor, parse("contract", contract))
    job = session.get_one(Job, row.job_id)
    children = list_contracts(session, actor, parent_id=row.id, limit=200).data
    is_seller = row.seller_organization_id == actor.organization_id
    sees_margin = actor.may("margin.read") and row.layer > 0 and (is_seller or actor.organization_kind == "platform")
    opened = batches(session, actor, contract_id=row.id, limit=200).data
    changes = _changes(row.id)
    return render_template(
        "console/contract.html",
        contract=row,
        job=job,
        rates=rates_of(session, [row.id, *(child.id for child in children)]),
        floors={rate.code: pay_floor(job, rate) for rate in job_rates_of(session, job.id)},
        children=children,
        batches=opened,
        skips=skip_counts(session, actor, row.id, limit=LISTED).data,
        pauses=pauses_of(session, [batch.id for batch in opened]),
        names=_names([row, *children], {party for line in changes for party in line[1:3]}),
        changes=changes,
        may_hand_over=row.state in LIVE
        and is_seller
        and actor.may("contract.hand_over")
        and default_queries.took_over(session, row.id, actor.organization),
        screening=in_words(session, job.screening),
        margin=own_margin(session, actor, row.id) if sees_margin else None,
        is_seller=is_seller,
        halted=row.id in halted(session, [row.id]),
        is_buyer=row.buyer_organization_id == actor.organization_id,
        live=LIVE,
        may_declare=row.state in succeeding.DEFAULTABLE
        and row.layer > 0
        and actor.may("contract.default")
        and (is_seller or actor.organization_kind == "platform"),
        breaker=breaker.open_breaker(session, row.id),
    )


@blueprint.post("/contracts/<contract>/accept")
@guarded("contract.accept")
def accept_contract(contract: str) -> ResponseReturnValue:
    """Accept an offer."""
    offering.accept(request_session(), current_actor(), parse("contract", contract))
    return went_well(_("Accepted: the contract is active."), "console.contract", contract=contract)


@blueprint.post("/contracts/<contract>/decline")
@guarded("contract.accept")
def decline_contract(contract: str) -> ResponseReturnValue:
    """Decline an offer."""
    offering.decline(request_session(), current_actor(), parse("contract", contract))
    return went_well(_("Declined."), "console.contracts")


@blueprint.post("/contracts/<contract>/withdraw")
@guarded("contract.offer")
def withdraw_offer(contract: str) -> ResponseReturnValue:
    """Take one's own offer back."""
    offering.withdraw(request_session(), current_actor(), parse("contract", contract))
    return went_well(_("The offer is withdrawn; its items are yours again."), "console.contracts")


def _changes(contract_id: uuid.UUID) -> list[tuple[dt.datetime | None, uuid.UUID, uuid.UUID, str]]:
    """What the reader may know of how a contract came to who sells now: when, from whom, to whom, why; newest first."""
    session, actor = request_session(), current_actor()
    sees = actor.may("default.read")
    told = default_queries.list_defaults(session, actor, contract_id=contract_id).data if sees else []
    passed = handover_queries.list_handovers(session, actor, contract_id=contract_id, states=["accepted"]).data
    lines = [
        *((one.declared_at, one.former_organization_id, one.successor_organization_id, _("Default")) for one in told),
        *((one.decided_at, one.from_organization_id, one.to_organization_id, _("Handed over")) for one in passed),
    ]
    return sorted(lines, key=lambda line: str(line[0]), reverse=True)


def _names(rows: list[Contract], others: Collection[uuid.UUID] = ()) -> dict[uuid.UUID, str]:
    ids = {row.seller_organization_id for row in rows} | {row.buyer_organization_id for row in rows}
    return organization_names(request_session(), ids.union(others))

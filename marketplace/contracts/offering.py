"""Offering a part of a contract to a layer below, and what becomes of the offer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.contracts import caps
from marketplace.contracts.allotting import give_back, take
from marketplace.contracts.errors import OFFER_EXPIRED
from marketplace.contracts.events import (
    CONTRACT_ACCEPTED,
    CONTRACT_DECLINED,
    CONTRACT_EXPIRED,
    CONTRACT_OFFERED,
    CONTRACT_WITHDRAWN,
)
from marketplace.contracts.fee_reports import refuse_frozen_offers
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.moving import move, record_for_parties, take_part
from marketplace.contracts.offer_checks import OfferRate, check_shape, rate_problems, seller_problems
from marketplace.contracts.ordinals import count, spans_of
from marketplace.contracts.paths import lock_contract, refuse_halted
from marketplace.contracts.queries import get_contract, rates_of
from marketplace.contracts.states import CONTRACT, LIVE
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.paydays import calendar_errors
from marketplace.kernel.actor import EVERYTHING, Actor, system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.terms import SettlementTerms

EXPIRES_IN_DEFAULT: Final = dt.timedelta(days=7)

_OFFERABLE: Final = frozenset({"open", "paused"})


def offer(
    session: Session,
    actor: Actor,
    parent_id: UUID,
    seller_organization_id: UUID,
    rates: Mapping[str, OfferRate],
    settlement_terms: SettlementTerms | None = None,
    expires_in: dt.timedelta = EXPIRES_IN_DEFAULT,
) -> Contract:
    """Offer items of a contract one sells under to a subcontractor, at prices no higher than one's own.

    The items leave the parent's free ones at once and come back when the offer is declined,
    withdrawn or runs out. Terms are the parent's unless given. Raises not_found, state_conflict,
    contract_halted, offers_frozen, and with every field error at once: seller_refused, layers_exceeded,
    price_above_parent, price_below_floor, deferral_exceeded, allotment_short.
    """
    actor.require("contract.offer")
    seen = get_contract(session, actor, parent_id)
    _require_seller(actor, seen)
    # The job first (a cancelling must not overtake the offer), then the parent: two offers that
    # race for the last items follow each other here, and the second is refused.
    job = lock_job(session, seen.job_id)
    parent = lock_contract(session, parent_id)
    _require_live(job, parent)
    refuse_halted(session, parent.id)
    refuse_frozen_offers(session, parent.seller_organization_id)
    terms = settlement_terms or parent.terms
    check_shape(rates, expires_in)
    problems = [
        *seller_problems(session, parent, seller_organization_id),
        *caps.layer_problems(job, parent),
        *rate_problems(session, job, parent, rates),
        *caps.deferral_problems(job, terms),
        *((INVALID, error) for error in calendar_errors(session, terms)),
    ]
    caps.refuse(problems)
    now = market_now(session)
    contract = Contract(
        job_id=job.id,
        parent_id=parent.id,
        layer=parent.layer + 1,
        buyer_organization_id=parent.seller_organization_id,
        seller_organization_id=seller_organization_id,
        state="offered",
        settlement_terms=terms.to_wire(),
        version=1,
        offered_at=now,
        expires_at=now + expires_in,
    )
    session.add(contract)
    session.flush()
    _allot(session, parent, contract, rates)
    take_part(session, job.id, seller_organization_id)
    record_for_parties(session, CONTRACT_OFFERED, actor, contract, _offer_body(session, contract))
    return contract


def _allot(session: Session, parent: Contract, contract: Contract, rates: Mapping[str, OfferRate]) -> None:
    for code, rate in sorted(rates.items()):
        taken = take(session, parent.id, code, rate.items, pointer=f"/rates/{code}/items")
        session.add(
            ContractRate(
                contract_id=contract.id,
                rate_code=code,
                job_id=contract.job_id,
                currency=rate.price.currency,
                price_amount=rate.price.amount,
                allotment=taken,
                free=taken,
            )
        )
    session.flush()


def _require_seller(actor: Actor, contract: Contract) -> None:
    if EVERYTHING not in actor.permissions and contract.seller_organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no contract of yours with this id.", noun="contract")


def _require_live(job: Job, parent: Contract) -> None:
    if job.state not in _OFFERABLE:
        raise STATE_CONFLICT.error(f"The job is {job.state}; nothing is offered.", noun="job", current=job.state)
    if parent.state not in {*LIVE, "frozen"}:
        raise STATE_CONFLICT.error(
            f"This contract is {parent.state}; parts are offered while it is active.",
            noun="contract",
            current=parent.state,
        )


def accept(session: Session, actor: Actor, contract_id: UUID) -> Contract:
    """Accept an offer as its seller: the contract is active at once.

    Raises offer_expired, state_conflict, contract_halted, offers_frozen.
    """
    actor.require("contract.accept")
    seen = get_contract(session, actor, contract_id)
    _require_seller(actor, seen)
    job = lock_job(session, seen.job_id)
    contract = lock_contract(session, contract_id)
    CONTRACT.check(contract.state, "accepted")
    if job.state not in _OFFERABLE:
        raise STATE_CONFLICT.error(f"The job is {job.state}; the offer is void.", noun="job", current=job.state)
    now = market_now(session)
    if contract.expires_at is not None and now >= contract.expires_at:
        raise OFFER_EXPIRED.error(f"This offer ran out at {instant(contract.expires_at)}.")
    refuse_halted(session, contract.id)
    refuse_frozen_offers(session, contract.seller_organization_id)
    move(contract, "accepted")
    contract.accepted_at = now
    move(contract, "active")
    session.flush()
    rates = {
        view.code: {"price": view.price.to_wire(), "items": view.items}
        for view in rates_of(session, [contract.id])[contract.id]
    }
    record_for_parties(
        session, CONTRACT_ACCEPTED, actor, contract, {"rates": rates, "settlement_terms": contract.settlement_terms}
    )
    return contract


def decline(session: Session, actor: Actor, contract_id: UUID) -> Contract:
    """Decline an offer as its seller; its items are the parent's again."""
    actor.require("contract.accept")
    seen = get_contract(session, actor, contract_id)
    _require_seller(actor, seen)
    return _end(session, actor, seen, "declined", CONTRACT_DECLINED)


def withdraw(session: Session, actor: Actor, contract_id: UUID) -> Contract:
    """Withdraw an offer as its buyer; its items are the parent's again."""
    actor.require("contract.offer")
    seen = get_contract(session, actor, contract_id)
    if EVERYTHING not in actor.permissions and seen.buyer_organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no offer of yours with this id.", noun="contract")
    return _end(session, actor, seen, "withdrawn", CONTRACT_WITHDRAWN)


def expire(session: Session, limit: int = 100) -> int:
    """End offers that ran out by the market's clock; a sweep. Returns how many ended."""
    due = (
        select(Contract)
        .where(Contract.state == "offered", Contract.expires_at <= market_now(session))
        .order_by(Contract.expires_at)
        .limit(limit)
    )
    ended = 0
    # Locks of several jobs in one transaction are taken in one order by every sweep.
    for seen in sorted(session.scalars(due), key=lambda offered: offered.job_id):
        lock_job(session, seen.job_id)
        # Looked at again under the job's lock: it may have been accepted or ended meanwhile.
        session.refresh(seen)
        if seen.state == "offered":
            _end(session, system_actor("expire_offers"), seen, "expired", CONTRACT_EXPIRED)
            ended += 1
    return ended


def _end(session: Session, actor: Actor, seen: Contract, target: str, event: EventKind) -> Contract:
    lock_job(session, seen.job_id)
    if seen.parent_id is not None:
        lock_contract(session, seen.parent_id)
    contract = lock_contract(session, seen.id)
    CONTRACT.check(contract.state, target)
    move(contract, target)
    for rate in session.scalars(select(ContractRate).where(ContractRate.contract_id == contract.id)):
        assert contract.parent_id is not None
        give_back(session, contract.parent_id, rate.rate_code, rate.allotment)
        rate.free = type(rate.free)([])
    session.flush()
    record_for_parties(session, event, actor, contract, {})
    return contract


def _offer_body(session: Session, contract: Contract) -> dict[str, Any]:
    rows = session.scalars(select(ContractRate).where(ContractRate.contract_id == contract.id))
    rates = {
        row.rate_code: {
            "price": row.price.to_wire(),
            "items": count(row.allotment),
            "ordinals": [list(span) for span in spans_of(row.allotment)],
        }
        for row in rows
    }
    assert contract.expires_at is not None
    return {
        "layer": contract.layer,
        "rates": rates,
        "settlement_terms": contract.settlement_terms,
        "expires_at": instant(contract.expires_at),
    }


__all__ = ["OfferRate", "accept", "decline", "expire", "offer", "withdraw"]

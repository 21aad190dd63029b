"""Handing a contract over: who took it over after a default offers it to a subcontractor, which accepts or declines.

The contract stays the row it is, with its prices, terms, items, children and tasks; what changes with the acceptance
(`lifecycle.handing_over`) is who sells under it.
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.contracts import caps, events
from marketplace.contracts.default_queries import in_default, took_over
from marketplace.contracts.errors import HANDOVER_WAITS, SELLER_REFUSED
from marketplace.contracts.fee_reports import refuse_frozen_offers
from marketplace.contracts.handover_models import Handover
from marketplace.contracts.handover_queries import get_handover
from marketplace.contracts.models import Contract
from marketplace.contracts.moving import take_part
from marketplace.contracts.offer_checks import expiry_errors, seller_problems
from marketplace.contracts.paths import lock_contract, refuse_halted
from marketplace.contracts.queries import get_contract
from marketplace.contracts.recalling import tree_ids
from marketplace.contracts.sellers import former_sellers
from marketplace.contracts.states import HANDOVER, HOLDING, LIVE
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public

EXPIRES_IN_DEFAULT: Final = dt.timedelta(days=7)

_UNDER_WAY: Final = frozenset({"open", "paused", "draining"})


def offer(
    session: Session,
    actor: Actor,
    contract_id: UUID,
    to_organization_id: UUID,
    expires_in: dt.timedelta = EXPIRES_IN_DEFAULT,
) -> Handover:
    """Offer a contract that one's organization took over to a subcontractor, as it stands.

    Raises forbidden, not_found, state_conflict for one that was not taken over or is not under way, contract_halted,
    offers_frozen, handover_waits, invalid, seller_refused.
    """
    seen = get_offerable(session, actor, contract_id)
    if errors := expiry_errors(expires_in):
        raise INVALID.error(errors[0].message, errors=errors)
    # The job first: a default, a recall and another offer of the same contract follow each other here.
    job = lock_job(session, seen.job_id)
    contract = lock_contract(session, contract_id)
    require_taken_over(session, job, contract, actor.organization)
    refuse_halted(session, contract.id)
    refuse_frozen_offers(session, actor.organization)
    caps.refuse(problems(session, contract, to_organization_id))
    now = market_now(session)
    _make_way(session, contract, now)
    handover = Handover(
        contract_id=contract.id,
        from_organization_id=actor.organization,
        to_organization_id=to_organization_id,
        state=HANDOVER.initial,
        offered_at=now,
        expires_at=now + expires_in,
    )
    session.add(handover)
    take_part(session, job.id, to_organization_id)
    session.flush()
    _record(session, events.HANDOVER_OFFERED, actor, contract, handover)
    return handover


def get_offerable(session: Session, actor: Actor, contract_id: UUID) -> Contract:
    """One contract that the actor's organization sells under; raises forbidden, not_found.

    What would pass over names the prices below: its seller alone may read it, its buyer not.
    """
    actor.require("contract.hand_over")
    contract = get_contract(session, actor, contract_id)
    if contract.seller_organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no contract of yours with this id.", noun="contract")
    return contract


def decline(session: Session, actor: Actor, handover_id: UUID) -> Handover:
    """Decline a contract that was offered to one's organization. Raises forbidden, not_found, state_conflict."""
    actor.require("contract.accept")
    seen = get_handover(session, actor, handover_id)
    require_party(actor, seen.to_organization_id)
    return _end(session, actor, seen, "declined", events.HANDOVER_DECLINED)


def withdraw(session: Session, actor: Actor, handover_id: UUID) -> Handover:
    """Withdraw one's own offer. Raises forbidden, not_found, state_conflict."""
    actor.require("contract.hand_over")
    seen = get_handover(session, actor, handover_id)
    require_party(actor, seen.from_organization_id)
    return _end(session, actor, seen, "withdrawn", events.HANDOVER_WITHDRAWN)


def expire_next(session: Session) -> int:
    """Sweep: end one offer that ran out by the market's clock; returns 1 as long as there may be more."""
    due = select(Handover).where(Handover.state == "offered", Handover.expires_at <= market_now(session))
    seen = session.scalars(due.order_by(Handover.expires_at, Handover.id).limit(1)).one_or_none()
    if seen is None:
        return 0
    handover, contract = _held(session, seen)
    if handover.state == "offered":
        _close(session, system_actor("expire_handovers"), contract, handover, "expired", events.HANDOVER_EXPIRED)
    return 1


def end_waiting(session: Session, house: Actor, contract: Contract) -> None:
    """Withdraw the offer that waits for its answer, as the house; the caller holds the contract's lock."""
    if (waiting := _waiting(session, contract)) is not None:
        _close(session, house, contract, waiting, "withdrawn", events.HANDOVER_WITHDRAWN)


def require_party(actor: Actor, organization_id: UUID) -> None:
    """Raise not_found unless the actor acts for the organization."""
    if actor.organization_id != organization_id:
        raise NOT_FOUND.error("There is no handover of yours with this id.", noun="handover")


def require_taken_over(session: Session, job: Job, contract: Contract, organization_id: UUID) -> None:
    """Raise state_conflict unless the organization took the locked contract over by a default and it is under way."""
    # One that was frozen since it was taken over is active again, and no longer "succeeded".
    if job.state not in _UNDER_WAY or contract.state not in LIVE:
        message = f"The job is {job.state} and the contract {contract.state}; what goes on is handed over."
        raise STATE_CONFLICT.error(message, noun="contract", current=contract.state)
    if contract.seller_organization_id != organization_id or not took_over(session, contract.id, organization_id):
        message = "Only who took the contract over after a default, and sells under it, hands it over."
        raise STATE_CONFLICT.error(message, noun="contract", current=contract.state)


def problems(session: Session, contract: Contract, to_organization_id: UUID) -> list[caps.Problem]:
    """Why the organization cannot sell under the locked contract; the job's lock is held."""
    assert contract.parent_id is not None, "the job's own contract is never taken over"
    parent = session.get_one(Contract, contract.parent_id, populate_existing=True)
    found = seller_problems(session, parent, to_organization_id)
    if found:
        return [(spec, FieldError("/to_organization_id", error.code, error.message)) for spec, error in found]
    below = select(Contract.id).where(
        Contract.id.in_(tree_ids(session, contract)),
        Contract.id != contract.id,
        Contract.state.in_(HOLDING),
        Contract.seller_organization_id == to_organization_id,
    )
    message = None
    if session.scalar(select(below.exists())):
        message = "This organization stands in the chain below already."
    elif to_organization_id in former_sellers(session, contract.id):
        message = "This organization sold under the contract before."
    elif in_default(session, to_organization_id):
        message = "This organization is in default with a contract."
    if message is None:
        return []
    return [(SELLER_REFUSED, FieldError("/to_organization_id", SELLER_REFUSED.slug, message))]


def _end(session: Session, actor: Actor, seen: Handover, target: str, event: EventKind) -> Handover:
    handover, contract = _held(session, seen)
    _close(session, actor, contract, handover, target, event)
    return handover


def _held(session: Session, seen: Handover) -> tuple[Handover, Contract]:
    of = session.get_one(Contract, seen.contract_id)
    lock_job(session, of.job_id)
    contract = lock_contract(session, of.id)
    # Answered by two at once: the second comes here and finds it decided.
    return session.get_one(Handover, seen.id, populate_existing=True), contract


def _close(
    session: Session, actor: Actor, contract: Contract, handover: Handover, target: str, event: EventKind
) -> None:
    HANDOVER.check(handover.state, target)
    handover.state, handover.decided_at = target, market_now(session)
    session.flush()
    _record(session, event, actor, contract, handover)


def _waiting(session: Session, contract: Contract) -> Handover | None:
    wanted = select(Handover).where(Handover.contract_id == contract.id, Handover.state == "offered")
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def _make_way(session: Session, contract: Contract, now: dt.datetime) -> None:
    """End an offer that ran out and waits for the sweep; refuse when another still waits."""
    waiting = _waiting(session, contract)
    if waiting is None:
        return
    if waiting.expires_at > now:
        name = public("handover", waiting.id)
        raise HANDOVER_WAITS.error(f"{name} waits for its answer.", handover=name)
    _close(session, system_actor("expire_handovers"), contract, waiting, "expired", events.HANDOVER_EXPIRED)


def _record(session: Session, event: EventKind, actor: Actor, contract: Contract, handover: Handover) -> None:
    record(
        session,
        event,
        actor,
        subject=("handover", handover.id),
        organizations=[handover.from_organization_id, handover.to_organization_id],
        body={
            "job": public("job", contract.job_id),
            "contract": public("contract", contract.id),
            "seller": public("organization", handover.from_organization_id),
            "asked": public("organization", handover.to_organization_id),
            "expires_at": instant(handover.expires_at),
        },
    )

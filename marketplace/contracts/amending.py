"""Amending a rate card: one side of a contract proposes prices, the other accepts or declines.

The new prices are those of tasks opened from then on. Tasks open already, and every claim on them, keep the price
chain that was frozen when they were opened (rule 4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.contracts import events
from marketplace.contracts.amendment_checks import check_shape, problems
from marketplace.contracts.amendment_queries import get_amendment, rates_of_amendments
from marketplace.contracts.caps import refuse
from marketplace.contracts.errors import AMENDMENT_EXPIRED, AMENDMENT_OWN, AMENDMENT_WAITS, CONTRACT_IS_ROOT
from marketplace.contracts.models import Amendment, AmendmentRate, Contract, ContractRate
from marketplace.contracts.paths import lock_contract
from marketplace.contracts.queries import get_contract
from marketplace.contracts.states import AMENDABLE, AMENDMENT
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money

EXPIRES_IN_DEFAULT: Final = dt.timedelta(days=7)


def propose(
    session: Session,
    actor: Actor,
    contract_id: UUID,
    prices: Mapping[str, Money],
    reason: str,
    expires_in: dt.timedelta = EXPIRES_IN_DEFAULT,
) -> Amendment:
    """Propose new prices for some rates of a contract in which one buys or sells.

    While it waits, the proposal binds who made it (see `promises`). Raises not_found, contract_is_root,
    state_conflict, amendment_waits, invalid, and with every field error at once: price_above_parent,
    price_below_floor, price_below_promised.
    """
    actor.require("contract.amend")
    seen = get_contract(session, actor, contract_id)
    side = _side(actor, seen)
    if seen.parent_id is None:
        raise CONTRACT_IS_ROOT.error("The prices of the job's own contract are the job's, and stay as published.")
    job, contract = _locked(session, seen)
    _require_amendable(contract)
    current = {rate.rate_code: rate for rate in _rates(session, contract)}
    reason = check_shape(current, prices, reason, expires_in)
    refuse(problems(session, job, contract, side, prices))
    now = market_now(session)
    _make_way(session, contract, now)
    amendment = Amendment(
        contract_id=contract.id,
        proposed_by=side,
        proposed_by_person_id=actor.person_id,
        reason=reason,
        state=AMENDMENT.initial,
        proposed_at=now,
        expires_at=now + expires_in,
    )
    session.add(amendment)
    session.flush()
    session.add_all(
        AmendmentRate(
            amendment_id=amendment.id,
            rate_code=code,
            contract_id=contract.id,
            currency=price.currency,
            before_amount=current[code].price_amount,
            price_amount=price.amount,
        )
        for code, price in sorted(prices.items())
    )
    session.flush()
    asked = contract.seller_organization_id if side == "buyer" else contract.buyer_organization_id
    more = {
        "reason_commitment": said(reason),
        "expires_at": instant(amendment.expires_at),
        "asked": public("organization", asked),
    }
    _record(session, events.AMENDMENT_PROPOSED, actor, contract, amendment, more)
    return amendment


def accept(session: Session, actor: Actor, amendment_id: UUID) -> Amendment:
    """Accept a proposal of the other side: the contract has its prices from now on.

    Raises not_found, amendment_own, amendment_expired, state_conflict, and what one's own other contracts refuse:
    price_above_parent as the buyer, price_below_promised as the seller.
    """
    amendment, job, contract = _to_answer(session, actor, amendment_id)
    _require_amendable(contract)
    if market_now(session) >= amendment.expires_at:
        raise AMENDMENT_EXPIRED.error(f"This proposal ran out at {instant(amendment.expires_at)}.")
    prices = {rate.rate_code: rate.price for rate in rates_of_amendments(session, [amendment.id])[amendment.id]}
    side = _side(actor, contract)
    # Under the job's lock: an offer below or an amendment beside it, made since the proposal, is seen here.
    refuse(problems(session, job, contract, side, prices))
    kept = problems(session, job, contract, amendment.proposed_by, prices)
    assert not kept, f"amendment {amendment.id} did not bind its proposer: {kept}"
    _end(session, amendment, "accepted")
    for rate in _rates(session, contract):
        if rate.rate_code in prices:
            rate.price_amount = prices[rate.rate_code].amount
    contract.version += 1
    session.flush()
    _record(session, events.AMENDMENT_ACCEPTED, actor, contract, amendment, {})
    return amendment


def decline(session: Session, actor: Actor, amendment_id: UUID) -> Amendment:
    """Decline a proposal of the other side. Raises not_found, amendment_own, state_conflict."""
    amendment, _, contract = _to_answer(session, actor, amendment_id)
    _end(session, amendment, "declined")
    _record(session, events.AMENDMENT_DECLINED, actor, contract, amendment, {})
    return amendment


def withdraw(session: Session, actor: Actor, amendment_id: UUID) -> Amendment:
    """Withdraw one's own side's proposal. Raises not_found, amendment_own for the other side's, state_conflict."""
    amendment, _, contract = _held(session, actor, amendment_id)
    if _side(actor, contract) != amendment.proposed_by:
        raise AMENDMENT_OWN.error("The other side proposed this: accept or decline it.")
    _end(session, amendment, "withdrawn")
    _record(session, events.AMENDMENT_WITHDRAWN, actor, contract, amendment, {})
    return amendment


def expire(session: Session, limit: int = 100) -> int:
    """End proposals that ran out by the market's clock; a sweep. Returns how many ended."""
    due = (
        select(Amendment.id, Contract)
        .join(Contract, Contract.id == Amendment.contract_id)
        .where(Amendment.state == "proposed", Amendment.expires_at <= market_now(session))
        .order_by(Amendment.expires_at)
        .limit(limit)
    )
    ended = 0
    # Locks of several jobs in one transaction are taken in one order by every sweep.
    for amendment_id, contract in sorted(session.execute(due).all(), key=lambda row: row[1].job_id):
        lock_job(session, contract.job_id)
        amendment = session.get_one(Amendment, amendment_id, populate_existing=True)
        if amendment.state == "proposed":
            _expire(session, contract, amendment)
            ended += 1
    return ended


def end_waiting(session: Session, house: Actor, contracts: Sequence[Contract]) -> None:
    """Withdraw what waits for an answer of these contracts, as the house; the caller holds their locks."""
    wanted = select(Amendment).where(
        Amendment.contract_id.in_([contract.id for contract in contracts]), Amendment.state == "proposed"
    )
    of = {contract.id: contract for contract in contracts}
    for amendment in session.scalars(wanted.execution_options(populate_existing=True)).all():
        _end(session, amendment, "withdrawn")
        _record(session, events.AMENDMENT_WITHDRAWN, house, of[amendment.contract_id], amendment, {})


def _side(actor: Actor, contract: Contract) -> str:
    if actor.organization_id == contract.seller_organization_id:
        return "seller"
    if actor.organization_id == contract.buyer_organization_id:
        return "buyer"
    raise NOT_FOUND.error("There is no contract of yours with this id.", noun="contract")


def _locked(session: Session, seen: Contract) -> tuple[Job, Contract]:
    job = lock_job(session, seen.job_id)
    assert seen.parent_id is not None
    lock_contract(session, seen.parent_id)
    return job, lock_contract(session, seen.id)


def _require_amendable(contract: Contract) -> None:
    """Prices change of what is still active; declined or withdrawn a proposal is whatever became of the contract."""
    if contract.state not in AMENDABLE:
        message = f"This contract is {contract.state}; its prices change while it is active or frozen."
        raise STATE_CONFLICT.error(message, noun="contract", current=contract.state)


def _held(session: Session, actor: Actor, amendment_id: UUID) -> tuple[Amendment, Job, Contract]:
    actor.require("contract.amend")
    seen = get_amendment(session, actor, amendment_id)
    of = session.get_one(Contract, seen.contract_id)
    _side(actor, of)
    job, contract = _locked(session, of)
    # Answered by two at once: the second comes here and finds it decided.
    return session.get_one(Amendment, amendment_id, populate_existing=True), job, contract


def _to_answer(session: Session, actor: Actor, amendment_id: UUID) -> tuple[Amendment, Job, Contract]:
    amendment, job, contract = _held(session, actor, amendment_id)
    if _side(actor, contract) == amendment.proposed_by:
        raise AMENDMENT_OWN.error("Your own side proposed this: it can withdraw it, and the other side answers.")
    AMENDMENT.check(amendment.state, "accepted")
    return amendment, job, contract


def _make_way(session: Session, contract: Contract, now: dt.datetime) -> None:
    """End a proposal that ran out and waits for the sweep; refuse when another still waits."""
    wanted = select(Amendment).where(Amendment.contract_id == contract.id, Amendment.state == "proposed")
    waiting = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if waiting is None:
        return
    if waiting.expires_at > now:
        message = f"{public('amendment', waiting.id)} waits for its answer."
        raise AMENDMENT_WAITS.error(message, amendment=public("amendment", waiting.id))
    _expire(session, contract, waiting)


def _expire(session: Session, contract: Contract, amendment: Amendment) -> None:
    _end(session, amendment, "expired")
    _record(session, events.AMENDMENT_EXPIRED, system_actor("expire_amendments"), contract, amendment, {})


def _end(session: Session, amendment: Amendment, target: str) -> None:
    AMENDMENT.check(amendment.state, target)
    amendment.state, amendment.decided_at = target, market_now(session)
    session.flush()


def _rates(session: Session, contract: Contract) -> list[ContractRate]:
    wanted = select(ContractRate).where(ContractRate.contract_id == contract.id)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def _record(
    session: Session,
    event: EventKind,
    actor: Actor,
    contract: Contract,
    amendment: Amendment,
    more: Mapping[str, Any],
) -> None:
    rates = rates_of_amendments(session, [amendment.id])[amendment.id]
    body = {
        "job": public("job", contract.job_id),
        "contract": public("contract", contract.id),
        "buyer": public("organization", contract.buyer_organization_id),
        "seller": public("organization", contract.seller_organization_id),
        "proposed_by": amendment.proposed_by,
        "rates": {rate.rate_code: {"from": rate.before.to_wire(), "to": rate.price.to_wire()} for rate in rates},
        **more,
    }
    readers = [contract.buyer_organization_id, contract.seller_organization_id]
    record(session, event, actor, subject=("amendment", amendment.id), organizations=readers, body=body)

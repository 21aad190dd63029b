"""Effective pay: measured from the last workers' real figures, and held against the wage floors of countries.

A batch whose workers of a country earn less an hour than that country's floor is paused, and what is missing for the
work already done is topped up from the layer that set the price (J18); of tasks that the client opened itself from the
job's allowance, as far as it reaches.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.identity.values import countries, country
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, DomainError, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.logs import get_logger
from marketplace.protection.events import WAGE_FLOOR_SET
from marketplace.rails.port import Transactions
from marketplace.settlement.extras import pay_from_allowance, pay_from_layer
from marketplace.work.models import Batch
from marketplace.work.pause_words import BELOW_FLOOR
from marketplace.work.pausing import end_pause, pause_batch
from marketplace.work.protection_models import BatchPause, WageFloor
from marketplace.work.states import EARNED_ANSWER

log = get_logger(__name__)

CLAIMS_MEASURED: Final = 200
"""The figure of a rate is of so many of its last claims."""
WORKERS_MIN: Final = 3
CLAIMS_GUARDED: Final = 2_000
MINUTES_MAX: Final = 60_000
PLATFORM: Final = uuid.UUID(int=0)
"""The subject of what the platform's operator does at the command line."""

_STATEMENTS = load(__file__, "wages.sql")
_PAID: Final = sorted(EARNED_ANSWER)


@dataclass(frozen=True, slots=True)
class _Rate:
    job_id: uuid.UUID
    rate_code: str


def measure_pay(session: Session, limit: int = 20) -> int:
    """Sweep: measure rates of jobs of which claims ended since; returns how many."""
    now = market_now(session)
    rates = [_Rate(*row) for row in session.execute(_STATEMENTS.due_figures, {"limit": limit})]
    for rate in rates:
        session.execute(
            _STATEMENTS.measure,
            {
                "job_id": rate.job_id,
                "rate_code": rate.rate_code,
                "claims": CLAIMS_MEASURED,
                "workers_min": WORKERS_MIN,
                "earned_states": _PAID,
                "now": now,
            },
        )
    return len(rates)


def guard_wages(transactions: Transactions, limit: int = 100) -> int:
    """Sweep: hold what was measured against the wage floors; returns how many batches were paused or topped up."""
    with transactions() as session:
        rates = [_Rate(row.job_id, row.rate_code) for row in session.execute(_STATEMENTS.to_guard, {"limit": limit})]
    touched = 0
    for rate in rates:
        try:
            touched += _guard(transactions, rate)
        except (DomainError, DBAPIError) as problem:
            log.warning("guard_wages_failed", job=public("job", rate.job_id), problem=repr(problem))
    return touched


@dataclass(frozen=True, slots=True)
class _Found:
    batch_id: uuid.UUID
    country: str
    floor: int
    currency: str
    minutes_min: int
    seconds: int
    paid: int

    @property
    def is_below(self) -> bool:
        return self.seconds >= self.minutes_min * 60 and self.paid * 3600 < self.floor * self.seconds

    @property
    def hourly(self) -> Money:
        return Money(self.paid * 3600 // self.seconds, self.currency)


def _guard(transactions: Transactions, rate: _Rate) -> int:
    values = {"job_id": rate.job_id, "rate_code": rate.rate_code}
    touched = 0
    with transactions() as session:
        now = market_now(session)
        rows = session.execute(_STATEMENTS.by_country, {**values, "claims": CLAIMS_GUARDED, "earned_states": _PAID})
        found = [_Found(*row) for row in rows]
    for batch in found:
        with transactions() as session:
            touched += _hold_against_floor(session, batch)
        # One worker in a transaction: each top-up posts a journal of its own.
        for shortfall in _shortfalls(transactions, batch):
            with transactions() as session:
                _top_up(session, batch, shortfall)
            touched += 1
    with transactions() as session:
        session.execute(_STATEMENTS.note_guarded, {**values, "now": now})
    return touched


def _live_pause(session: Session, batch_id: uuid.UUID) -> BatchPause | None:
    wanted = select(BatchPause).where(
        BatchPause.batch_id == batch_id, BatchPause.reason == "wage_floor", BatchPause.ended_at.is_(None)
    )
    return session.scalars(wanted).one_or_none()


def _hold_against_floor(session: Session, found: _Found) -> int:
    actor = system_actor("guard_wages")
    pause = _live_pause(session, found.batch_id)
    if found.is_below and pause is None and session.get_one(Batch, found.batch_id).state == "open":
        floor = Money(found.floor, found.currency)
        words = BELOW_FLOOR.filled(
            country=country(found.country), hourly=found.hourly, floor=floor, hours=found.seconds // 3600
        )
        pause_batch(session, actor, found.batch_id, "wage_floor", words, country=found.country)
        return 1
    if pause is not None and pause.country == found.country and not found.is_below:
        end_pause(session, actor, pause)
        return 1
    return 0


@dataclass(frozen=True, slots=True)
class _Shortfall:
    worker_id: uuid.UUID
    seller_id: uuid.UUID
    """Who sold under the contract when the claims were decided: it owes what is missing of that time."""
    missing: Money
    times: int
    """How often the worker was topped up by that seller for this batch before."""


def _shortfalls(transactions: Transactions, found: _Found) -> list[_Shortfall]:
    if not found.is_below:
        return []
    with transactions() as session:
        rows = session.execute(
            _STATEMENTS.shortfalls,
            {
                "batch_id": found.batch_id,
                "job_id": session.get_one(Batch, found.batch_id).job_id,
                "country": found.country,
                "floor": found.floor,
                "earned_states": _PAID,
                "key_prefix": f"wage:{found.batch_id}:%",
            },
        ).all()
    return [_Shortfall(row.worker_id, row.seller_id, Money(row.missing, found.currency), row.times) for row in rows]


def _top_up(session: Session, found: _Found, shortfall: _Shortfall) -> None:
    # The key counts the times: two processes that found the same shortfall pay it once.
    batch = session.get_one(Batch, found.batch_id)
    contract = session.get_one(Contract, batch.contract_id)
    job = lock_job(session, batch.job_id)
    actor, worker_id, missing = system_actor("guard_wages"), shortfall.worker_id, shortfall.missing
    key = f"wage:{batch.id}:{worker_id}:{shortfall.seller_id}:{shortfall.times}"
    note = f"Topped up to the wage floor of {Money(found.floor, found.currency)} an hour"
    if contract.parent_id is None:
        paid = pay_from_allowance(
            session,
            actor,
            kind="bonus",
            job=job,
            claim=None,
            worker_id=worker_id,
            contract_id=contract.id,
            amount=missing,
            key=key,
            note=note,
        )
        if paid is not None:
            return
    pay_from_layer(
        session,
        actor,
        kind="wage_top_up",
        contract=contract,
        debtor_id=shortfall.seller_id,
        worker_id=worker_id,
        claim=None,
        amount=missing,
        key=key,
        note=note,
    )


def set_floor(session: Session, actor: Actor, country: str, amount: Money, minutes_min: int) -> WageFloor:
    """Set the wage floor of a country: so much an hour, once so many minutes of work at a batch are known.

    It is held against work paid in its currency only. Raises forbidden, invalid.
    """
    actor.require("protection.manage")
    errors = []
    if country not in countries():
        errors.append(FieldError("/country", "country_unknown", f"{country!r} is no code of two letters known here."))
    if amount.amount <= 0:
        errors.append(FieldError("/amount/amount", "not_positive", "A floor is more than nothing."))
    if not 1 <= minutes_min <= MINUTES_MAX:
        errors.append(FieldError("/minutes_min", "out_of_range", f"A whole number from 1 to {MINUTES_MAX}."))
    if errors:
        raise INVALID.error("The wage floor cannot be set like this.", errors=errors)
    now = market_now(session)
    floor = session.get(WageFloor, country, with_for_update=True)
    if floor is None:
        floor = WageFloor(country=country)
        session.add(floor)
    floor.amount, floor.currency, floor.minutes_min, floor.set_at = amount.amount, amount.currency, minutes_min, now
    session.flush()
    _record(session, actor, country, amount, minutes_min)
    return floor


def remove_floor(session: Session, actor: Actor, country: str) -> None:
    """End the wage floor of a country, and the pauses by it. What was topped up stays. Raises forbidden, not_found."""
    actor.require("protection.manage")
    floor = session.get(WageFloor, country, with_for_update=True)
    if floor is None:
        raise NOT_FOUND.error("There is no wage floor of this country.", noun="wage_floor")
    session.delete(floor)
    session.flush()
    paused = select(BatchPause).where(
        BatchPause.reason == "wage_floor", BatchPause.country == country, BatchPause.ended_at.is_(None)
    )
    for pause in session.scalars(paused.order_by(BatchPause.batch_id)).all():
        end_pause(session, actor, pause)
    _record(session, actor, country, None, None)


def _record(session: Session, actor: Actor, country: str, amount: Money | None, minutes_min: int | None) -> None:
    body = {
        "country": country,
        "amount": None if amount is None else amount.to_wire(),
        "minutes_min": minutes_min,
    }
    subject = ("organization", actor.organization_id or PLATFORM)
    record(session, WAGE_FLOOR_SET, actor, subject=subject, body=body)


def floors(session: Session, actor: Actor) -> list[WageFloor]:
    """All wage floors, by country. Raises forbidden."""
    actor.require("protection.read")
    return list(session.scalars(select(WageFloor).order_by(WageFloor.country)))

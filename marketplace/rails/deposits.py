"""Deposits: a client orders money in, the rail collects it, and the books follow the rail's balance."""

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import SCALE_EXTRA, Money
from marketplace.logs import get_logger
from marketplace.rails.booking import refuse
from marketplace.rails.errors import DEPOSIT_AMOUNT, RAIL_UNKNOWN
from marketplace.rails.events import DEPOSIT_STARTED
from marketplace.rails.inbox import process_inbox, pull
from marketplace.rails.models import Deposit
from marketplace.rails.port import Accepted, CollectInstruction, Rails, Refused, Transactions
from marketplace.rails.states import DEPOSIT

_LOG = get_logger(__name__)

RETRY_AFTER = dt.timedelta(minutes=1)
"""Age of a deposit without an answer at which the sweep asks the rail again, under the same key."""


def start_deposit(session: Session, actor: Actor, rail_name: str, amount: Money) -> Deposit:
    """Order money in for the actor's organization; nothing is called and nothing is booked yet.

    The edge commits, then calls `collect`. Raises forbidden, deposit_amount.
    """
    actor.require("deposit.make")
    if amount.amount <= 0 or amount.amount % 10**SCALE_EXTRA:
        message = f"{amount} cannot be paid in: a deposit is a positive number of whole minor units."
        raise DEPOSIT_AMOUNT.error(message, errors=[FieldError("/amount/amount", "deposit_amount", message)])
    deposit = Deposit(
        id=new_id(),
        organization_id=actor.organization,
        rail=rail_name,
        amount=amount.amount,
        currency=amount.currency,
        state=DEPOSIT.initial,
    )
    session.add(deposit)
    session.flush()
    record(
        session,
        DEPOSIT_STARTED,
        actor,
        subject=("deposit", deposit.id),
        organizations=[deposit.organization_id],
        body={"rail": rail_name, "amount": amount.to_wire()},
    )
    return deposit


def collect(transactions: Transactions, rails: Rails, deposit_id: uuid.UUID) -> Deposit:
    """Have the rail take the money, and book what its balance shows by then; returns the deposit as it stands.

    The rail is called outside any transaction. Any number of calls, at once or after a crash, have one effect: the
    key is the deposit's id. Silence leaves the deposit pending for the sweep. Raises not_found, rail_unknown.
    """
    with transactions() as session:
        deposit = _get(session, deposit_id)
        waiting = deposit.state == "pending" and deposit.reference is None
        instruction = CollectInstruction(deposit.id, deposit.money, public("organization", deposit.organization_id))
    rail = rails.get(deposit.rail)
    if rail is None:
        raise RAIL_UNKNOWN.error(f"There is no rail {deposit.rail!r} here; there are: {', '.join(sorted(rails))}.")
    outcome = rail.collect(instruction) if waiting else None
    with transactions() as session:
        # Another process may have asked as well, and the inbox may have been faster.
        deposit = session.get_one(Deposit, deposit_id, with_for_update=True)
        if isinstance(outcome, Accepted) and deposit.reference is None:
            deposit.reference, deposit.client_secret = outcome.reference, outcome.client_secret
        if isinstance(outcome, Refused) and deposit.state == "pending":
            refuse(session, deposit, outcome)
    if deposit.state == "pending" and deposit.reference is not None:
        pull(transactions, rail)
        with transactions() as session:
            process_inbox(session, rail.name, 100)
    with transactions() as session:
        return _get(session, deposit_id)


def collect_pending(transactions: Transactions, rails: Rails, limit: int = 100) -> int:
    """Ask again for deposits whose order got no answer; returns how many were asked for (a sweep)."""
    with transactions() as session:
        ids = session.scalars(
            select(Deposit.id)
            .where(
                Deposit.state == "pending",
                Deposit.reference.is_(None),
                Deposit.rail.in_(list(rails)),
                Deposit.created_at < market_now(session) - RETRY_AFTER,
            )
            .order_by(Deposit.created_at)
            .limit(limit)
        ).all()
    for deposit_id in ids:
        try:
            collect(transactions, rails, deposit_id)
        except Exception as problem:  # noqa: BLE001 - one that breaks must not keep the others waiting
            _LOG.error("deposit_collection_broke", deposit=public("deposit", deposit_id), problem=repr(problem))
    return len(ids)


def receive(transactions: Transactions, rails: Rails, limit: int = 100) -> int:
    """Read what the rails have to tell and book what became available; returns how many events (a sweep)."""
    done = 0
    for name in sorted(rails):
        try:
            pull(transactions, rails[name])
        except Exception as problem:  # noqa: BLE001 - a rail that cannot be asked has told us nothing
            _LOG.warning("rail_events_broke", rail=name, problem=repr(problem))
        with transactions() as session:
            done += process_inbox(session, name, limit)
    return done


def _get(session: Session, deposit_id: uuid.UUID) -> Deposit:
    deposit = session.get(Deposit, deposit_id, populate_existing=True)
    if deposit is None:
        raise NOT_FOUND.error("There is no deposit with this id.", noun="deposit")
    return deposit

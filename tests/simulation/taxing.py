"""Steps of finance people who set what tax is withheld from whom, and pay it to its authority."""

import datetime as dt
from typing import Final

from sqlalchemy import select

from marketplace.db.clock import market_now
from marketplace.ledger.treasury import put_in_capital
from marketplace.payouts.remittance_queries import waiting
from marketplace.payouts.remitting import (
    approve_remittance,
    pay_from_operating,
    propose_remittance,
    reject_remittance,
)
from marketplace.payouts.withholding import TaxLine, decide_withholding, propose_withholding
from marketplace.settlement.models import Installment
from tests.simulation.world import World

AUTHORITIES: Final = ("KE-KRA", "KE-NHIF")
REST_OF_TAX: Final = len(AUTHORITIES) * 10_000
"""The most, in ledger units, that a changed payout leaves over because less is paid and so less tax is given."""


def withhold(world: World) -> str | None:
    """One proposes and another approves what is withheld, mostly from a payee whose money is to come."""
    to_come = select(Installment.payee_id).where(Installment.state.in_(["scheduled", "advanced", "due"])).distinct()
    payee_id = world.one(to_come.order_by(Installment.payee_id))
    if payee_id is None:
        return None
    chosen = world.chance.sample(AUTHORITIES, world.chance.choice((0, 1, 1, 2)))
    lines = [TaxLine(name, world.chance.choice((1, 27_500, 50_000, 333_333))) for name in sorted(chosen)]
    proposer, approver = world.chance.sample(world.finance, 2)
    with world.transactions() as session:
        row = propose_withholding(session, proposer, payee_id, market_now(session).date(), lines)
    with world.transactions() as session:
        decide_withholding(session, approver, row.id, approve=world.chance.random() < 0.9)
    return ", ".join(f"{line.authority} {line.rate_ppm}" for line in lines) or "nothing any more"


def remit(world: World) -> str | None:
    """What was withheld is proposed for its authority, approved by another, and paid from the operating account."""
    proposer, approver = world.chance.sample(world.finance, 2)
    with world.transactions() as session:
        found = waiting(session, proposer)
        today = market_now(session).date()
    if not found:
        return None
    one = world.chance.choice(found)
    with world.transactions() as session:
        first, last = dt.date(2000, 1, 1), today - dt.timedelta(days=1)
        row = propose_remittance(session, proposer, one.authority, one.money.currency, first, last, tax=one.tax)
    if world.chance.random() < 0.2:
        with world.transactions() as session:
            reject_remittance(session, proposer, row.id)
        return f"{row.money} given up"
    with world.transactions() as session:
        approve_remittance(session, approver, row.id)
    with world.transactions() as session:
        put_in_capital(session, world.operations, world.whole(row.currency, 1_000, 1_000))
        pay_from_operating(session, proposer, row.id, f"simulated {row.id}")
    return f"{row.money} to {row.authority}"

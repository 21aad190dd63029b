"""Steps of finance people who set what tax is withheld from whom."""

from typing import Final

from sqlalchemy import select

from marketplace.db.clock import market_now
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

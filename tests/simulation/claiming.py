"""Steps of payers who take their payments back, and of how that ends."""

from sqlalchemy import select

from marketplace.kernel.money import Money
from marketplace.lifecycle.chargebacks import declare_lost, write_off
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.models import Deposit
from tests.simulation.world import World

STORY = "The bank's letter."


def charge_back(world: World) -> str | None:
    """A client's bank takes a payment back, whole or in part."""
    disputed = select(Chargeback.id).where(Chargeback.deposit_id == Deposit.id)
    arrived = select(Deposit).where(Deposit.state == "available", ~disputed.exists()).order_by(Deposit.id)
    found = world.one(arrived)
    if found is None or found.reference is None:
        return None
    part = world.whole(found.currency, 100, 3_000)
    amount = found.money if part.is_zero else min(part, found.money)
    fee = Money.from_minor_units(world.chance.choice((0, 5)), found.currency)
    world.rail.dispute(found.reference, amount, fee)
    world.sweep("reconcile")
    return f"{amount}, fee {fee}"


def end_dispute(world: World) -> str | None:
    """The bank decides; a lost one may be known by its letter before the rail tells."""
    found = world.one(select(Chargeback).where(Chargeback.state == "open").order_by(Chargeback.id))
    if found is None:
        return None
    outcome = world.chance.choice(("won", "lost", "letter"))
    if outcome == "letter":
        with world.transactions() as session:
            declare_lost(session, world.person(world.finance), found.id, STORY)
        return outcome
    world.rail.end_dispute(found.reference, "won" if outcome == "won" else "lost")
    world.sweep("receive_deposits", "reconcile", "settle_chargebacks")
    return outcome


def give_up(world: World) -> str | None:
    """Finance writes off what a client owes."""
    found = world.one(select(Chargeback).where(Chargeback.state == "lost").order_by(Chargeback.id))
    if found is None or found.receivable.is_zero:
        return None
    with world.transactions() as session:
        write_off(session, world.person(world.finance), found.id, STORY)
    return f"{found.receivable}"

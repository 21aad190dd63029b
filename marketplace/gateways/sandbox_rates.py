"""Rates of the sandbox rail on order: which one it gives, and what a payout in another currency costs at it."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.gateways.models import SandboxRate
from marketplace.kernel.money import Money
from marketplace.kernel.rates import Rate
from marketplace.quotes.port import Quote
from marketplace.rails.port import PayoutInstruction


def give(session: Session, rate: Rate, valid_seconds: int, *, changes: bool) -> None:
    """Keep a scripted rate; it is the newest of its two currencies."""
    session.add(
        SandboxRate(sold=rate.sold, bought=rate.bought, rate=rate.text, valid_seconds=valid_seconds, changes=changes)
    )
    session.flush()


def quoted(session: Session, sold: str, bought: str) -> Quote | None:
    """The newest scripted rate between the two."""
    given = _newest(session, sold, bought)
    if given is None:
        return None
    return Quote(Rate(sold, bought, given.rate), dt.timedelta(seconds=given.valid_seconds))


def cost(session: Session, instruction: PayoutInstruction) -> Money:
    """What a payout takes from our balance: a changed one at the newest scripted rate, or else as was quoted."""
    worth, amount = instruction.worth, instruction.amount
    if worth is None:
        return amount
    given = _newest(session, worth.currency, amount.currency)
    if given is None:
        return -(-worth).floor_to_minor()
    return Rate(given.sold, given.bought, given.rate).cost(amount) if given.changes else amount


def _newest(session: Session, sold: str, bought: str) -> SandboxRate | None:
    wanted = select(SandboxRate).where(SandboxRate.sold == sold, SandboxRate.bought == bought)
    return session.scalars(wanted.order_by(SandboxRate.id.desc()).limit(1)).first()

"""Rates set by finance, payees who choose a currency, and time in which rates end."""

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.rates import Rate
from marketplace.quotes.choosing import choose_currency
from marketplace.quotes.models import ExchangeRate
from marketplace.quotes.setting import set_rate
from tests.builders.jobs import make_party
from tests.builders.payouts import sandbox
from tests.builders.settlement import move_clock_to


def a_rate(
    session: Session,
    text: str = "18.0537",
    bought: str = "KES",
    *,
    sold: str = "CNY",
    hours: int = 24,
    by: Actor | None = None,
) -> ExchangeRate:
    """Finance sets how much of `bought` one of `sold` buys."""
    by = by or make_party(session, "platform", "finance")
    return set_rate(session, by, Rate.parse(text, sold, bought), hours)


def wants(session: Session, payee: Actor, currency: str | None = "KES") -> None:
    """The payee chooses the currency of payouts over the sandbox."""
    choose_currency(session, payee, {"sandbox": sandbox(session)}, "sandbox", currency)


def hours_pass(session: Session, hours: int) -> None:
    """Market time passes."""
    move_clock_to(session, market_now(session) + dt.timedelta(hours=hours))

"""Finance sets rates: the source where the rail itself gives none."""

import datetime as dt
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import new_id
from marketplace.kernel.rates import Rate
from marketplace.quotes.events import RATE_SET, RATE_TAKEN
from marketplace.quotes.models import FINANCE, ExchangeRate
from marketplace.quotes.port import Quote

HOURS_MAX: Final = 31 * 24
"""The longest time for which finance may set a rate, in hours."""


def set_rate(session: Session, actor: Actor, rate: Rate, valid_hours: int) -> ExchangeRate:
    """Set a rate from now on for so many hours of market time; the newest that is valid counts.

    Needs rate.set. Raises invalid for less than an hour or more than HOURS_MAX.
    """
    actor.require("rate.set")
    if not 1 <= valid_hours <= HOURS_MAX:
        message = f"A rate is good for 1 to {HOURS_MAX} hours."
        raise INVALID.error(message, errors=[FieldError("/valid_hours", "out_of_range", message)])
    return _keep(session, actor, Quote(rate, dt.timedelta(hours=valid_hours)), FINANCE)


def keep_quote(session: Session, actor: Actor, source: str, quote: Quote) -> ExchangeRate:
    """Keep the rate that a rail gave."""
    return _keep(session, actor, quote, source)


def _keep(session: Session, actor: Actor, quote: Quote, source: str) -> ExchangeRate:
    now = market_now(session)
    of_finance = source == FINANCE
    kept = ExchangeRate(
        id=new_id(),
        sold=quote.rate.sold,
        bought=quote.rate.bought,
        rate=quote.rate.text,
        value=Decimal(quote.rate.text),
        source=source,
        set_by=actor.person if of_finance else None,
        taken_at=now,
        valid_until=now + quote.valid_for,
    )
    session.add(kept)
    session.flush()
    body = {
        "sold": kept.sold,
        "bought": kept.bought,
        "rate": kept.rate,
        "valid_until": instant(kept.valid_until),
    }
    kind: EventKind = RATE_SET if of_finance else RATE_TAKEN
    record(
        session,
        kind,
        actor,
        subject=("exchange_rate", kept.id),
        body=body if of_finance else {**body, "source": source},
    )
    return kept

"""Reads: the rate that counts, and the rates that there are."""

import datetime as dt
import uuid
from typing import Final

from sqlalchemy import ColumnElement, Select, case, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.quotes.models import FINANCE, ExchangeRate, PayoutCurrency

KNOWN_MAX: Final = 200
"""Most rates that are tried to explain a transfer."""

Currency = str | ColumnElement[str] | InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


def valid_rate(session: Session, rail: str, sold: str, bought: str) -> ExchangeRate | None:
    """The rate that counts now on a rail: the newest valid one that the rail itself gave, else the one of finance."""
    return session.scalars(_valid(rail, sold, bought, market_now(session)).limit(1)).first()


def waits_for_rate(
    rail: str, payee_id: ColumnElement[uuid.UUID], owed: ColumnElement[str], at: dt.datetime
) -> ColumnElement[bool]:
    """Whether the payee of a row chose another currency on the rail than `owed`, and no rate to it is valid."""
    rate = _valid(rail, owed, PayoutCurrency.currency, at).order_by(None).correlate_except(ExchangeRate).exists()
    chose = select(PayoutCurrency.payee_id).where(
        PayoutCurrency.payee_id == payee_id, PayoutCurrency.rail == rail, PayoutCurrency.currency != owed, ~rate
    )
    return chose.correlate_except(PayoutCurrency).exists()


def known_rates(session: Session, sold: str, bought: str, at: dt.datetime | None = None) -> list[ExchangeRate]:
    """The newest rates between two currencies, from whomever, first those that were valid at that moment."""
    newest = select(ExchangeRate).where(ExchangeRate.sold == sold, ExchangeRate.bought == bought)
    if at is not None:
        valid = (ExchangeRate.taken_at <= at) & (ExchangeRate.valid_until > at)
        newest = newest.order_by(case((valid, 0), else_=1))
    return list(session.scalars(newest.order_by(ExchangeRate.id.desc()).limit(KNOWN_MAX)))


def _valid(rail: str, sold: Currency, bought: Currency, at: dt.datetime) -> Select[ExchangeRate]:
    return (
        select(ExchangeRate)
        .where(
            ExchangeRate.sold == sold,
            ExchangeRate.bought == bought,
            or_(ExchangeRate.source == rail, ExchangeRate.source == FINANCE),
            ExchangeRate.taken_at <= at,
            ExchangeRate.valid_until > at,
        )
        .order_by(case((ExchangeRate.source == rail, 0), else_=1), ExchangeRate.taken_at.desc(), ExchangeRate.id.desc())
    )


def rates(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[ExchangeRate]:
    """All rates, newest first. Needs payout_run.read."""
    actor.require("payout_run.read")
    return paginate(session, select(ExchangeRate), keys=[ExchangeRate.id], cursor=cursor, limit=limit, descending=True)

"""The database's clock is the clock: market time and real time.

Market time (leases, deadlines, due dates, acceptance dates) is real time plus an offset kept in the row
`market_clock`; it can be moved forward in the demo and in tests. Sessions, keys, tokens, sealing and call leases
use real time.
"""

import datetime as dt

from sqlalchemy import BigInteger, Boolean, CheckConstraint, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.db.base import Base
from marketplace.db.errors import CLOCK_BACKWARDS, CLOCK_FIXED
from marketplace.kernel.actor import Actor


class MarketClock(Base):
    """One row: by how much market time is ahead of real time."""

    __tablename__ = "market_clock"
    __table_args__ = (
        CheckConstraint("single", name="single_row"),
        CheckConstraint("ahead_microseconds >= 0", name="never_behind"),
    )

    single: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=text("true"))
    ahead_microseconds: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


def market_now(session: Session) -> dt.datetime:
    """Market time of this statement, aware, UTC."""
    now: dt.datetime = session.execute(text("SELECT market_now()")).scalar_one()
    return now


def real_now(session: Session) -> dt.datetime:
    """Real time of this statement by the database's clock, aware, UTC."""
    now: dt.datetime = session.execute(text("SELECT statement_timestamp()")).scalar_one()
    return now


def advance(session: Session, actor: Actor, to: dt.datetime, *, allowed: bool) -> dt.datetime:
    """Move market time forward to `to` and return it.

    `allowed` is the caller's word that this is a demonstration or a test and no rail moves real money.
    Raises clock_fixed, clock_backwards, forbidden.
    """
    actor.require("clock.advance")
    if not allowed:
        raise CLOCK_FIXED.error("The market's clock can be moved only where no rail moves real money.")
    if to.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    # Two who advance at once would both add to the same offset: the row is locked before it is read.
    session.execute(text("SELECT single FROM market_clock FOR UPDATE"))
    now = market_now(session)
    if to < now:
        raise CLOCK_BACKWARDS.error(f"It is {now:%Y-%m-%d %H:%M} in the market already; {to:%Y-%m-%d %H:%M} is past.")
    session.execute(
        text("UPDATE market_clock SET ahead_microseconds = ahead_microseconds + :more"),
        {"more": (to - now) // dt.timedelta(microseconds=1)},
    )
    return market_now(session)

"""Market time, moved forward for everybody; only where no rail moves real money."""

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db import clock
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import new_id
from marketplace.lifecycle.events import CLOCK_ADVANCED


def advance(session: Session, actor: Actor, to: dt.datetime, *, allowed: bool) -> dt.datetime:
    """Move market time forward to `to`, write that into the log, and return it.

    `allowed` is the edge's word that this is a demonstration or a test. Raises clock_fixed, clock_backwards,
    forbidden.
    """
    before = clock.market_now(session)
    after = clock.advance(session, actor, to, allowed=allowed)
    moved = {"from": instant(before), "to": instant(after)}
    record(session, CLOCK_ADVANCED, actor, subject=("operation", new_id()), body=moved)
    return after

"""How long a worker has for a task: what its batch gives everybody, times a factor of the worker's own.

Who needs more time sets the factor, and is asked no reason. It is told to nobody else, nor is what follows from it: a
moment at which a lease ends stands in no answer, list or event that an organization reads; where an event names one,
it is by the batch alone.
"""

import datetime as dt
import uuid
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.identity.models import Worker
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.texts import say
from marketplace.work.models import Batch

PERCENT_MIN: Final = 100
PERCENT_MAX: Final = 300


def lease_of(session: Session, batch: Batch, worker_id: uuid.UUID) -> dt.timedelta:
    """How long the worker has from now for a task of the batch, whether prolonged or sent back."""
    percent = session.scalars(select(Worker.time_factor_percent).where(Worker.person_id == worker_id)).one()
    return dt.timedelta(seconds=batch.lease_seconds * percent / 100)


def time_factor(session: Session, actor: Actor) -> int:
    """The acting worker's own, in percent: 100 to 300. Raises forbidden, not_found for who is no worker."""
    actor.require("work.read")
    percent = session.scalar(select(Worker.time_factor_percent).where(Worker.person_id == actor.person))
    if percent is None:
        raise NOT_FOUND.error(say("You are no worker here."), noun="worker")
    return percent


def set_time_factor(session: Session, actor: Actor, percent: int) -> int:
    """Choose how much time leases give from now on; running ones stay as they are. Nothing is recorded of it.

    Raises forbidden, not_found, invalid.
    """
    actor.require("work.claim")
    if not PERCENT_MIN <= percent <= PERCENT_MAX:
        message = say("A whole number from %(least)s to %(most)s.", least=PERCENT_MIN, most=PERCENT_MAX)
        raise INVALID.error(message, errors=[FieldError("/time_factor_percent", "out_of_range", message)])
    wanted = update(Worker).where(Worker.person_id == actor.person).values(time_factor_percent=percent)
    if session.scalar(wanted.returning(Worker.person_id)) is None:
        raise NOT_FOUND.error(say("You are no worker here."), noun="worker")
    return percent

"""How long a worker has for a task: what its batch gives everybody, times a factor of the worker's own.

Who needs more time sets the factor, and is asked no reason. It is told to nobody else, nor is what follows from it: a
moment at which a lease ends stands in no answer, list or event that an organization reads; where an event names one,
it is by the batch alone.
"""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.identity.models import Worker
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.work.models import Batch

FACTOR_MIN: Final = Decimal("1.0")
FACTOR_MAX: Final = Decimal("3.0")


def lease_of(session: Session, batch: Batch, worker_id: uuid.UUID) -> dt.timedelta:
    """How long the worker has from now for a task of the batch, whether prolonged or sent back."""
    percent = session.scalars(select(Worker.time_factor_percent).where(Worker.person_id == worker_id)).one()
    return dt.timedelta(seconds=batch.lease_seconds * percent / 100)


def time_factor(session: Session, actor: Actor) -> Decimal:
    """The acting worker's own, 1.0 to 3.0. Raises forbidden, not_found for who is no worker."""
    actor.require("work.read")
    percent = session.scalar(select(Worker.time_factor_percent).where(Worker.person_id == actor.person))
    if percent is None:
        raise NOT_FOUND.error("You are no worker here.", noun="worker")
    return Decimal(percent) / 100


def set_time_factor(session: Session, actor: Actor, factor: Decimal) -> Decimal:
    """Choose how much time leases give from now on; running ones stay as they are. Nothing is recorded of it.

    Raises forbidden, not_found, invalid.
    """
    actor.require("work.read")
    percent = factor * 100
    if not factor.is_finite() or not FACTOR_MIN <= factor <= FACTOR_MAX or percent != int(percent):
        message = "A number from 1.0 to 3.0, with two decimals at most."
        raise INVALID.error(message, errors=[FieldError("/time_factor", "out_of_range", message)])
    wanted = update(Worker).where(Worker.person_id == actor.person).values(time_factor_percent=int(percent))
    if session.scalar(wanted.returning(Worker.person_id)) is None:
        raise NOT_FOUND.error("You are no worker here.", noun="worker")
    return time_factor(session, actor)

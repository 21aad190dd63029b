"""Telling a layer, before its silence makes it default, when that will be; and who was told and says nothing still."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.contracts.default_models import SilenceNotice
from marketplace.contracts.events import SILENCE_NOTICED
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public

_STATEMENTS = load(__file__, "succeeding.sql")

LAST: Final = dt.timedelta(days=2)
"""How long before its default a layer is told for the last time."""

WARNED_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Warned:
    """A seller that was told, and when its silence counts as default."""

    contract_id: uuid.UUID
    organization_id: uuid.UUID
    waits_since: dt.datetime
    default_at: dt.datetime
    given_at: dt.datetime


def notices_after(silent_for: dt.timedelta) -> list[dt.timedelta]:
    """After how much silence a layer is told: after half of what makes it default, and two days before the end."""
    return sorted({silent_for / 2, max(silent_for - LAST, silent_for / 2)})


def warn_silent(session: Session, silent_for: dt.timedelta, limit: int = 20) -> int:
    """Sweep: tell one silent layer when it will be in default; returns how many notices it gave.

    Each notice once, until the layer gives a verdict or no answer of before waits any more. One in a transaction.
    """
    now = market_now(session)
    for number, after in enumerate(notices_after(silent_for)):
        values = {"before": now - after, "ids": None, "number": number, "limit": limit}
        for row in session.execute(_STATEMENTS.silent, values).all():
            # Two processes, or a verdict that is just given: one of them is over before.
            lock_job(session, row.job_id)
            again = session.execute(_STATEMENTS.silent, {**values, "ids": [row.id], "limit": 1}).one_or_none()
            if again is not None:
                _notice(session, row.id, number, again.waits_since, again.silent_since + silent_for)
                return 1
    return 0


def _notice(
    session: Session, contract_id: uuid.UUID, number: int, waits_since: dt.datetime, default_at: dt.datetime
) -> None:
    contract = session.get_one(Contract, contract_id, populate_existing=True)
    seller = contract.seller_organization_id
    notice = SilenceNotice(
        contract_id=contract_id,
        organization_id=seller,
        number=number,
        waits_since=waits_since,
        default_at=default_at,
    )
    session.add(notice)
    session.flush()
    record(
        session,
        SILENCE_NOTICED,
        system_actor("warn_silent_layers"),
        subject=("contract", contract_id),
        organizations=[seller],
        body={
            "job": public("job", contract.job_id),
            "buyer": public("organization", contract.buyer_organization_id),
            "seller": public("organization", seller),
            "number": number,
            "waits_since": instant(waits_since),
            "default_at": instant(default_at),
        },
    )


def warned(session: Session, actor: Actor) -> Sequence[Warned]:
    """Sellers that were told and say nothing still: the actor's organization, or to the platform's staff all of them.

    Raises forbidden without default.read.
    """
    actor.require("default.read")
    values = {"seller": None if actor.is_staff else actor.organization_id, "limit": WARNED_MAX}
    return [Warned(*row) for row in session.execute(_STATEMENTS.warned, values)]

"""Receipts: a signed promise, given at once, that a recorded event will be in the tree within a minute.

Whoever keeps one can show later that the promise was kept, by a proof that leads to the same leaf hash, or that it was
broken, by all leaf hashes of a later checkpoint, which are public (`/log/tile`). `offline.py` does both.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.events import leaf_data
from marketplace.audit.merkle import leaf_hash
from marketplace.audit.models import AuditEvent
from marketplace.audit.notes import Signer, sign_note
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public

FORMAT: Final = "piecework-receipt.v1"
"""The first line of a receipt; that of a checkpoint is the log's origin, so that neither can be taken for the other."""
PROMISE: Final = dt.timedelta(seconds=60)
"""Within which an event is sealed after its receipt was given."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The promise: `note` is what its holder keeps, a C2SP signed note; both moments are real time."""

    event_id: uuid.UUID
    leaf_hash: bytes
    issued_at: dt.datetime
    included_by: dt.datetime
    note: str


def give_receipt(session: Session, signer: Signer, event: AuditEvent) -> Receipt:
    """The receipt of a committed event that the caller may read: who asks has asked `queries` for it.

    The minute counts from now and not from when the event was recorded: a long transaction commits it later than that.
    """
    issued_at: dt.datetime = session.execute(select(func.statement_timestamp())).scalar_one()
    included_by = issued_at + PROMISE
    hashed = leaf_hash(leaf_data(bytes(event.body)))
    lines = (
        FORMAT,
        signer.name,
        public("event", event.id),
        hashed.hex(),
        instant(issued_at),
        instant(included_by),
    )
    note = sign_note("".join(f"{line}\n" for line in lines), signer)
    return Receipt(event.id, hashed, issued_at, included_by, note)

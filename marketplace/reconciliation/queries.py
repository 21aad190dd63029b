"""What does not match, for finance."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.db.paging import Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.payouts.unexecuted import late_references
from marketplace.reconciliation.models import MATCHED, ExternalLine
from marketplace.reconciliation.unconfirmed import unconfirmed

DISCREPANCIES_MAX = 200
DISCREPANCIES = ("line_unmatched", "set_aside", "late_execution", "journal_unconfirmed")
"""Every kind of them."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that only one side knows: a line that no journal says (after a day it is set aside, on 2900), or a
    journal that no line confirms. A line may also be a late execution: the rail made a payout that counts as refused.

    `why` says why nothing explains a line, and `owner_id` who of finance looks after it.
    `amount` is what moved at the rail, positive came in; `since` is market time for a line, real time for a journal.
    """

    kind: str
    rail: str
    amount: Money
    since: dt.datetime
    line_id: uuid.UUID | None
    journal_id: uuid.UUID | None
    reference: str | None
    payout_id: uuid.UUID | None = None
    why: str | None = None
    owner_id: uuid.UUID | None = None


def discrepancies(session: Session, actor: Actor) -> list[Discrepancy]:
    """The oldest of what does not match, lines first; a few minutes old is usual, a day old is not.

    Raises forbidden without reconciliation.read.
    """
    actor.require("reconciliation.read")
    lines = session.scalars(
        select(ExternalLine)
        .where(ExternalLine.state != MATCHED)
        .order_by(ExternalLine.occurred_at, ExternalLine.id)
        .limit(DISCREPANCIES_MAX)
    ).all()
    late = late_references(session, [line.reference for line in lines if line.amount < 0])
    found = [_of_line(line, late.get(line.reference) if line.amount < 0 else None) for line in lines]
    rows = unconfirmed(session, most=DISCREPANCIES_MAX)
    return found + [
        Discrepancy(
            "journal_unconfirmed",
            row.rail,
            row.money,
            row.since,
            None,
            row.journal_id,
            None,
        )
        for row in rows
    ]


def _of_line(line: ExternalLine, late: uuid.UUID | None) -> Discrepancy:
    kind = "set_aside" if line.state == "set_aside" else "line_unmatched"
    return Discrepancy(
        kind if late is None else "late_execution",
        line.rail,
        line.money,
        line.occurred_at,
        line.id,
        line.journal_id,
        line.reference,
        late,
        line.why,
        line.owner_id,
    )


def external_lines(
    session: Session, actor: Actor, *, state: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[ExternalLine]:
    """All lines, newest first, or those in one state. Raises forbidden without reconciliation.read."""
    actor.require("reconciliation.read")
    wanted: Select[Any] = select(ExternalLine)
    if state is not None:
        wanted = wanted.where(ExternalLine.state == state)
    return paginate(session, wanted, keys=[ExternalLine.id], cursor=cursor, limit=limit, descending=True)


def lines_of_day(
    session: Session, actor: Actor, rail: str, currency: str, day: dt.date, *, cursor: str | None = None
) -> Page[ExternalLine]:
    """The lines of a rail's account in a currency on one day in UTC, newest first. Raises forbidden as above."""
    actor.require("reconciliation.read")
    start = dt.datetime.combine(day, dt.time(), dt.UTC)
    wanted = select(ExternalLine).where(
        ExternalLine.rail == rail,
        ExternalLine.currency == currency,
        ExternalLine.occurred_at >= start,
        ExternalLine.occurred_at < start + dt.timedelta(days=1),
    )
    return paginate(session, wanted, keys=[ExternalLine.occurred_at, ExternalLine.id], cursor=cursor, descending=True)


def unexplained(session: Session, actor: Actor, *, came_in: bool) -> list[ExternalLine]:
    """The oldest lines without an explanation that brought, or took, money. Raises forbidden as above."""
    actor.require("reconciliation.read")
    moved = ExternalLine.amount > 0 if came_in else ExternalLine.amount < 0
    wanted = select(ExternalLine).where(ExternalLine.state != MATCHED, moved)
    return list(session.scalars(wanted.order_by(ExternalLine.id).limit(DISCREPANCIES_MAX)))

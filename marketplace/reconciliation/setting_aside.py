"""Lines that nothing explains after a day: booked on 2900 by line, with a reason and an owner.

There they stand until somebody says what they were (`suspense`).
"""

import datetime as dt
import heapq
import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import INVALID, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.funding import j15_not_explained
from marketplace.reconciliation.events import LINE_OWNED, LINE_SET_ASIDE
from marketplace.reconciliation.lines import line_body, lock_line, name_of
from marketplace.reconciliation.models import UNMATCHED, ExternalLine

AFTER: Final = dt.timedelta(hours=23)
"""How long, by real time, a line may wait for its journal; check I9 complains after a day."""

BATCH: Final = 200

_STATEMENTS = load(__file__, "setting_aside.sql")


def set_aside(session: Session, limit: int = BATCH) -> int:
    """Book unmatched lines that have waited too long on 2900 (J15); returns how many. Others take other lines.

    Each says why nothing explains it, and has an owner: whoever of finance has the fewest.
    """
    actor = system_actor("reconcile")
    lines = session.scalars(
        select(ExternalLine)
        .where(ExternalLine.state == UNMATCHED, ExternalLine.imported_at < real_now(session) - AFTER)
        .order_by(ExternalLine.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    _give_owners(session, [line for line in lines if line.owner_id is None])
    for line in lines:
        put_aside(session, actor, line)
    return len(lines)


def put_aside(session: Session, actor: Actor, line: ExternalLine) -> None:
    """Book a locked line that has no journal, or no explanation any more, on 2900, and say why it has none."""
    name = name_of(line)
    posted = post(
        session,
        actor,
        kind="J15",
        key=f"J15:{name}:{line.set_aside_count + 1}",
        pairs=j15_not_explained(line.rail, name, line.money),
        subject=("external_line", line.id),
    )
    line.state, line.journal_id, line.matched_at = "set_aside", posted.journal_id, None
    line.set_aside_count += 1
    session.flush()
    line.why = session.scalars(_STATEMENTS.why, {"line_id": line.id}).one()
    session.flush()
    body = {**line_body(line), "journal": public("journal", posted.journal_id)}
    record(session, LINE_SET_ASIDE, actor, subject=("external_line", line.id), body=body)


def take_back(session: Session, actor: Actor, line: ExternalLine) -> uuid.UUID:
    """Post the mirror of the journal that set a locked line aside; returns it. The caller says where it stands now."""
    booked = j15_not_explained(line.rail, name_of(line), line.money)
    return post(
        session,
        actor,
        kind="J15",
        key=f"J15:{name_of(line)}:{line.set_aside_count}:back",
        pairs=[Pair(pair.credit, pair.debit, pair.amount) for pair in booked],
        subject=("external_line", line.id),
        reverses=line.journal_id,
    ).journal_id


def give_owner(session: Session, actor: Actor, line_id: uuid.UUID, person_id: uuid.UUID) -> ExternalLine:
    """Say who of finance looks after a line that is not explained. Needs reconciliation.match.

    Raises forbidden, not_found, state_conflict for a line that is matched, invalid for somebody who is not of finance.
    """
    line = lock_line(session, actor, line_id)
    if line.state == "matched":
        raise STATE_CONFLICT.error("This line is explained: nobody needs to look after it.", current=line.state)
    if person_id not in {row.person_id for row in session.execute(_STATEMENTS.owners)}:
        message = "Only people of finance look after lines."
        raise INVALID.error(message, errors=[FieldError("/owner_id", "invalid", message)])
    line.owner_id = person_id
    session.flush()
    body = {**line_body(line), "owner": public("person", person_id)}
    record(session, LINE_OWNED, actor, subject=("external_line", line.id), body=body)
    return line


def _give_owners(session: Session, lines: Sequence[ExternalLine]) -> None:
    """The next line to whoever has the fewest; the same rows give the same owners."""
    if not lines:
        return
    burdens = [(row.lines, row.person_id) for row in session.execute(_STATEMENTS.owners)]
    heapq.heapify(burdens)
    for line in lines if burdens else ():
        count, person_id = burdens[0]
        line.owner_id = person_id
        heapq.heapreplace(burdens, (count + 1, person_id))

"""A line and the journal that says the same: written on the line, and in the log."""

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from marketplace.audit.recording import record, record_many
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.reconciliation.events import LINE_MATCHED
from marketplace.reconciliation.lines import line_body
from marketplace.reconciliation.models import ExternalLine

_STATEMENTS = load(__file__, "matching.sql")


def mark_matched(session: Session, actor: Actor, line: ExternalLine, journal_id: uuid.UUID) -> None:
    """Match a locked line with that journal."""
    line.state, line.journal_id, line.matched_at = "matched", journal_id, market_now(session)
    session.flush()
    record(session, LINE_MATCHED, actor, subject=("external_line", line.id), body=_body(line, journal_id))


def mark_all(session: Session, actor: Actor, matched: Sequence[tuple[ExternalLine, uuid.UUID]]) -> None:
    """Match locked lines each with its journal, by one statement, and write their events by another."""
    now = market_now(session)
    ids = {"line_ids": [line.id for line, _ in matched], "journal_ids": [journal_id for _, journal_id in matched]}
    session.execute(_STATEMENTS.mark, {**ids, "now": now})
    for line, journal_id in matched:
        for name, value in (("state", "matched"), ("journal_id", journal_id), ("matched_at", now)):
            set_committed_value(line, name, value)
    bodies = {line.id: _body(line, journal_id) for line, journal_id in matched}
    record_many(session, LINE_MATCHED, actor, "external_line", bodies)


def _body(line: ExternalLine, journal_id: uuid.UUID) -> dict[str, object]:
    return {**line_body(line), "reference": line.reference, "journal": public("journal", journal_id)}

"""A line and the journal that says the same: written on the line, and in the log."""

import uuid

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.reconciliation.events import LINE_MATCHED
from marketplace.reconciliation.lines import line_body
from marketplace.reconciliation.models import ExternalLine


def mark_matched(session: Session, actor: Actor, line: ExternalLine, journal_id: uuid.UUID) -> None:
    """Match a locked line with that journal."""
    line.state, line.journal_id, line.matched_at = "matched", journal_id, market_now(session)
    session.flush()
    record(
        session,
        LINE_MATCHED,
        actor,
        subject=("external_line", line.id),
        body={**line_body(line), "reference": line.reference, "journal": public("journal", journal_id)},
    )

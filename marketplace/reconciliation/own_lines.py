"""Lines by which finance itself moved money at a bank or a rail, to an authority or for another currency.

Such a line is booked at once by what finance says it was, whether it still waits for its journal or was set aside.
"""

import uuid

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.recipes.accounts import rail_available, suspense
from marketplace.reconciliation.errors import LINE_EXPLAINED_OTHERWISE
from marketplace.reconciliation.events import LINE_EXPLAINED
from marketplace.reconciliation.lines import line_body, lock_line, name_of, require_no_proposal
from marketplace.reconciliation.marking import mark_matched
from marketplace.reconciliation.models import ExternalLine


def take_line(session: Session, actor: Actor, line_id: uuid.UUID, moved: Money | None = None) -> ExternalLine:
    """Lock a line that nothing explains yet and that moved exactly so much, where that is known.

    Needs reconciliation.match. Raises forbidden, not_found, state_conflict, also while a second person is to decide
    what it was, line_explained_otherwise.
    """
    line = lock_line(session, actor, line_id)
    require_no_proposal(session, line)
    if line.state == "matched":
        raise STATE_CONFLICT.error("This line has its journal already.", current=line.state)
    if moved is not None and line.money != moved:
        raise LINE_EXPLAINED_OTHERWISE.error(f"This line moved {line.money}, not {moved}.")
    return line


def account_of(line: ExternalLine) -> AccountRef:
    """Where the money of a taken line stands in the books: at its rail, or on 2900 where it was set aside."""
    if line.state == "set_aside":
        return suspense(name_of(line), line.currency)
    return rail_available(line.rail, line.currency)


def say_what_it_was(
    session: Session, actor: Actor, line: ExternalLine, kind: str, reason: str, journal_id: uuid.UUID
) -> None:
    """Match a taken line with the journal that was posted against `account_of` it."""
    if line.state == "set_aside":
        line.state, line.matched_at = "matched", market_now(session)
        session.flush()
    else:
        mark_matched(session, actor, line, journal_id)
    body = {**line_body(line), "as": kind, "reason_commitment": said(reason)}
    record(session, LINE_EXPLAINED, actor, subject=("external_line", line.id), body=body)

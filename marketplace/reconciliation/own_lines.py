"""Lines by which finance itself moved money at a bank or a rail, to an authority or for another currency.

Such a line is booked at once by what finance says it was, whether it still waits for its journal or was set aside.
"""

import uuid

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.recipes.accounts import rail_available, suspense
from marketplace.reconciliation.errors import LINE_EXPLAINED_OTHERWISE
from marketplace.reconciliation.events import LINE_EXPLAINED
from marketplace.reconciliation.marking import mark_matched
from marketplace.reconciliation.models import ExternalLine


def take_line(session: Session, actor: Actor, line_id: uuid.UUID, moved: Money | None = None) -> ExternalLine:
    """Lock a line that nothing explains yet and that moved exactly so much, where that is known.

    Needs reconciliation.match. Raises forbidden, not_found, state_conflict, line_explained_otherwise.
    """
    actor.require("reconciliation.match")
    line = session.get(ExternalLine, line_id, with_for_update=True, populate_existing=True)
    if line is None:
        raise NOT_FOUND.error("There is no line with this id.", noun="external_line")
    if line.state == "matched":
        raise STATE_CONFLICT.error("This line has its journal already.", current=line.state)
    if moved is not None and line.money != moved:
        raise LINE_EXPLAINED_OTHERWISE.error(f"This line moved {line.money}, not {moved}.")
    return line


def account_of(line: ExternalLine) -> AccountRef:
    """Where the money of a taken line stands in the books: at its rail, or on 2900 where it was set aside."""
    if line.state == "set_aside":
        return suspense(public("external_line", line.id), line.currency)
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
    body = {
        "rail": line.rail,
        "line": line.external_id,
        "amount": line.money.to_wire(),
        "as": kind,
        "reason_commitment": said(reason),
    }
    record(session, LINE_EXPLAINED, actor, subject=("external_line", line.id), body=body)

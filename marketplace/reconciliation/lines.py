"""One line of the outside: locked to be explained, its name in the books, and what its events say."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.models import ExternalLine


def lock_line(session: Session, actor: Actor, line_id: uuid.UUID) -> ExternalLine:
    """Lock a line as it is now. Needs reconciliation.match. Raises forbidden, not_found."""
    actor.require("reconciliation.match")
    line = session.get(ExternalLine, line_id, with_for_update=True, populate_existing=True)
    if line is None:
        raise NOT_FOUND.error("There is no line with this id.", noun="external_line")
    return line


def require_no_proposal(session: Session, line: ExternalLine) -> None:
    """Refuse a locked line of which a second person is still to decide what it was. Raises state_conflict."""
    waiting = select(LineMatch.id).where(LineMatch.line_id == line.id, LineMatch.state == "proposed")
    if session.scalar(waiting) is not None:
        raise STATE_CONFLICT.error("Somebody has proposed what this line was: decide that first.", current=line.state)


def name_of(line: ExternalLine) -> str:
    """Its public id, which is also the name of its account on 2900."""
    return public("external_line", line.id)


def line_body(line: ExternalLine) -> dict[str, object]:
    """What every event of a line says."""
    return {"rail": line.rail, "line": line.external_id, "amount": line.money.to_wire()}

"""Lines that nothing explains after a day: booked on 2900 by line, until somebody of finance says what they were."""

import datetime as dt
import uuid
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now, real_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.identity.models import Organization
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import BANK
from marketplace.ledger.recipes.claiming import j14_refunded_by_hand
from marketplace.ledger.recipes.funding import (
    j15_explained_as_deposit,
    j15_explained_as_fee,
    j15_explained_as_transit,
    j15_not_explained,
)
from marketplace.rails import refunds
from marketplace.rails.models import Deposit
from marketplace.reconciliation.errors import LINE_EXPLAINED_OTHERWISE
from marketplace.reconciliation.events import LINE_EXPLAINED, LINE_SET_ASIDE
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.own_accounts import moved_and_not_shown

AFTER: Final = dt.timedelta(hours=23)
"""How long, by real time, a line may wait for its journal; check I9 complains after a day."""

BATCH: Final = 200


def set_aside(session: Session, limit: int = BATCH) -> int:
    """Book unmatched lines that have waited too long on 2900 (J15); returns how many. Others take other lines."""
    actor = system_actor("reconcile")
    lines = session.scalars(
        select(ExternalLine)
        .where(ExternalLine.state == "unmatched", ExternalLine.imported_at < real_now(session) - AFTER)
        .order_by(ExternalLine.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for line in lines:
        name = _name(line)
        posted = post(
            session,
            actor,
            kind="J15",
            key=f"J15:{name}:{line.set_aside_count + 1}",
            pairs=j15_not_explained(line.rail, name, line.money),
            subject=("external_line", line.id),
        )
        line.state, line.journal_id = "set_aside", posted.journal_id
        line.set_aside_count += 1
        _record(session, actor, line, LINE_SET_ASIDE, {"journal": public("journal", posted.journal_id)})
    session.flush()
    return len(lines)


def explain_as_fee(session: Session, actor: Actor, line_id: uuid.UUID, reason: str) -> ExternalLine:
    """Say that a line which took money was a fee of the rail: the platform bears it.

    Needs reconciliation.match. Raises not_found, state_conflict, line_explained_otherwise for one that brought money.
    """
    line = _lock(session, actor, line_id)
    if line.amount > 0:
        raise LINE_EXPLAINED_OTHERWISE.error("This line brought money; a fee takes some.")
    return _explain(session, actor, line, "fee", reason, j15_explained_as_fee(_name(line), -line.money))


def explain_as_deposit(
    session: Session, actor: Actor, line_id: uuid.UUID, organization_id: uuid.UUID, reason: str
) -> ExternalLine:
    """Say that a line which brought money was a client's: it is added to that client's deposit.

    Needs reconciliation.match. Raises not_found, state_conflict, line_explained_otherwise for one that took money.
    """
    line = _lock(session, actor, line_id)
    organization = session.get(Organization, organization_id)
    if organization is None or organization.kind != "client":
        raise NOT_FOUND.error("There is no client with this id.", noun="organization")
    if line.amount < 0:
        raise LINE_EXPLAINED_OTHERWISE.error("This line took money; a deposit brings some.")
    pairs = j15_explained_as_deposit(_name(line), organization_id, line.money)
    return _explain(session, actor, line, "deposit", reason, pairs)


def explain_as_refund(
    session: Session, actor: Actor, line_id: uuid.UUID, deposit_id: uuid.UUID, reason: str
) -> ExternalLine:
    """Say that a line which took money gave a client's deposit back, by hand at the rail: the client has it no more.

    Needs reconciliation.match. Raises not_found, state_conflict, line_explained_otherwise for one that brought money,
    refund_amount for more than is left of that deposit, balance_insufficient when the client has spent it.
    """
    line = _lock(session, actor, line_id)
    if line.amount > 0:
        raise LINE_EXPLAINED_OTHERWISE.error("This line brought money; a refund takes some.")
    refund = refunds.note_refunded(session, deposit_id, -line.money, line.reference)
    pairs = j14_refunded_by_hand(_name(line), refund.organization_id, -line.money)
    return _explain(session, actor, line, "refund", reason, pairs, journal="J14")


def explain_as_chargeback(
    session: Session, actor: Actor, line_id: uuid.UUID, deposit_id: uuid.UUID, reason: str
) -> ExternalLine:
    """Say which deposit a dispute's line is about, where the rail did not: it is booked as a chargeback of that.

    Needs reconciliation.match. Raises not_found, state_conflict, line_explained_otherwise for what is no dispute.
    """
    line = _lock(session, actor, line_id)
    deposit = session.get(Deposit, deposit_id)
    if deposit is None or deposit.rail != line.rail:
        raise NOT_FOUND.error(f"There is no deposit with this id at {line.rail}.", noun="deposit")
    if line.kind != "dispute" or deposit.state != "available" or deposit.currency != line.currency:
        raise LINE_EXPLAINED_OTHERWISE.error("Only a dispute of a deposit that arrived, in its currency, is one.")
    line.charge = deposit.reference
    return look_again(session, actor, line_id, reason)


def explain_as_transit(session: Session, actor: Actor, line_id: uuid.UUID, reason: str) -> ExternalLine:
    """Say that a line was our own money on its way between a rail and the bank (1120).

    Needs reconciliation.match. Raises not_found, state_conflict.
    """
    line = _lock(session, actor, line_id)
    return _explain(session, actor, line, "transit", reason, j15_explained_as_transit(_name(line), line.money))


def explain_as_moved_already(session: Session, actor: Actor, line_id: uuid.UUID, reason: str) -> ExternalLine:
    """Say that a line of the bank moved our own money between 1010 and 1020, as the books did when it was decided.

    The line's journal is undone by its mirror. Never more than the books have moved that way and no earlier line
    showed. Needs reconciliation.match. Raises not_found, state_conflict, line_explained_otherwise.
    """
    line = _lock(session, actor, line_id)
    # Two people with a line each would both find the same money moved and not shown.
    advisory_xact_lock(session, "reconciliation.moved_already")
    left = moved_and_not_shown(session, line)
    if line.rail != BANK or abs(line.amount) > left.amount:
        raise LINE_EXPLAINED_OTHERWISE.error(
            f"Between our own accounts the books have moved {left} this way that no line of the bank showed."
        )
    _undo(session, actor, line)
    line.state, line.matched_at = "matched", market_now(session)
    session.flush()
    _record(session, actor, line, LINE_EXPLAINED, {"as": "moved_already", "reason_commitment": said(reason)})
    return line


def look_again(session: Session, actor: Actor, line_id: uuid.UUID, reason: str) -> ExternalLine:
    """Take the line out of 2900 by the mirror of its journal: matching looks for its journal again.

    Needs reconciliation.match. Raises not_found, state_conflict.
    """
    line = _lock(session, actor, line_id)
    _undo(session, actor, line)
    line.state, line.journal_id, line.imported_at = "unmatched", None, real_now(session)
    session.flush()
    _record(session, actor, line, LINE_EXPLAINED, {"as": "looked_for_again", "reason_commitment": said(reason)})
    return line


def _undo(session: Session, actor: Actor, line: ExternalLine) -> None:
    """The mirror of the journal that set the line aside."""
    booked = j15_not_explained(line.rail, _name(line), line.money)
    post(
        session,
        actor,
        kind="J15",
        key=f"J15:{_name(line)}:{line.set_aside_count}:back",
        pairs=[Pair(pair.credit, pair.debit, pair.amount) for pair in booked],
        subject=("external_line", line.id),
        reverses=line.journal_id,
    )


def _explain(
    session: Session,
    actor: Actor,
    line: ExternalLine,
    kind: str,
    reason: str,
    pairs: list[Pair],
    journal: str = "J15",
) -> ExternalLine:
    key = f"{journal}:{_name(line)}:{kind}"
    post(session, actor, kind=journal, key=key, pairs=pairs, subject=("external_line", line.id))
    line.state, line.matched_at = "matched", market_now(session)
    session.flush()
    _record(session, actor, line, LINE_EXPLAINED, {"as": kind, "reason_commitment": said(reason)})
    return line


def _lock(session: Session, actor: Actor, line_id: uuid.UUID) -> ExternalLine:
    actor.require("reconciliation.match")
    line = session.get(ExternalLine, line_id, with_for_update=True, populate_existing=True)
    if line is None:
        raise NOT_FOUND.error("There is no line with this id.", noun="external_line")
    if line.state != "set_aside":
        raise STATE_CONFLICT.error(
            f"This line is {line.state}; only one that was set aside can be explained.", current=line.state
        )
    return line


def _name(line: ExternalLine) -> str:
    return public("external_line", line.id)


def _record(session: Session, actor: Actor, line: ExternalLine, kind: EventKind, more: dict[str, Any]) -> None:
    body = {"rail": line.rail, "line": line.external_id, "amount": line.money.to_wire(), **more}
    record(session, kind, actor, subject=("external_line", line.id), body=body)

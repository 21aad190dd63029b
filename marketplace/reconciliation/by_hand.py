"""Finance says what a line was that nothing explains: one person, above a limit two; and so it is undone."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.reconciliation import suspense
from marketplace.reconciliation.errors import LINE_TWO_PEOPLE
from marketplace.reconciliation.events import (
    MATCH_PROPOSED,
    MATCH_REJECTED,
    MATCH_UNDO_ASKED,
    MATCH_UNDO_REJECTED,
)
from marketplace.reconciliation.lines import lock_line
from marketplace.reconciliation.match_models import LineMatch, LineMatchPayout
from marketplace.reconciliation.matches import LIVE, book, lock_match, note, unbook
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.states import KINDS, LINE_MATCH

PAYOUTS_MAX = 5_000
"""Most payouts of one line: as many as a payment file holds."""


@dataclass(frozen=True, slots=True)
class Alone:
    """What one person may say of a line alone: at most so much of a currency, and nothing of one that is not named."""

    limits: Mapping[str, Money] = field(default_factory=dict)

    def may(self, amount: Money) -> bool:
        """Whether a line of so much, in or out, needs no second person."""
        limit = self.limits.get(amount.currency)
        return limit is not None and abs(amount.amount) <= limit.amount


@dataclass(frozen=True, slots=True)
class Said:
    """What a line was: its `kind`, and which payouts, which client a deposit is of, or which deposit a refund is of."""

    kind: str
    reason: str
    payout_ids: Sequence[uuid.UUID] = ()
    organization_id: uuid.UUID | None = None
    deposit_id: uuid.UUID | None = None


def propose_match(session: Session, actor: Actor, line_id: uuid.UUID, said: Said, alone: Alone) -> LineMatch:
    """Say what a line on 2900 was; up to the limit it is booked at once, above it another person must agree.

    Needs reconciliation.match. Raises forbidden, invalid, not_found, state_conflict, line_explained_otherwise, and what
    the kind raises (`suspense`).
    """
    actor.require("reconciliation.match")
    _require_whole(said)
    line = lock_line(session, actor, line_id)
    live = session.scalar(select(LineMatch.id).where(LineMatch.line_id == line.id, LineMatch.state.in_(LIVE)))
    if line.state != "set_aside" or live is not None:
        why = (
            "it waits for a second person" if live is not None and line.state == "set_aside" else f"it is {line.state}"
        )
        raise STATE_CONFLICT.error(f"Only a line that stands on 2900 can be matched: {why}.", current=line.state)
    if said.payout_ids:
        # For the proposer's eyes: what is booked later is looked at again.
        suspense.require_sum(line, suspense.lock_payouts(session, said.payout_ids))
    row = LineMatch(
        id=new_id(),
        line_id=line.id,
        way="by_hand",
        kind=said.kind,
        state="proposed",
        amount=line.amount,
        currency=line.currency,
        target_id=said.organization_id or said.deposit_id,
        two_people=not alone.may(line.money),
        reason=said.reason.strip(),
        proposed_by=actor.person,
    )
    session.add(row)
    session.flush()
    session.add_all(LineMatchPayout(match_id=row.id, payout_id=one) for one in dict.fromkeys(said.payout_ids))
    session.flush()
    session.refresh(row)
    if row.two_people:
        note(session, actor, row, MATCH_PROPOSED)
    else:
        book(session, actor, row)
    return row


def approve_match(session: Session, actor: Actor, match_id: uuid.UUID) -> LineMatch:
    """Agree, as the second person, to what was proposed, or to undoing a match: it is booked now.

    Needs reconciliation.match. Raises forbidden, not_found, state_conflict, line_two_people, and what the kind raises.
    """
    row, line = _lock(session, actor, match_id)
    first = row.undo_asked_by if row.state == "undo_asked" else row.proposed_by
    if row.state not in {"proposed", "undo_asked"}:
        raise STATE_CONFLICT.error(f"This match is {row.state}: nothing of it waits for anybody.", current=row.state)
    if actor.person == first:
        raise LINE_TWO_PEOPLE.error("You said so yourself; another person must agree.")
    if row.state == "undo_asked":
        unbook(session, actor, row, line)
    else:
        book(session, actor, row)
    return row


def reject_match(session: Session, actor: Actor, match_id: uuid.UUID) -> LineMatch:
    """Give up what was proposed, or the undoing of a match, also one's own. Needs reconciliation.match.

    Raises forbidden, not_found, state_conflict.
    """
    row, _ = _lock(session, actor, match_id)
    if row.state == "undo_asked":
        LINE_MATCH.check(row.state, "done")
        note(session, actor, row, MATCH_UNDO_REJECTED)
        row.state, row.undo_reason, row.undo_asked_by, row.undo_asked_at = "done", None, None, None
        row.undo_two_people = False
        session.flush()
        return row
    LINE_MATCH.check(row.state, "rejected")
    row.state, row.decided_by, row.decided_at = "rejected", actor.person, market_now(session)
    session.flush()
    note(session, actor, row, MATCH_REJECTED)
    return row


def undo_match(session: Session, actor: Actor, match_id: uuid.UUID, reason: str, alone: Alone) -> LineMatch:
    """Say that a line was taken for the wrong thing, by whomever: up to the limit at once, above it another must agree.

    The journals are reversed by their mirrors, and the line stands on 2900 again. Needs reconciliation.match. Raises
    forbidden, invalid, not_found, state_conflict, balance_insufficient for a deposit that is spent.
    """
    _require_reason(reason)
    row, line = _lock(session, actor, match_id)
    LINE_MATCH.check(row.state, "undo_asked")
    if row.kind == "refund":
        raise STATE_CONFLICT.error("A refund that the client was told of is not undone here.", current=row.state)
    now = market_now(session)
    row.state, row.undo_reason, row.undo_asked_by, row.undo_asked_at = "undo_asked", reason.strip(), actor.person, now
    row.undo_two_people = not alone.may(row.money)
    session.flush()
    if row.undo_two_people:
        note(session, actor, row, MATCH_UNDO_ASKED)
    else:
        unbook(session, actor, row, line)
    return row


def _lock(session: Session, actor: Actor, match_id: uuid.UUID) -> tuple[LineMatch, ExternalLine]:
    actor.require("reconciliation.match")
    found = lock_match(session, match_id)
    if found is None:
        raise NOT_FOUND.error("There is no match with this id.", noun="line_match")
    return found


def _require_whole(said: Said) -> None:
    _require_reason(said.reason)
    if said.kind not in KINDS:
        _refuse("/kind", f"A line was one of: {', '.join(KINDS)}.")
    if (said.kind == "payouts") != bool(said.payout_ids):
        _refuse("/payout_ids", "Say which payouts, where it was payouts, and none elsewhere.")
    if len(said.payout_ids) > PAYOUTS_MAX:
        _refuse("/payout_ids", f"A line pays at most {PAYOUTS_MAX} payouts.")
    if (said.kind == "deposit") != (said.organization_id is not None):
        _refuse("/organization_id", "Say of which client it was, where it was a deposit, and of none elsewhere.")
    if (said.kind == "refund") != (said.deposit_id is not None):
        _refuse("/deposit_id", "Say which deposit was given back, where it was a refund, and none elsewhere.")


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise INVALID.error("Say why.", errors=[FieldError("/reason", "required", "Say why: others will ask.")])


def _refuse(pointer: str, message: str) -> None:
    raise INVALID.error(message, errors=[FieldError(pointer, "invalid", message)])

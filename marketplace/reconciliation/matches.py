"""Booking what a line was taken for, and undoing that: the journals of a match, and what is said of it in the log.

The callers hold the line's lock, and have decided that it is so.
"""

import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.invoicing.issuing import cancel_receipt
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.ledger.posting import hold, mirror_of, post
from marketplace.ledger.recipes.accounts import in_flight
from marketplace.payouts.accounts import payable
from marketplace.payouts.unconfirming import unconfirm
from marketplace.reconciliation import suspense
from marketplace.reconciliation.events import MATCH_DONE, MATCH_UNDONE
from marketplace.reconciliation.lines import line_body
from marketplace.reconciliation.match_models import LineMatch, LineMatchPayout
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.setting_aside import put_aside
from marketplace.reconciliation.states import LINE_MATCH

LIVE: Final = ("proposed", "done", "undo_asked")
"""States of a match beside which its line, and the transfers that it names, have no other."""


def book(session: Session, actor: Actor, row: LineMatch) -> None:
    """Book a match of a line that stands on 2900: proposed -> done.

    Raises what the explanation raises (`suspense`): a payout that waits no longer, a deposit that is spent.
    """
    LINE_MATCH.check(row.state, "done")
    journals = _explain(session, actor, row)
    row.state, row.decided_by, row.decided_at = "done", actor.person_id, market_now(session)
    session.flush()
    more = {
        "proposed_by": None if row.proposed_by is None else public("person", row.proposed_by),
        "journals": sorted(public("journal", journal_id) for journal_id in journals),
    }
    note(session, actor, row, MATCH_DONE, **more)


def _explain(session: Session, actor: Actor, row: LineMatch) -> Sequence[uuid.UUID]:
    if row.kind == "payouts":
        parts = {part.payout_id: part for part in _parts(session, row)}
        found = suspense.explain_as_payouts(session, actor, row.line_id, parts, row.reason)
        for payout_id, journal_id in found.items():
            parts[payout_id].journal_id = journal_id
        return list(found.values())
    if row.kind == "deposit" and row.target_id is not None:
        row.journal_id = suspense.explain_as_deposit(session, actor, row.line_id, row.target_id, row.reason)
    elif row.kind == "refund" and row.target_id is not None:
        row.journal_id = suspense.explain_as_refund(session, actor, row.line_id, row.target_id, row.reason)
    elif row.kind == "fee":
        row.journal_id = suspense.explain_as_fee(session, actor, row.line_id, row.reason)
    elif row.kind == "moved_already":
        row.journal_id = suspense.explain_as_moved_already(session, actor, row.line_id, row.reason)
    else:
        row.journal_id = suspense.explain_as_transit(session, actor, row.line_id, row.reason)
    return [row.journal_id]


def unbook(session: Session, actor: Actor, row: LineMatch, line: ExternalLine) -> None:
    """Reverse the journals of a match whose line is locked: the line stands on 2900 again, by its first journal.

    Raises state_conflict for a refund, for a payout that came back since and for one of an erased payee,
    balance_insufficient for a deposit that is spent.
    """
    LINE_MATCH.check(row.state, "undone")
    if row.kind == "payouts":
        _unconfirm(session, actor, row)
        line.state, line.matched_at = "set_aside", None
    elif row.kind == "moved_already":
        put_aside(session, actor, line)  # its first journal was undone by the match itself
    elif row.kind == "refund" or row.journal_id is None:
        raise STATE_CONFLICT.error("A refund that the client was told of is not undone here.", current=row.state)
    else:
        pairs, _ = mirror_of(session, row.journal_id)
        posted = post(
            session,
            actor,
            kind="J15",
            key=f"J15:{public('line_match', row.id)}:undone",
            pairs=pairs,
            subject=("external_line", line.id),
            reverses=row.journal_id,
        )
        cancel_receipt(session, actor, row.journal_id, posted.journal_id)
        line.state, line.matched_at = "set_aside", None
    # Whoever said that it was something else looks for what it was.
    line.owner_id = line.owner_id or row.undo_asked_by
    row.state, row.undone_by, row.undone_at = "undone", actor.person, market_now(session)
    session.flush()
    assert row.undo_asked_by is not None
    note(session, actor, row, MATCH_UNDONE, asked_by=public("person", row.undo_asked_by))


def _unconfirm(session: Session, actor: Actor, row: LineMatch) -> None:
    parts = _parts(session, row)
    payouts = {one.id: one for one in suspense.lock_payouts(session, [part.payout_id for part in parts])}
    hold(
        session,
        [ref for one in payouts.values() for ref in (in_flight(one.id, one.paid.currency), payable(one))],
    )
    for part in parts:
        assert part.journal_id is not None
        unconfirm(session, actor, payouts[part.payout_id], part.journal_id)


def lock_match(session: Session, match_id: uuid.UUID) -> tuple[LineMatch, ExternalLine] | None:
    """A match and its line, locked, the line first as whoever explains it does; None for an unknown id."""
    line_id = session.scalar(select(LineMatch.line_id).where(LineMatch.id == match_id))
    if line_id is None:
        return None
    line = session.get_one(ExternalLine, line_id, with_for_update=True, populate_existing=True)
    return session.get_one(LineMatch, match_id, with_for_update=True, populate_existing=True), line


def note(session: Session, actor: Actor, row: LineMatch, kind: EventKind, **more: Any) -> None:
    """Say in the log what became of a match."""
    line = session.get_one(ExternalLine, row.line_id)
    body = {
        **line_body(line),
        "as": row.kind,
        "way": row.way,
        "payouts": [public("payout", part.payout_id) for part in _parts(session, row)],
        "reason_commitment": said(row.undo_reason or row.reason),
        **more,
    }
    record(session, kind, actor, subject=("line_match", row.id), body=body)


def _parts(session: Session, row: LineMatch) -> Sequence[LineMatchPayout]:
    wanted = select(LineMatchPayout).where(LineMatchPayout.match_id == row.id)
    return session.scalars(wanted.order_by(LineMatchPayout.payout_id)).all()

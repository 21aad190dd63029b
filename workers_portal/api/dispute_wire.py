"""Disputes and appeals as the worker API sends them."""

from __future__ import annotations

import datetime as dt

from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.work.dispute_models import Appeal, Dispute
from marketplace.work.views import AnswerView
from workers_portal.api.schemas import disputes as w


def dispute(view: AnswerView) -> w.DisputeWire | None:
    """The dispute about an answer, with what can still be done against how it ended."""
    row = view.dispute
    if row is None:
        return None
    return {
        "id": public("dispute", row.id),
        "state": row.state,
        "reason": row.reason,
        "deadline_at": instant(row.deadline_at),
        "response": row.response,
        "decision": row.decision,
        "decided_at": _instant(row.decided_at),
        "appeal_until": _instant(view.appeal_until),
        "appeal": None if view.appeal is None else appeal(view.appeal),
    }


def appeal(row: Appeal) -> w.AppealWire:
    """An appeal against how a dispute was decided."""
    return {
        "dispute_id": public("dispute", row.dispute_id),
        "side": row.side,
        "state": row.state,
        "reason": row.reason,
        "deadline_at": instant(row.deadline_at),
        "decision": row.decision,
        "decided_at": _instant(row.decided_at),
    }


def opened(row: Dispute) -> w.OpenedDisputeWire:
    """A dispute that was just opened."""
    return {
        "id": public("dispute", row.id),
        "answer_id": public("answer", row.answer_id),
        "state": row.state,
        "deadline_at": instant(row.deadline_at),
    }


def _instant(moment: dt.datetime | None) -> str | None:
    return None if moment is None else instant(moment)

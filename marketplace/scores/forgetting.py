"""Taking back what a score says, where a worker contested it and operations agree."""

import uuid

from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.scores.events import SCORE_FORGOTTEN
from marketplace.scores.models import WorkerScore

REASON_MAX = 4000


def forget_score(session: Session, actor: Actor, worker_id: uuid.UUID, kind: str, reason: str) -> WorkerScore:
    """Let nothing count that a worker did so far at a kind of labeling: their score is unknown, and begins anew.

    The worker reads the reason. Raises forbidden, not_found, invalid.
    """
    actor.require("protection.manage")
    if not reason.strip() or len(reason) > REASON_MAX:
        message = f"This takes 1 to {REASON_MAX} characters."
        raise INVALID.error(message, errors=[FieldError("/reason", "required", message)])
    # The sweep may just be reckoning it, from what is not to count any more.
    advisory_xact_lock(session, f"scores of {worker_id}")
    row = session.get(WorkerScore, (worker_id, kind), populate_existing=True)
    if row is None:
        raise NOT_FOUND.error("This worker has no score for that kind of labeling.", noun="person")
    row.percent, row.answers, row.newest_at, row.expires_at = None, 0, None, None
    row.counts_from = row.computed_at = market_now(session)
    session.flush()
    body = {"kind": kind, "reason_commitment": said(reason.strip())}
    audit.record(session, SCORE_FORGOTTEN, actor, subject=("person", worker_id), people={worker_id}, body=body)
    return row

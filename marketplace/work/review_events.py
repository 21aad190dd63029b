"""The audit events of verdicts: one for each kind of verdict on a claim."""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.audit.words import said
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.work import events
from marketplace.work.verdicts import Decisions, Verdict

CONTEST_FOR: Final = dt.timedelta(days=7)
"""How long a rejection, or a redo that lapsed, can be contested."""
HELD_FOR: Final = dt.timedelta(days=7)
"""How long another side has to decide a held rejection; after that the answer is accepted."""

_KINDS = {
    "accept": events.CLAIM_ACCEPTED,
    "pay_not_use": events.CLAIM_PAID_NOT_USED,
    "redo": events.CLAIM_REDO_REQUESTED,
    "reject": events.CLAIM_REJECTED,
}


def _correction(verdict: Verdict) -> dict[str, str]:
    if verdict.correction is None:
        return {}
    content = json.dumps(verdict.correction, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"correction_digest": hashlib.sha256(content.encode()).hexdigest()}


def record(session: Session, actor: Actor, decisions: Decisions, verdicts: Sequence[Verdict], attempt: int) -> None:
    """Write one event for each kind of verdict given."""
    claim = decisions.claim
    readers: list[uuid.UUID] = [actor.organization_id] if actor.organization_id is not None else []
    held = {answer.id for answer in decisions.held}
    for verdict, kind in {**_KINDS, "hold": events.CLAIM_HELD}.items():
        if verdict == "hold":
            given = [one for one in verdicts if one.answer_id in held]
        else:
            given = [one for one in verdicts if one.verdict == verdict and one.answer_id not in held]
        if not given:
            continue
        body: dict[str, Any] = {
            "job": public("job", claim.job_id),
            "attempt": attempt,
            "answers": [
                {
                    "answer": public("answer", one.answer_id),
                    "category": one.category,
                    "comment_commitment": said(one.comment),
                    "rule": one.rule,
                    **_correction(one),
                }
                for one in given
            ],
        }
        if verdict == "redo":
            # Not when the claim's own lease ends: that would tell readers how much time its worker wants.
            lease = dt.timedelta(seconds=decisions.batch.lease_seconds)
            body["lease_until"] = instant(decisions.decided_at + lease)
        if verdict == "reject":
            body["contest_until"] = instant(decisions.decided_at + CONTEST_FOR)
        if verdict == "hold":
            body["deadline_at"] = instant(decisions.decided_at + HELD_FOR)
        audit.record(
            session,
            kind,
            actor,
            subject=("claim", claim.id),
            organizations=readers,
            people=[claim.worker_id],
            body=body,
            at=decisions.decided_at,
        )

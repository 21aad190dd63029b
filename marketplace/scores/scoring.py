"""Reckoning the scores of workers anew, once a day and worker. A sweep; rules never reject by a score."""

import datetime as dt
import uuid
from collections import defaultdict
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import load
from marketplace.kernel.actor import system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.texts import named, say
from marketplace.scores.events import SCORE_CHANGED
from marketplace.scores.models import WorkerScore
from marketplace.scores.reckoning import ANSWERS_MIN, FRESH, Evidence, moves, reckon

_STATEMENTS: Final = load(__file__, "scoring.sql")
SCORE_WORDS: Final = say("%(percent)s of 100, from at least %(answers)s answers of yours to work of the kind %(kind)s.")
LOOKED_AT: Final = 2_000
"""So many of a worker's newest answers are looked at, over all kinds."""


def score_one_worker(session: Session) -> int:
    """Sweep: reckon the scores of one worker whose evidence grew before today; returns 1, or 0 for none.

    Any number of processes may do so.
    """
    taken = session.scalars(_STATEMENTS.take_due).all()
    if not taken:
        return 0
    worker_id = taken[0]
    # Rows of one worker may be taken by two: who comes second reads what the first one wrote.
    advisory_xact_lock(session, f"scores of {worker_id}")
    score(session, worker_id)
    return 1


def score(session: Session, worker_id: uuid.UUID) -> None:
    """Reckon all scores of a worker; the caller keeps others from doing so at the same moment.

    Today's answers do not count yet: a score that moved while somebody works would say which answer moved it.
    """
    now = market_now(session)
    today = dt.datetime.combine(now.astimezone(dt.UTC).date(), dt.time(), dt.UTC)
    values = {"worker_id": worker_id, "since": now - FRESH, "until": today, "limit": LOOKED_AT}
    evidence: dict[str, list[Evidence]] = defaultdict(list)
    for found in session.execute(_STATEMENTS.evidence, values):
        evidence[found.kind].append(Evidence(found.at, found.share))
    wanted = select(WorkerScore).where(WorkerScore.worker_id == worker_id)
    kept = {row.kind: row for row in session.scalars(wanted.execution_options(populate_existing=True))}
    for kind in sorted(evidence):
        row = kept.get(kind)
        if row is None:
            row = WorkerScore(worker_id=worker_id, kind=kind, percent=None, answers=0, computed_at=now)
            session.add(row)
        _move(session, row, evidence[kind], now)
    session.flush()


def _move(session: Session, row: WorkerScore, evidence: list[Evidence], now: dt.datetime) -> None:
    counting = [one for one in evidence if row.counts_from is None or one.at >= row.counts_from]
    found = reckon(counting, now)
    if found is None:  # what was known stays known until its end
        return
    before = row.reckoned(now)
    if before is not None and not moves(before, found, counting, row.computed_at, now):
        return
    changed = before is None or before.percent != found.percent
    row.percent, row.answers, row.newest_at = found.percent, found.answers, found.newest_at
    row.expires_at, row.computed_at = found.expires_at, now
    session.flush()
    if changed:
        _record(session, row, found.expires_at, found.percent)


def _record(session: Session, row: WorkerScore, expires_at: dt.datetime, percent: int) -> None:
    audit.record(
        session,
        SCORE_CHANGED,
        system_actor("score_workers"),
        subject=("person", row.worker_id),
        people={row.worker_id},
        body={
            "kind": row.kind,
            "percent": percent,
            "known_until": instant(expires_at),
            "words": str(
                SCORE_WORDS.filled(
                    percent=percent, answers=row.answers // ANSWERS_MIN * ANSWERS_MIN, kind=named(row.kind)
                )
            ),
        },
    )

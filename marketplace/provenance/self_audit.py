"""The nightly self-audit: the whole log walked a piece at a time, compared with the live rows and with what is outside.

A walk over a log of any size takes many ticks of the sweep; each goes on where the last one ended, in any process.
That each journal has its one event is a check of the books (I12), which run daily too.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.fencing import KeptHead
from marketplace.audit.merkle import Frontier
from marketplace.audit.models import HASH_BYTES, AuditWalk
from marketplace.audit.notes import Verifier
from marketplace.audit.verifying import Progress, verify
from marketplace.db.clock import real_now
from marketplace.db.locks import try_advisory_xact_lock
from marketplace.logs import get_logger

PIECE_LEAVES: Final = 20_000
EVERY: Final = dt.timedelta(days=1)
log = get_logger(__name__)


def walk_on(
    session: Session,
    verifier: Verifier,
    kept: Callable[[int], Iterator[KeptHead]],
    *,
    piece_leaves: int = PIECE_LEAVES,
) -> int:
    """Sweep: verify the next piece of the day's walk, or begin one; returns how many leaves were walked.

    One process at a time. What was found is in the row and in the program's log. Recomputers must be loaded.
    """
    if not try_advisory_xact_lock(session, "audit.walk"):
        return 0
    walk = _open_walk(session)
    if walk is None:
        return 0
    before = walk.next_leaf
    progress = _progress(walk)
    report = verify(session, verifier, kept=kept, progress=progress, leaves_max=piece_leaves)
    finding = None if report.finding is None else str(report.finding)
    _keep(walk, progress)
    if report.finished:
        walk.ended_at, walk.finding = real_now(session), finding
    session.flush()
    if finding is not None:
        log.error("audit.altered", finding=finding)
    return walk.next_leaf - before


def newest_walk(session: Session) -> AuditWalk | None:
    """The last walk that came to its end, None before the first."""
    ended = select(AuditWalk).where(AuditWalk.ended_at.is_not(None))
    return session.scalars(ended.order_by(AuditWalk.ended_at.desc()).limit(1)).one_or_none()


def _open_walk(session: Session) -> AuditWalk | None:
    walk = session.scalars(select(AuditWalk).where(AuditWalk.ended_at.is_(None))).one_or_none()
    if walk is not None:
        return walk
    last = newest_walk(session)
    if last is not None and real_now(session) - last.began_at < EVERY:
        return None
    walk = AuditWalk()
    session.add(walk)
    session.flush()
    session.refresh(walk)
    return walk


def _progress(walk: AuditWalk) -> Progress:
    hashes = bytes(walk.hashes)
    parts = [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]
    return Progress(
        frontier=Frontier(walk.next_leaf, parts),
        checkpoints_proven=walk.checkpoints_proven,
        last_checkpoint=walk.last_checkpoint,
        recomputed=walk.recomputed,
        not_recomputable=walk.not_recomputable,
        kept_proven=walk.kept_proven,
    )


def _keep(walk: AuditWalk, progress: Progress) -> None:
    walk.next_leaf, walk.hashes = progress.frontier.size, b"".join(progress.frontier.hashes)
    walk.checkpoints_proven, walk.last_checkpoint = progress.checkpoints_proven, progress.last_checkpoint
    walk.recomputed, walk.not_recomputable = progress.recomputed, progress.not_recomputable
    walk.kept_proven = progress.kept_proven

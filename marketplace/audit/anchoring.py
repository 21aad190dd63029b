"""Anchoring: the newest signed head is kept where nobody who can write the database can change it."""

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.anchors import AnchorDiffersError, AnchorError, AnchorStore, name_of
from marketplace.audit.keychain import Rotation, abandons, stored_forks
from marketplace.audit.log_events import CHECKPOINT_ANCHORED, CHECKPOINT_STAMPED, LOG_ID
from marketplace.audit.models import AuditAnchor, AuditEvent, AuditLeaf
from marketplace.audit.queries import latest_checkpoint
from marketplace.audit.recording import record
from marketplace.audit.sealing import Checkpoint
from marketplace.db.clock import real_now
from marketplace.db.locks import try_advisory_xact_lock
from marketplace.kernel.actor import system_actor
from marketplace.logs import get_logger

log = get_logger(__name__)


def anchor(
    transactions: Callable[[], AbstractContextManager[Session]], stores: Sequence[AnchorStore], every: dt.timedelta
) -> int:
    """Sweep: keep the newest head at each place where the last one was kept longer ago; returns how many were kept.

    A log that has not grown but by its own anchoring is not kept again, nor is a head whose name a place has given to
    one that a declared fork abandoned: the next one is. The places are asked outside any transaction:
    each is written once, so that a second process finds the same there. Raises AnchorDiffersError where another head of
    this size is kept, and AnchorError for a place that does not answer, after the others were tried.
    """
    with transactions() as session:
        head = latest_checkpoint(session)
        due = [] if head is None else [store for store in stores if _is_due(session, head, store.place, every)]
        forks = stored_forks(session) if due else []
    if head is None or not due:
        return 0
    kept, problem = [], None
    for store in due:
        try:
            if _keep(store, head, forks):
                kept.append(store.place)
        except (AnchorDiffersError, AnchorError) as error:
            log.error("anchor.failed", place=store.place, problem=str(error))  # noqa: TRY400 - its words say all
            # That another head is there is the worse news.
            problem = error if problem is None or isinstance(error, AnchorDiffersError) else problem
    if kept:
        with transactions() as session:
            _write(session, head, kept)
    if problem is not None:
        raise problem
    return len(kept)


def has_news(session: Session, since: int, until: int) -> bool:
    """Whether a leaf from `since` up to `until` tells of more than that heads were kept or stamped."""
    told = (
        select(AuditLeaf.number)
        .join(AuditEvent, AuditEvent.id == AuditLeaf.event_id)
        .where(AuditLeaf.number >= since, AuditLeaf.number < until)
        .where(AuditEvent.kind.not_in((CHECKPOINT_ANCHORED.kind, CHECKPOINT_STAMPED.kind)))
    )
    return session.scalar(told.limit(1)) is not None


def last_anchor(session: Session, place: str | None = None) -> AuditAnchor | None:
    """The newest anchor, at one place or at any; None where there is none."""
    newest = select(AuditAnchor).order_by(AuditAnchor.tree_size.desc(), AuditAnchor.place).limit(1)
    return session.scalars(newest if place is None else newest.where(AuditAnchor.place == place)).one_or_none()


def _keep(store: AnchorStore, head: Checkpoint, forks: Sequence[Rotation]) -> bool:
    name = name_of(head.tree_size)
    try:
        store.put_once(name, head.note.encode())
    except AnchorDiffersError:
        if not abandons(forks, store.read(name).decode(errors="replace")):
            raise
        log.warning("anchor.name_taken", place=store.place, tree_size=head.tree_size)
        return False
    return True


def _is_due(session: Session, head: Checkpoint, place: str, every: dt.timedelta) -> bool:
    last = last_anchor(session, place)
    if last is None:
        return True
    return real_now(session) - last.anchored_at >= every and has_news(session, last.tree_size, head.tree_size)


def _write(session: Session, head: Checkpoint, places: Sequence[str]) -> None:
    if not try_advisory_xact_lock(session, "audit anchors"):
        return  # another process is writing the same
    written = [place for place in places if session.get(AuditAnchor, (head.tree_size, place)) is None]
    if not written:
        return
    session.add_all([AuditAnchor(tree_size=head.tree_size, place=place) for place in written])
    session.flush()
    body = {
        "tree_size": head.tree_size,
        "root_hash": head.root_hash.hex(),
        "short": head.short,
        "note": head.note,
        "places": written,
    }
    record(session, CHECKPOINT_ANCHORED, system_actor("anchor_audit_log"), subject=("log", LOG_ID), body=body)

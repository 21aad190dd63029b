"""Time stamps (RFC 3161): somebody outside signs that a signed head was there at a time, which our clock cannot say.

A sweep of its own asks; sealing never waits for it, and a log without time stamps is the same log.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import offline
from marketplace.audit.anchoring import has_news
from marketplace.audit.log_events import CHECKPOINT_STAMPED, LOG_ID
from marketplace.audit.models import AuditTimestamp
from marketplace.audit.queries import latest_checkpoint
from marketplace.audit.recording import record
from marketplace.audit.sealing import Checkpoint
from marketplace.db.clock import real_now
from marketplace.db.locks import try_advisory_xact_lock
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import system_actor
from marketplace.kernel.canonical import instant
from marketplace.logs import get_logger

log = get_logger(__name__)


class TimestampError(OSError):
    """The authority cannot be reached, refuses, or answers with something that proves nothing."""


class TimestampAuthority(Protocol):
    """Whoever signs that it saw some bytes."""

    @property
    def name(self) -> str:
        """Its address, for people."""

    def token(self, content: bytes) -> bytes:
        """A time stamp of the content in DER, with the certificate in it; within seconds, or TimestampError."""


@dataclass(frozen=True, slots=True)
class Stamping:
    """Who is asked, and how long after the last time stamp at the earliest."""

    authority: TimestampAuthority
    every: dt.timedelta


def stamp(transactions: Callable[[], AbstractContextManager[Session]], stamping: Stamping | None) -> int:
    """Sweep: have the newest head stamped where the last time stamp is older; returns how many were.

    The authority is asked outside any transaction, and what it answers is kept only if the verifier would accept it
    (which root it leads to is for the verifier's user to say). Raises TimestampError.
    """
    if stamping is None:
        return 0
    authority = stamping.authority
    with transactions() as session:
        head = latest_checkpoint(session)
        due = head is not None and _is_due(session, head, stamping)
    if head is None or not due:
        return 0
    token = authority.token(head.note.encode())
    try:
        told = offline.read_stamp(token, head.note.encode())
    except offline.Wrong as wrong:
        raise TimestampError(f"{authority.name}: {wrong}") from wrong
    with transactions() as session:
        return _write(session, head, authority.name, told.at, token)


def last_stamp(session: Session, authority: str | None = None) -> AuditTimestamp | None:
    """The newest time stamp, of one authority or of any; None where there is none."""
    newest = select(AuditTimestamp).order_by(AuditTimestamp.tree_size.desc(), AuditTimestamp.authority).limit(1)
    return session.scalars(
        newest if authority is None else newest.where(AuditTimestamp.authority == authority)
    ).one_or_none()


def stamp_of(session: Session, tree_size: int) -> AuditTimestamp | None:
    """A time stamp of the signed head of that size, if there is one."""
    of_size = select(AuditTimestamp).where(AuditTimestamp.tree_size == tree_size)
    return session.scalars(of_size.order_by(AuditTimestamp.authority).limit(1)).one_or_none()


def stamp_over(session: Session, leaves: int, tree_size: int) -> AuditTimestamp | None:
    """The earliest time stamp that covers so many leaves, else the last one, up to the head of `tree_size`."""
    known = select(AuditTimestamp).where(AuditTimestamp.tree_size <= tree_size)
    earliest = known.where(AuditTimestamp.tree_size >= leaves).order_by(AuditTimestamp.tree_size)
    last = known.order_by(AuditTimestamp.tree_size.desc())
    for one in (earliest, last):
        found = session.scalars(one.order_by(AuditTimestamp.authority).limit(1)).one_or_none()
        if found is not None:
            return found
    return None


def stamps(session: Session, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT) -> Page[AuditTimestamp]:
    """A page of the time stamps, that of the largest head first."""
    keys = [AuditTimestamp.tree_size, AuditTimestamp.authority]
    return paginate(session, select(AuditTimestamp), keys=keys, cursor=cursor, limit=limit, descending=True)


def _is_due(session: Session, head: Checkpoint, stamping: Stamping) -> bool:
    last = last_stamp(session, stamping.authority.name)
    if last is None:
        return True
    return real_now(session) - last.kept_at >= stamping.every and has_news(session, last.tree_size, head.tree_size)


def _write(session: Session, head: Checkpoint, authority: str, at: dt.datetime, token: bytes) -> int:
    if not try_advisory_xact_lock(session, "audit timestamps"):
        return 0  # another process is writing its own
    if session.get(AuditTimestamp, (head.tree_size, authority)) is not None:
        return 0
    session.add(AuditTimestamp(tree_size=head.tree_size, authority=authority, stamped_at=at, token=token))
    session.flush()
    body = {
        "tree_size": head.tree_size,
        "root_hash": head.root_hash.hex(),
        "authority": authority,
        "stamped_at": instant(at),
        "token": sha256(token).hexdigest(),
    }
    record(session, CHECKPOINT_STAMPED, system_actor("stamp_audit_log"), subject=("log", LOG_ID), body=body)
    log.info("audit.stamped", tree_size=head.tree_size, authority=authority)
    return 1

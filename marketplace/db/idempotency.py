"""Answers kept for 30 days, so that a request sent twice takes effect once.

The key's row is written in the same transaction as the effect: either both exist or neither. Two requests with one
key at the same moment meet at an advisory lock that the first holds until it commits; the second is told at once
that the first is still at work (409) instead of waiting. What fails leaves no row, and may be sent again.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, Integer, PrimaryKeyConstraint, delete, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.db.base import Base
from marketplace.db.errors import IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED
from marketplace.db.locks import try_advisory_xact_lock
from marketplace.db.personal import Personal, personal

KEEP_DAYS = 30


class IdempotencyKey(Base):
    """A key a caller chose, what it was used for, and the answer it got."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        PrimaryKeyConstraint("scope", "key"),
        Index(None, "expires_at"),
    )

    scope: Mapped[str]
    key: Mapped[str]
    request_hash: Mapped[bytes]
    status: Mapped[int | None] = mapped_column(Integer)
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    body: Mapped[bytes | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
    expires_at: Mapped[dt.datetime] = mapped_column(
        server_default=text(f"statement_timestamp() + interval '{KEEP_DAYS} days'")
    )


personal(
    Personal(
        IdempotencyKey,
        lambda person_id: IdempotencyKey.scope == str(person_id),
        why="so that a request sent twice takes effect once",
        kept_for=f"{KEEP_DAYS} days",
        removed=True,
        not_exported="copies of answers that were given to the person already",
    )
)


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer an earlier request with this key got."""

    status: int
    headers: dict[str, str]
    body: bytes


def request_hash(method: str, path: str, body: bytes) -> bytes:
    """What makes two requests the same one: method, path with query, and body, byte for byte."""
    digest = hashlib.sha256()
    for part in (method.encode(), path.encode(), body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def begin(session: Session, scope: str, key: str, request_hash: bytes) -> Replay | None:
    """Take `key` for this transaction: None means go on and `finish`; a Replay is to be answered instead.

    `scope` names whose key it is (the organization or person and nothing else: a key is used once per caller).
    Raises idempotency_key_reused when the key came with another request, idempotency_in_progress when a request
    with this key has not ended.
    """
    # The lock comes before the look: whoever holds it is the only one between look and commit.
    if not try_advisory_xact_lock(session, f"idempotency {scope} {key}"):
        raise IDEMPOTENCY_IN_PROGRESS.error("The first request with this idempotency key has not ended.")
    earlier = session.execute(
        select(
            IdempotencyKey.request_hash,
            IdempotencyKey.status,
            IdempotencyKey.headers,
            IdempotencyKey.body,
            (IdempotencyKey.expires_at <= text("statement_timestamp()")).label("expired"),
        ).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key)
    ).one_or_none()
    if earlier is not None and earlier.expired:
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key))
        earlier = None
    if earlier is None:
        session.add(IdempotencyKey(scope=scope, key=key, request_hash=request_hash))
        session.flush()
        return None
    if earlier.request_hash != request_hash:
        raise IDEMPOTENCY_KEY_REUSED.error("This idempotency key was used for another request.")
    if earlier.status is None:
        # Only within one transaction that took the key and has not finished it.
        raise IDEMPOTENCY_IN_PROGRESS.error("The first request with this idempotency key has not ended.")
    return Replay(status=earlier.status, headers=dict(earlier.headers), body=earlier.body or b"")


def finish(
    session: Session, scope: str, key: str, status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> None:
    """Keep the answer under the key taken by `begin`. Leave secrets out of `body`: it is kept for 30 days."""
    kept = session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.scope == scope, IdempotencyKey.key == key, IdempotencyKey.status.is_(None))
        .values(status=status, body=body, headers=dict(headers or {}))
        .returning(IdempotencyKey.key)
    ).one_or_none()
    if kept is None:
        raise LookupError("finish without begin")


def forget_expired(session: Session, *, limit: int = 10_000) -> int:
    """Delete keys past their 30 days, at most `limit`; safe in any number of processes. Returns how many."""
    expired = (
        select(IdempotencyKey.scope, IdempotencyKey.key)
        .where(IdempotencyKey.expires_at <= text("statement_timestamp()"))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("expired")
    )
    gone = session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.scope == expired.c.scope, IdempotencyKey.key == expired.c.key)
        .returning(IdempotencyKey.key)
    ).all()
    return len(gone)

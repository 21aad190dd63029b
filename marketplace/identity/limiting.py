"""Counting requests in the database, so that a limit holds for all web processes together."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.identity.errors import RATE_LIMITED
from marketplace.identity.secrets import digest
from marketplace.kernel.errors import DomainError
from marketplace.kernel.texts import say

_COUNT = text("""
    INSERT INTO request_count AS known (key, count, expires_at)
    VALUES (:key, :wanted, statement_timestamp() + :seconds * interval '1 second')
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN known.expires_at <= statement_timestamp() THEN excluded.count
                     ELSE known.count + excluded.count END,
        expires_at = CASE WHEN known.expires_at <= statement_timestamp() THEN excluded.expires_at
                          ELSE known.expires_at END
    RETURNING count AS times, ceil(extract(epoch FROM expires_at - statement_timestamp()))::int AS seconds_left
""")
_SWEEP = text("""
    DELETE FROM request_count WHERE key IN (
        SELECT key FROM request_count WHERE expires_at <= statement_timestamp()
         ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED)
""")


def take(session: Session, key: str, wanted: int, *, most: int, seconds: int) -> tuple[int, int]:
    """Take up to `wanted` of the `most` requests of a window under `key`: (how many were granted, seconds left).

    Whoever takes many at once asks the database seldom, and all who take together never get more than `most`. The key
    is kept as a hash only: it may hold an address.
    """
    row = session.execute(_COUNT, {"key": digest(key).hex(), "wanted": wanted, "seconds": seconds}).one()
    beyond = max(0, row.times - most)
    return max(0, wanted - beyond), max(1, row.seconds_left)


def count_request(session: Session, key: str, *, most: int, seconds: int) -> None:
    """Count one request under `key`; raises rate_limited beyond `most` in a window of that many seconds.

    The caller commits even when refused.
    """
    granted, seconds_left = take(session, key, 1, most=most, seconds=seconds)
    if not granted:
        raise too_many(seconds_left)


def too_many(seconds_left: int) -> DomainError:
    """The refusal, with the seconds to wait."""
    return RATE_LIMITED.error(
        say("That was asked for too often; try again in %(seconds)s seconds.", seconds=seconds_left),
        retry_after=seconds_left,
    )


def forget_expired(session: Session, most: int = 1000) -> int:
    """Sweep: remove windows that are over; returns how many."""
    return session.execute(_SWEEP, {"most": most}).rowcount  # type: ignore[attr-defined,no-any-return]

"""Advisory locks held to the end of the transaction."""

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

# Two texts become one 64-bit key; a collision only makes two strangers wait for each other.
_KEY = "hashtextextended(:name, :key)"
_LOCK = text(f"SELECT pg_advisory_xact_lock({_KEY})")
_TRY_LOCK = text(f"SELECT pg_try_advisory_xact_lock({_KEY})")


def advisory_xact_lock(session: Session | Connection, name: str, key: int = 0) -> None:
    """Wait for the lock `name`/`key` and hold it until commit or rollback."""
    session.execute(_LOCK, {"name": name, "key": key})


def try_advisory_xact_lock(session: Session | Connection, name: str, key: int = 0) -> bool:
    """Take the lock `name`/`key` until commit or rollback if nobody holds it; says whether it was taken."""
    return bool(session.execute(_TRY_LOCK, {"name": name, "key": key}).scalar_one())

"""What must hold after every test that touches the database; packages add their checks to CHECKS."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from tests.books import books_hold

CHECKS: list[Callable[[Session], None]] = [books_hold]
"""Each raises AssertionError with a sentence when its invariant does not hold; each is quick on empty tables."""


def check_invariants(session: Session) -> None:
    """Run every check on what the session sees."""
    for check in CHECKS:
        check(session)

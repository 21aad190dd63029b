"""What the scheduler does about the consensus of items."""

from sqlalchemy.orm import Session

from marketplace.work.consensus import compute_some


def find_consensus(session: Session) -> int:
    """Make the consensus of every item that is due; returns of how many."""
    items = 0
    while done := compute_some(session):
        items += done
    session.expire_all()
    return items

"""The matches that no reference made, for finance."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.reconciliation.match_models import LineMatch, LineMatchPayout


def line_matches(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    line_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[LineMatch]:
    """All of them, the newest first, or those in one state or of one line.

    Raises forbidden without reconciliation.read.
    """
    actor.require("reconciliation.read")
    wanted: Select[Any] = select(LineMatch)
    if state is not None:
        wanted = wanted.where(LineMatch.state == state)
    if line_id is not None:
        wanted = wanted.where(LineMatch.line_id == line_id)
    return paginate(session, wanted, keys=[LineMatch.id], cursor=cursor, limit=limit, descending=True)


def line_match(session: Session, actor: Actor, match_id: uuid.UUID) -> LineMatch:
    """One of them. Raises forbidden without reconciliation.read, not_found."""
    actor.require("reconciliation.read")
    row = session.get(LineMatch, match_id)
    if row is None:
        raise NOT_FOUND.error("There is no match with this id.", noun="line_match")
    return row


def payouts_of(session: Session, match_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """The payouts of each of these matches, in the order of their ids."""
    found: dict[uuid.UUID, list[uuid.UUID]] = {match_id: [] for match_id in match_ids}
    wanted = select(LineMatchPayout).where(LineMatchPayout.match_id.in_(list(match_ids)))
    for part in session.scalars(wanted.order_by(LineMatchPayout.match_id, LineMatchPayout.payout_id)):
        found[part.match_id].append(part.payout_id)
    return found

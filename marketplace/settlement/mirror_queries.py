"""Reads of acceptances that were mirrored, or are proposed to be; for the platform's staff."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.settlement.mirror_models import AcceptanceMirror
from marketplace.settlement.models import Earning


def mirrors(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[AcceptanceMirror]:
    """All of them, newest first. Raises forbidden."""
    actor.require("acceptance_mirror.read")
    wanted = select(AcceptanceMirror)
    return paginate(session, wanted, keys=[AcceptanceMirror.id], cursor=cursor, limit=limit, descending=True)


def answers_of(session: Session, journal_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many answers each journal accepted."""
    rows = session.execute(
        select(Earning.journal_id, func.count(Earning.answer_id.distinct()))
        .where(Earning.journal_id.in_(journal_ids))
        .group_by(Earning.journal_id)
    )
    return {row.journal_id: int(row[1]) for row in rows}

"""Reads: moves of the platform's own money, and what layers owe that could be given up."""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.own_money_models import OwnMoneyMove
from marketplace.settlement.quality_models import QualityClaim

DEBTS_SHOWN: Final = 50
"""Of either kind, the oldest first."""


@dataclass(frozen=True, slots=True)
class Debt:
    """What a layer owes for an `extra` to the guarantee fund, or for a `quality_claim` to a job's reserve."""

    noun: str
    id: uuid.UUID
    organization_id: uuid.UUID
    money: Money


def moves(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[OwnMoneyMove]:
    """What was and is proposed, the newest first. Needs ledger.read."""
    actor.require("ledger.read")
    wanted = select(OwnMoneyMove)
    if state is not None:
        wanted = wanted.where(OwnMoneyMove.state == state)
    return paginate(session, wanted, keys=[OwnMoneyMove.id], cursor=cursor, limit=limit, descending=True)


def move(session: Session, actor: Actor, move_id: uuid.UUID) -> OwnMoneyMove:
    """One of them. Needs ledger.read; raises not_found."""
    actor.require("ledger.read")
    row = session.get(OwnMoneyMove, move_id)
    if row is None:
        raise NOT_FOUND.error("There is no move with this id.", noun="own_money_move")
    return row


def debts(session: Session, actor: Actor) -> list[Debt]:
    """What layers owe at this moment, at most DEBTS_SHOWN of either kind. Needs ledger.read."""
    actor.require("ledger.read")
    extras = session.scalars(select(Extra).where(Extra.recourse_amount > 0).order_by(Extra.id).limit(DEBTS_SHOWN))
    claims = session.scalars(
        select(QualityClaim).where(QualityClaim.uncollected_amount > 0).order_by(QualityClaim.id).limit(DEBTS_SHOWN)
    )
    return [
        Debt("extra", row.id, row.debtor_organization_id, row.recourse)
        for row in extras
        if row.debtor_organization_id is not None
    ] + [Debt("quality_claim", row.id, row.against_organization_id, row.uncollected) for row in claims]

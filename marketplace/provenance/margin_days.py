"""What a layer's contract earned day by day, and the answers that each day is made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.provenance.day_margins import margins_by_day
from marketplace.provenance.margins import margin_scope
from marketplace.settlement.mirror_models import taken_back
from marketplace.settlement.models import Earning


@dataclass(frozen=True, slots=True)
class MarginDay:
    """What the answers accepted on one day earned who is shown it (`margin_scope`).

    `answers` are those that earned anything.
    """

    accepted_on: dt.date
    answers: int
    amount: Money


def margin_days(
    session: Session, actor: Actor, contract_id: UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[MarginDay]:
    """The margin of a contract by the market's day of acceptance, newest first; to whom as `margin_scope` says.

    Raises forbidden without margin.read, not_found.
    """
    actor.require("margin.read")
    _, sellers = margin_scope(session, actor, contract_id)
    margin = margins_by_day(session).c
    days = (
        select(
            margin.accepted_on,
            margin.currency,
            cast(func.sum(margin.answers), BigInteger).label("answers"),
            func.sum(margin.amount).label("amount"),
        )
        .where(margin.contract_id == contract_id, margin.organization_id.in_(sellers))
        .group_by(margin.accepted_on, margin.currency)
        .subquery()
    )
    # A contract has one currency: that of its job.
    page: Page[Any] = paginate(
        session,
        select(days.c.accepted_on, days.c.currency, days.c.answers, days.c.amount),
        keys=[days.c.accepted_on],
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page(
        [MarginDay(day, answers, Money(int(amount), currency)) for day, currency, answers, amount in page.data],
        page.next_cursor,
    )


def margin_lines(
    session: Session,
    actor: Actor,
    contract_id: UUID,
    *,
    accepted_on: dt.date | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Earning]:
    """What each accepted answer earned who is shown it (`margin_scope`), newest first; optionally of one day.

    What a mirror took back is left out.

    Raises forbidden without margin.read, not_found.
    """
    actor.require("margin.read")
    _, sellers = margin_scope(session, actor, contract_id)
    wanted = select(Earning).where(
        Earning.payee_kind == "layer",
        Earning.payee_id.in_(sellers),
        Earning.contract_id == contract_id,
        ~taken_back(),
    )
    if accepted_on is not None:
        wanted = wanted.where(Earning.accepted_on == accepted_on)
    keys = [Earning.accepted_on, Earning.id]
    return paginate(session, wanted, keys=keys, cursor=cursor, limit=limit, descending=True)

"""Money that its payee does not fetch (J16): after years held it is set apart as unclaimed, and stays the payee's.

Only what the payee alone can cure grows dormant. Notices go out before, the last one a month ahead, and what no notice
was given of is not touched, however far the clock leaps. When the payee says where to pay to, it is due again.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import system_actor
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import public
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import due_to, held
from marketplace.ledger.recipes.earning import j16_claimed, j16_dormant
from marketplace.settlement import holding
from marketplace.settlement.events import DORMANCY_NOTICED
from marketplace.settlement.maturing import BATCH, cured_by_payee, digest
from marketplace.settlement.models import DormancyNotice, Installment
from marketplace.settlement.states import PAYEE_CURABLE, PAYEE_NOUNS

NOTICES: Final = (dt.timedelta(days=180), dt.timedelta(days=30))
"""How long before money is set apart its payee is told."""

_ACTOR: Final = system_actor("note_dormant")


def note_dormant(session: Session, after: dt.timedelta, limit: int = BATCH) -> int:
    """Sweep: give notices that are due, or set up to `limit` installments apart; returns how many it was about.

    `after` is how long, by market time, money is held before it counts as unclaimed.
    """
    return _give_notices(session, after, limit) or _set_apart(session, after, limit)


def return_claimed(session: Session, limit: int = BATCH) -> int:
    """Sweep: let up to `limit` unclaimed installments fall due again whose payee has said where to pay to."""
    rows = holding.lock_installments(
        session, and_(Installment.state == "unclaimed", cured_by_payee()), limit=limit, skip_locked=True
    )
    if not rows:
        return 0
    actor = system_actor("return_claimed")
    pairs = [
        pair
        for row in rows
        for pair in j16_claimed(due_to(row.payee_kind, row.payee_id, row.contract_id, row.currency), row.money)
    ]
    posted = post(
        session, actor, kind="J16", key=_key(session, "claimed", rows), pairs=pairs, subject=("installment", rows[0].id)
    )
    holding.release(session, actor, rows, posted.journal_id, source="unclaimed")
    return len(rows)


def _give_notices(session: Session, after: dt.timedelta, limit: int) -> int:
    now = market_now(session)
    for number, before in enumerate(NOTICES):
        wanted = [_waiting(), Installment.held_at <= now - after + before, ~_noticed(number)]
        if number:
            wanted.append(_noticed(number - 1, until=now - (NOTICES[number - 1] - before)))
        rows = holding.lock_installments(session, and_(*wanted), limit=limit, skip_locked=True)
        for row in rows:
            _notice(session, row, number, now + before)
        if rows:
            session.flush()
            return len(rows)
    return 0


def _notice(session: Session, row: Installment, number: int, unclaimed_at: dt.datetime) -> None:
    session.add(DormancyNotice(installment_id=row.id, held_at=row.held_at, number=number))
    record(
        session,
        DORMANCY_NOTICED,
        _ACTOR,
        subject=("installment", row.id),
        body={
            "payee": public(PAYEE_NOUNS[row.payee_kind], row.payee_id),
            "amount": row.money.to_wire(),
            "reason": row.held_reason,
            "unclaimed_on": day(unclaimed_at.date()),
        },
        **holding.audience(row.payee_kind, row.payee_id),
    )


def _set_apart(session: Session, after: dt.timedelta, limit: int) -> int:
    now = market_now(session)
    last = len(NOTICES) - 1
    rows = holding.lock_installments(
        session,
        and_(
            _waiting(),
            Installment.held_at <= now - after,
            _noticed(last, until=now - NOTICES[last]),
            holding.whole(),
        ),
        limit=limit,
        skip_locked=True,
    )
    if not rows:
        return 0
    pairs: list[Pair] = []
    for row in rows:
        pairs += j16_dormant(held(row.payee_id, row.held_reason or "", row.currency), row.money)
    posted = post(
        session,
        _ACTOR,
        kind="J16",
        key=_key(session, "dormant", rows),
        pairs=pairs,
        subject=("installment", rows[0].id),
    )
    holding.set_apart(session, _ACTOR, rows, posted.journal_id)
    return len(rows)


def _waiting() -> ColumnElement[bool]:
    return and_(Installment.state == "held", Installment.held_reason.in_(PAYEE_CURABLE))


def _noticed(number: int, until: dt.datetime | None = None) -> ColumnElement[bool]:
    """Whether notice was given of this hold, by that moment where one is given."""
    given = select(DormancyNotice.installment_id).where(
        DormancyNotice.installment_id == Installment.id,
        DormancyNotice.held_at == Installment.held_at,
        DormancyNotice.number == number,
    )
    return (given if until is None else given.where(DormancyNotice.given_at <= until)).exists()


def _key(session: Session, step: str, rows: Sequence[Installment]) -> str:
    """The same installments may come to it again, years later."""
    return f"J16:{step}:{digest(rows)}:{market_now(session):%Y%m%d%H%M%S%f}"

"""Summing the margins of days that are over, and reading all margins by day: sums as far as there are any, then rows.

With a million answers a report from the earnings alone takes seconds, and ten times as long with ten million; see
docs/performance.md.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import Select, Subquery, func, literal, select, union_all
from sqlalchemy.orm import Session

from marketplace.contracts.models import PriceChain
from marketplace.db.locks import try_advisory_xact_lock
from marketplace.db.sql import load
from marketplace.provenance.day_models import DayMargin, DayMarginHorizon
from marketplace.settlement.mirror_models import taken_back
from marketplace.settlement.models import Earning
from marketplace.work.models import Answer

_STATEMENTS = load(__file__, "day_margins.sql")
_BEFORE_ALL: Final = dt.date(1, 1, 1)
DAYS_AT_ONCE: Final = 7
"""Bounds one transaction of the sweep."""
DAYS_LATER: Final = 2
"""A day is summed once it is so many days ago: nobody accepts for yesterday then."""


def sum_days(session: Session) -> int:
    """Sum the margins of the next days that are over, or say that they are the next; a sweep.

    In two steps, so that a transaction that booked for one of them and is not over yet is waited for. Returns how many
    steps were made.
    """
    if not try_advisory_xact_lock(session, "day margins"):
        return 0
    waiting = session.execute(_STATEMENTS.waiting).one_or_none()
    if waiting is None:
        values = {"days": DAYS_AT_ONCE, "later": DAYS_LATER}
        return len(session.execute(_STATEMENTS.announce, values).all())
    if not waiting.over:
        return 0
    session.execute(_STATEMENTS.sum_days, {"until": waiting.accepted_on})
    session.execute(_STATEMENTS.done, {"until": waiting.accepted_on})
    return 1


def margins_by_day(session: Session) -> Subquery:
    """All margins, as (accepted_on, contract_id, organization_id, rate_code, currency, answers, amount).

    Of each day either its sums or its single earnings, never both, whatever the sweep does meanwhile; and less than
    nothing for what was taken back by a mirror, on the day on which it had been accepted.
    """
    summed = select(func.max(DayMarginHorizon.accepted_on)).where(DayMarginHorizon.summed_at.is_not(None))
    until = session.scalar(summed) or _BEFORE_ALL
    sums = select(
        DayMargin.accepted_on,
        DayMargin.contract_id,
        DayMargin.organization_id,
        DayMargin.rate_code,
        DayMargin.currency,
        DayMargin.answers,
        DayMargin.amount,
    ).where(DayMargin.accepted_on <= until)
    single = _earnings(1).where(Earning.payee_kind == "layer", Earning.accepted_on > until)
    return union_all(sums, single, _earnings(-1).where(taken_back())).subquery("margin")


def _earnings(sign: int) -> Select[*tuple[Any, ...]]:
    """Each earning as one answer, or as one answer less."""
    return (
        select(
            Earning.accepted_on,
            Earning.contract_id,
            Earning.payee_id,
            PriceChain.rate_code,
            Earning.currency,
            literal(sign),
            sign * Earning.amount,
        )
        .join(Answer, Answer.id == Earning.answer_id)
        .join(PriceChain, PriceChain.id == Answer.price_chain_id)
    )

"""A share of the fees that are taken out goes to the wage guarantee fund by itself, until that is large enough."""

import datetime as dt
from collections import defaultdict
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import system_actor
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import PPM, Money
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import Code
from marketplace.ledger.models import Journal, Posting
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import bank_operating
from marketplace.ledger.recipes.funding import j20_fund_contribution
from marketplace.ledger.totals import totals_by_code
from marketplace.ledger.treasury import hold_own_money

CAUGHT_UP: Final = dt.timedelta(days=7)
"""So long the share of a day is still given, where nothing ran, the fund was full or the operating account empty; a
part that was given ends the day."""


def share_fees(session: Session, share_ppm: int, target_ppm: int) -> int:
    """Sweep: give the fund its share of what was taken out (J17) on each market day that is over, once a day.

    At most what the fund lacks of `target_ppm` of the pay that workers are owed, and what the operating account holds;
    nothing below a whole unit of the ledger. Returns how many contributions (J20) were booked.
    """
    if share_ppm == 0:
        return 0
    hold_own_money(session)
    today = market_now(session).date()
    lacking = _lacking(session, target_ppm)
    booked = 0
    for currency, on, taken in _taken(session, today):
        share = Money(taken * share_ppm // PPM, currency)
        there = balance(session, bank_operating(currency))
        amount = min(share, lacking.get(currency, Money.zero(currency)), there, key=lambda money: money.amount)
        if amount.amount <= 0:
            continue
        key = f"J20:fees:{currency}:{day(on)}"
        pairs = j20_fund_contribution(amount)
        post(session, system_actor("share_fees"), kind="J20", key=key, pairs=pairs, subject=("journal", new_id()))
        lacking[currency] -= amount
        booked += 1
    return booked


def _taken(session: Session, today: dt.date) -> list[tuple[str, dt.date, int]]:
    """What was taken out of late, by currency and day, of which the fund has no share yet; the oldest first."""
    rows = session.execute(
        select(Posting.currency, Journal.effective_on, func.sum(Posting.amount))
        .join(Posting, Posting.journal_id == Journal.id)
        .where(Journal.kind == "J17", Journal.effective_on >= today - CAUGHT_UP, Journal.effective_on < today)
        .group_by(Posting.currency, Journal.effective_on)
        .order_by(Journal.effective_on, Posting.currency)
    ).all()
    keys = [f"J20:fees:{currency}:{day(on)}" for currency, on, _ in rows]
    given = set(session.scalars(select(Journal.key).where(Journal.key.in_(keys))))
    return [(row[0], row[1], int(row[2])) for row, key in zip(rows, keys, strict=True) if key not in given]


def _lacking(session: Session, target_ppm: int) -> dict[str, Money]:
    """What the fund lacks of its target by currency, below nothing where it has more."""
    found: defaultdict[str, int] = defaultdict(int)
    for code, currency, debited, credited in totals_by_code(session):
        if code in {Code.PAY_DEFERRED, Code.PAY_DUE}:
            found[currency] += (credited - debited) * target_ppm
        elif code == Code.WAGE_GUARANTEE_FUND:
            found[currency] -= (credited - debited) * PPM
    return {currency: Money(amount // PPM, currency) for currency, amount in found.items()}

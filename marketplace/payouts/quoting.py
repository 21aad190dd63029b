"""Payouts in another currency than the one owed: the rate is quoted when a payout is prepared, and again when that has
ended before it is sent.

A new rate that is worse for the payee than what they were shown needs another approval; any other is theirs.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.sql import among
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.logs import get_logger
from marketplace.payouts.events import PAYOUT_QUOTED
from marketplace.payouts.history import move, note
from marketplace.payouts.models import Payout, PayoutQuote
from marketplace.payouts.withholding import TaxLine, tax_of
from marketplace.quotes.models import ExchangeRate, PayoutCurrency
from marketplace.quotes.queries import known_rates, valid_rate
from marketplace.quotes.taking import Wanted, take_quotes
from marketplace.rails.port import Rails, Transactions
from marketplace.settlement import holding
from marketplace.settlement.models import Installment

WAITING: Final = ("scheduled", "advanced", "due", "in_payout")
"""States of installments for which a rate is wanted already."""

log = get_logger(__name__)


def change(payout: Payout, owed: Money, rate: ExchangeRate) -> bool:
    """Let the payout pay what `owed`, less what it withholds, buys; False, and nothing done, if that is not one step.

    What it withholds was approved, and stays as it is at any rate.
    """
    return _change(payout, owed, rate, owed, payout.tax)


def change_taxed(payout: Payout, owed: Money, rate: ExchangeRate, lines: Sequence[TaxLine]) -> bool:
    """The same for a payout that is being made, less these lines of exactly what it pays before tax.

    The tax of all that is owed may be more than that of what is paid then, as a rest is not changed and gives no tax;
    so it is reckoned anew of that, of less each time, which buys no less.
    """
    gross = owed
    while _change(payout, owed, rate, gross, tax_of(gross, lines)):
        if tax_of(payout.money, lines) == payout.tax:
            return True
        gross = payout.money
    return False


def _change(payout: Payout, owed: Money, rate: ExchangeRate, gross: Money, tax: Money) -> bool:
    given, got = rate.exact.change(gross - tax, payout.step)
    if got.amount <= 0:
        return False
    payout.amount, payout.withheld = (given + tax).amount, tax.amount
    payout.carried_out = (owed - payout.money).amount
    payout.paid_currency, payout.paid_amount, payout.rate_id = got.currency, got.amount, rate.id
    return True


def keep_quotes(session: Session, actor: Actor, payouts: Sequence[Payout]) -> None:
    """Write down what the payees of changed payouts are shown, as one row and one event each."""
    now = market_now(session)
    made = [
        (
            payout,
            PayoutQuote(
                id=new_id(),
                payout_id=payout.id,
                rate_id=payout.rate_id,
                amount=payout.amount,
                paid_amount=payout.paid_amount,
                quoted_at=now,
            ),
        )
        for payout in payouts
        if payout.changed
    ]
    session.add_all(quote for _, quote in made)
    session.flush()
    for payout, quote in made:
        rate = session.get_one(ExchangeRate, quote.rate_id)
        record(
            session,
            PAYOUT_QUOTED,
            actor,
            subject=("payout_quote", quote.id),
            body=quoted_body(payout, quote, rate),
            **holding.audience(payout.payee_kind, payout.payee_id),
        )


def quoted_body(payout: Payout, quote: PayoutQuote, rate: ExchangeRate) -> dict[str, object]:
    """A quote as the log keeps it."""
    return {
        "payout": public("payout", payout.id),
        "owed": Money(quote.amount, rate.sold).to_wire(),
        "paid": Money(quote.paid_amount, rate.bought).to_wire(),
        "exchange_rate": public("exchange_rate", rate.id),
        "rate": rate.rate,
        "source": rate.source,
        "quoted_at": instant(quote.quoted_at),
        "valid_until": instant(rate.valid_until),
    }


def may_be_sent(session: Session, actor: Actor, payout: Payout) -> bool:
    """Whether a locked, approved payout may be sent at its rate; one that has ended is quoted anew.

    Better or the same for the payee, it is sent with the new amounts. Worse, it is a draft again with them, for
    somebody to approve. Without any valid rate it waits.
    """
    if payout.rate_id is None or session.get_one(ExchangeRate, payout.rate_id).valid_until > market_now(session):
        return True
    before = session.get_one(ExchangeRate, payout.rate_id)
    rate = valid_rate(session, payout.rail, before.sold, before.bought)
    if rate is None:
        log.warning("payout_without_rate", payout=public("payout", payout.id), sold=before.sold, bought=before.bought)
        return False
    owed = Money(payout.amount + payout.carried_out, payout.currency)
    if not change(payout, owed, rate):
        log.warning("payout_buys_nothing", payout=public("payout", payout.id), rate=str(rate.exact))
        return False
    if payout.tries:
        # The rail may remember the key of this attempt with the amount of before.
        payout.attempt, payout.tries = payout.attempt + 1, 0
    keep_quotes(session, actor, [payout])
    body = {"rate_before": before.rate, "rate": rate.rate, "paid": payout.paid.to_wire()}
    if rate.value >= before.value:
        note(session, payout, "quoted_again", body=body)
        return True
    move(session, payout, "draft", "quoted_worse", body=body)
    return False


def quoted_as_paid(session: Session, actor: Actor, payout: Payout, paid: Money) -> bool:
    """Whether a payout, not sent as far as this database knows, pays so much: as it stands, or by any known rate.

    It may have been quoted anew after the backup that the database was restored from; then it is written so again.
    """
    if payout.paid == paid:
        return True
    if not payout.changed or paid.currency != payout.paid_currency:
        return False
    owed = Money(payout.amount + payout.carried_out, payout.currency)
    for rate in known_rates(session, owed.currency, paid.currency):
        if rate.exact.change(owed, payout.step)[1] == paid:
            change(payout, owed, rate)
            keep_quotes(session, actor, [payout])
            return True
    return False


def wanted_rates(session: Session) -> list[Wanted]:
    """Between which currencies, on which rails, payees are to be paid now or later, by what they chose."""
    rows = session.execute(
        select(PayoutCurrency.rail, Installment.currency, PayoutCurrency.currency)
        .join(Installment, Installment.payee_id == PayoutCurrency.payee_id)
        .where(
            PayoutCurrency.currency.is_not(None),
            PayoutCurrency.currency != Installment.currency,
            Installment.state.in_(WAITING),
        )
        .distinct()
        .order_by(PayoutCurrency.rail, Installment.currency, PayoutCurrency.currency)
    )
    return [(rail, sold, bought) for rail, sold, bought in rows if bought is not None]


def rates_missing(session: Session) -> list[Wanted]:
    """Those of the wanted rates of which none is valid now: payees wait for them."""
    return [one for one in wanted_rates(session) if valid_rate(session, *one) is None]


def take_wanted_quotes(transactions: Transactions, rails: Rails) -> int:
    """Sweep: take the rates that payouts will need from the rails that give them; returns how many came."""
    with transactions() as session:
        wanted = wanted_rates(session)
    return take_quotes(transactions, rails, wanted)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the payee of a changed payout was shown: both amounts, and the rate with its source and times."""

    owed: Money
    paid: Money
    rate: str
    source: str
    quoted_at: dt.datetime
    valid_until: dt.datetime


def quotes_of(session: Session, payout_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Shown]]:
    """What the payees of these payouts were shown, oldest first, by payout; nothing for one that is not changed."""
    rows = session.execute(
        select(PayoutQuote, ExchangeRate)
        .join(ExchangeRate, ExchangeRate.id == PayoutQuote.rate_id)
        .where(among(PayoutQuote.payout_id, payout_ids))
        .order_by(PayoutQuote.id)
        .execution_options(populate_existing=True)
    )
    found: dict[uuid.UUID, list[Shown]] = {}
    for quote, rate in rows:
        owed, paid = Money(quote.amount, rate.sold), Money(quote.paid_amount, rate.bought)
        shown = Shown(owed, paid, rate.rate, rate.source, quote.quoted_at, rate.valid_until)
        found.setdefault(quote.payout_id, []).append(shown)
    return found

"""The least that a rail pays out, by the currency that is owed: what is less waits, and its worker is told how long.

Nobody's pay waits for a minimum without end: after `days_max` it is paid below it, and the cost is the platform's
(docs/decisions/0024-nobody-waits-for-a-minimum-for-ever.md).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balances
from marketplace.ledger.chart import Code
from marketplace.payouts.models import Payout
from marketplace.payouts.states import PAID
from marketplace.rails.methods import rails_of
from marketplace.settings import Settings
from marketplace.settlement.models import Installment
from marketplace.settlement.states import PAYABLE

DAYS_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Minimums:
    """`least` by (rail, currency owed); what has been due for `days_max` days is paid all the same."""

    least: Mapping[tuple[str, str], Money] = field(default_factory=dict)
    days_max: int = DAYS_MAX

    @classmethod
    def of(cls, settings: Settings) -> "Minimums":
        """As the settings have them."""
        return cls(settings.payout_minimums, settings.payout_wait_days_max)

    def on(self, rail: str, currency: str) -> Money:
        """The minimum of a rail for what is owed in a currency; nothing where there is none."""
        return self.least.get((rail, currency), Money.zero(currency))

    def paid_from(self, due_since: dt.date) -> dt.date:
        """The first day on which what is due since then is paid below a minimum."""
        return due_since + dt.timedelta(days=self.days_max)


NO_MINIMUMS: Final = Minimums()


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is due to a worker and less than any of their rails pays; `rail` is the one with the lowest minimum.

    From `paid_from` on, a market day, it is paid however little it is.
    """

    due: Money
    rail: str
    minimum: Money
    paid_from: dt.date

    @property
    def missing(self) -> Money:
        """How much more it takes."""
        return self.minimum - self.due


def due_since(rows: Iterable[Installment]) -> dt.date | None:
    """Since which market day the oldest of these is due, or was taken early; None for none."""
    return min((row.due_on if row.advanced_at is None else _early(row) for row in rows), default=None)


def _early(row: Installment) -> dt.date:
    assert row.advanced_at is not None
    return min(row.due_on, row.advanced_at.date())


def waiting(session: Session, actor: Actor, minimums: Minimums) -> list[Waiting]:
    """What of the acting worker's due pay waits for a minimum, by currency; nothing where one of their rails pays it.

    Raises forbidden without earning.read.
    """
    actor.require("earning.read")
    rails, today = rails_of(session, actor.person), market_now(session).date()
    found = []
    for account, due in balances(session, Code.PAY_DUE, owner_id=actor.person).items():
        least = [(minimums.on(rail, account.currency), rail) for rail in rails]
        minimum, rail = min(least, key=lambda one: one[0].amount, default=(Money.zero(account.currency), ""))
        if due >= minimum:
            continue
        paid_from = minimums.paid_from(_since(session, actor, account.currency) or today)
        if paid_from > today:
            found.append(Waiting(due, rail, minimum, paid_from))
    return sorted(found, key=lambda one: one.due.currency)


def _since(session: Session, actor: Actor, currency: str) -> dt.date | None:
    """Since when the oldest of the worker's due pay waits: installments, else the rest of the last payout."""
    of_worker = (Installment.payee_kind == "worker", Installment.payee_id == actor.person)
    rows = session.scalars(
        select(Installment).where(*of_worker, Installment.currency == currency, Installment.state.in_(PAYABLE))
    )
    since = due_since(rows)
    if since is not None:
        return since
    last = session.scalar(
        select(func.max(Payout.settled_at)).where(
            Payout.payee_kind == "worker",
            Payout.payee_id == actor.person,
            Payout.currency == currency,
            Payout.state.in_(PAID),
        )
    )
    return None if last is None else last.date()

"""The least that a rail pays out, by the currency that is owed: what is less waits, and its worker is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balances
from marketplace.ledger.chart import Code
from marketplace.rails.methods import rails_of

Minimums = Mapping[tuple[str, str], Money]
"""By (rail, currency owed)."""

NO_MINIMUMS: Final[Minimums] = {}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is due to a worker and less than any of their rails pays; `rail` is the one with the lowest minimum."""

    due: Money
    rail: str
    minimum: Money

    @property
    def missing(self) -> Money:
        """How much more it takes."""
        return self.minimum - self.due


def waiting(session: Session, actor: Actor, minimums: Minimums) -> list[Waiting]:
    """What of the acting worker's due pay waits for a minimum, by currency; nothing where one of their rails pays it.

    Raises forbidden without earning.read.
    """
    actor.require("earning.read")
    rails = rails_of(session, actor.person)
    found = []
    for account, due in balances(session, Code.PAY_DUE, owner_id=actor.person).items():
        least = [(minimums.get((rail, account.currency), Money.zero(account.currency)), rail) for rail in rails]
        minimum, rail = min(least, key=lambda one: one[0].amount, default=(Money.zero(account.currency), ""))
        if due < minimum:
            found.append(Waiting(due, rail, minimum))
    return sorted(found, key=lambda one: one.due.currency)

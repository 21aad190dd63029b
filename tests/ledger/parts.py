"""Accounts and amounts that the tests of the ledger share."""

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.posting import Pair, Posted, post
from marketplace.ledger.recipes.accounts import rail_available, rail_pending

ACTOR = system_actor("test")
DUE = dt.date(2027, 2, 28)
RAIL = "sandbox"
OWN_CHECKS = ["I1", "I5", "I6", "I10", "I11", "I12", "I13", "I14", "I17", "R10"]


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def pending(currency: str = "CNY") -> AccountRef:
    return rail_pending(RAIL, currency)


def deposit(owner: uuid.UUID, currency: str = "CNY") -> AccountRef:
    return AccountRef(Code.CLIENT_DEPOSITS, currency, owner_id=owner)


def reserve(job: uuid.UUID, currency: str = "CNY") -> AccountRef:
    return AccountRef(Code.JOB_RESERVE, currency, owner_id=job)


def fill(session: Session, account: AccountRef, amount: Money, key: str = "fill") -> Posted:
    """Money from outside for a client's deposit."""
    pairs = [
        Pair(pending(account.currency), account, amount),
        Pair(rail_available(RAIL, account.currency), pending(account.currency), amount),
    ]
    return post(session, ACTOR, kind="J1", key=key, pairs=pairs, subject=("deposit", new_id()))

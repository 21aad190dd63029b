"""Accounts and amounts that the tests of the ledger share."""

import datetime as dt
import uuid

from marketplace.kernel.actor import system_actor
from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code

ACTOR = system_actor("test")
DUE = dt.date(2027, 2, 28)
RAIL = "sandbox"


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def bank(currency: str = "CNY") -> AccountRef:
    return AccountRef(Code.BANK_OPERATING, currency)


def deposit(owner: uuid.UUID, currency: str = "CNY") -> AccountRef:
    return AccountRef(Code.CLIENT_DEPOSITS, currency, owner_id=owner)


def reserve(job: uuid.UUID, currency: str = "CNY") -> AccountRef:
    return AccountRef(Code.JOB_RESERVE, currency, owner_id=job)

"""What rails whose accounts pay on to the payees' own banks can tell of that last mile."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from marketplace.kernel.money import Money
from marketplace.rails.port import Rails


@dataclass(frozen=True, slots=True)
class BankRefused:
    """The payee's own bank did not take what their account at the rail paid on; the money is on that account again.

    `reference` is the rail's id of that payment, `bank_account` its token of where it went, which says nothing outside.
    """

    reference: str
    amount: Money
    code: str
    bank_account: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account at the rail stands towards the payee's bank: `pays_on` says whether it pays to it at all.

    `bank_accounts` are its tokens of where it pays to now, `refused` what came back from there of late, oldest first.
    """

    pays_on: bool
    bank_accounts: frozenset[str]
    refused: tuple[BankRefused, ...] = ()


@runtime_checkable
class OnwardRail(Protocol):
    """A rail whose destinations are accounts that pay on by themselves to the payees' banks, which may not take it."""

    def standing(self, destination: str) -> Standing:
        """How the account stands now. Raises rail_unavailable."""


def onward_rails(rails: Rails) -> dict[str, OnwardRail]:
    """Those whose accounts pay on to the payees' banks, by name."""
    candidates: Mapping[str, object] = rails
    return {name: rail for name, rail in candidates.items() if isinstance(rail, OnwardRail)}

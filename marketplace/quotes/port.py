"""The port of rates: whoever gives one, such as a rail that changes money itself."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from marketplace.kernel.rates import Rate
from marketplace.rails.port import Rails


@dataclass(frozen=True, slots=True)
class Quote:
    """A rate and how long it is good for from now on."""

    rate: Rate
    valid_for: dt.timedelta


@runtime_checkable
class RateSource(Protocol):
    """Gives rates; called outside any transaction."""

    def quote(self, sold: str, bought: str) -> Quote | None:
        """The rate at which it would change money now; None where it does not change these two."""


def sources(rails: Rails) -> dict[str, RateSource]:
    """The rails that give rates, by name."""
    candidates: Mapping[str, object] = rails
    return {name: rail for name, rail in candidates.items() if isinstance(rail, RateSource)}

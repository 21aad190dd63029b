"""Whom a payout pays, and how: in which steps and currency, less which tax, and from which amount on."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.payouts.minimums import Minimums
from marketplace.payouts.withholding import TaxLine
from marketplace.quotes.choosing import chosen_currencies
from marketplace.quotes.models import ExchangeRate
from marketplace.quotes.queries import valid_rate
from marketplace.rails.port import Rails, step_of


@dataclass(frozen=True, slots=True, order=True)
class PayeeKey:
    """Who is paid by one payout: a worker for all contracts together, a layer's organization for one contract."""

    currency: str
    payee_kind: str
    payee_id: uuid.UUID
    contract_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Way:
    """How a payee is paid on a rail: in steps of how many minor units, at which rate where changed, less which tax.

    `least` is the rail's minimum for what is owed, in ledger units.
    """

    step: int = 1
    rate: ExchangeRate | None = None
    step_changed: int = 1
    taxes: Sequence[TaxLine] = ()
    least: int = 0


class Ways:
    """The ways of the payees of one run."""

    def __init__(
        self,
        session: Session,
        rail_name: str,
        rails: Rails,
        minimums: Minimums,
        payee_ids: Sequence[uuid.UUID],
        taxes: Mapping[uuid.UUID, Sequence[TaxLine]],
    ) -> None:
        self._minimums = minimums
        self._session, self._rail_name, self._rail = session, rail_name, rails.get(rail_name)
        self._chosen = chosen_currencies(session, rail_name, payee_ids)
        self._rates: dict[tuple[str, str], ExchangeRate | None] = {}
        self._taxes = taxes

    def of(self, key: PayeeKey) -> Way | None:
        """None where there is no valid rate to the currency that the payee chose."""
        step = step_of(self._rail, key.currency)
        least = self._minimums.on(self._rail_name, key.currency).amount
        taxes = self._taxes.get(key.payee_id, ())
        chosen = self._chosen.get(key.payee_id, key.currency)
        if chosen == key.currency:
            return Way(step, taxes=taxes, least=least)
        pair = (key.currency, chosen)
        if pair not in self._rates:
            self._rates[pair] = valid_rate(self._session, self._rail_name, *pair)
        rate = self._rates[pair]
        return None if rate is None else Way(step, rate, step_of(self._rail, chosen), taxes, least)

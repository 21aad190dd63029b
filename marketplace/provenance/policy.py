"""Rule 12: what of a price chain a reader gets to see.

Always known: the client price, the fee, and the reader's own prices or pay. The job's policy
says what becomes of the others: `full` shows them, `shares` hides the amounts of others and
shows each one's part of the client price in whole percent, `finance_only` shows nothing of them
but what follows from the known prices by subtraction. Hidden neighbours are one part, so that
not even their number can be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from marketplace.contracts.chain import Chain, ChainLine
from marketplace.kernel.money import Money


class ReaderKind(StrEnum):
    """In which place the reader stands."""

    EVERYTHING = "everything"
    CLIENT = "client"
    LAYER = "layer"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a chain; `organization_id` is the layer's, `taken_over` the contracts it sold under in another's place.

    Sold: when the answer was decided, or now, while it waits.
    """

    kind: ReaderKind
    organization_id: UUID | None = None
    taken_over: frozenset[UUID] = frozenset()


class PartKind(StrEnum):
    """What a part of the price is."""

    FEE = "fee"
    MARGIN = "margin"
    PAY = "pay"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class ChainPart:
    """One part of the client price; the parts of a view sum to it exactly.

    A margin has its layer, contract, organization and both prices. A hidden part holds the margins
    of others between two known prices, and the pay too when `includes_pay`; `shares_percent` has
    each of them rounded down, where the policy shows shares. `own` is the reader's.
    """

    kind: PartKind
    amount: Money
    own: bool = False
    layer: int | None = None
    contract_id: UUID | None = None
    organization_id: UUID | None = None
    buys: Money | None = None
    sells: Money | None = None
    includes_pay: bool = False
    shares_percent: tuple[int, ...] = ()


def reveal(chain: Chain, policy: str, reader: Reader) -> tuple[ChainPart, ...]:
    """The parts of the client price as this reader may see them, from the fee down to the pay."""
    parts = [ChainPart(PartKind.FEE, chain.fee)]
    everything = sees_everything(policy, reader)
    if everything:
        parts.extend(_margin(line, reader) for line in chain.lines)
    else:
        parts.extend(_partly(chain, policy, reader))
    if everything or knows_pay(chain, reader):
        parts.append(ChainPart(PartKind.PAY, chain.pay, own=reader.kind is ReaderKind.WORKER))
    assert sum(part.amount.amount for part in parts) == chain.client_price.amount
    return tuple(parts)


def sees_everything(policy: str, reader: Reader) -> bool:
    """Whether all prices are shown to the reader."""
    return policy == "full" or reader.kind is ReaderKind.EVERYTHING


def sees_line(line: ChainLine, reader: Reader) -> bool:
    """Whether a layer's prices are the reader's own, which they know under any policy."""
    own = line.organization_id == reader.organization_id or line.contract_id in reader.taken_over
    return reader.kind is ReaderKind.LAYER and own


def knows_pay(chain: Chain, reader: Reader) -> bool:
    """The worker; whoever opened the task and so pays at its own selling price."""
    if reader.kind is ReaderKind.WORKER or not chain.lines:
        return True
    return sees_line(chain.lines[-1], reader)


def _margin(line: ChainLine, reader: Reader) -> ChainPart:
    return ChainPart(
        PartKind.MARGIN,
        line.margin,
        own=sees_line(line, reader),
        layer=line.layer,
        contract_id=line.contract_id,
        organization_id=line.organization_id,
        buys=line.buys,
        sells=line.sells,
    )


def _partly(chain: Chain, policy: str, reader: Reader) -> Iterator[ChainPart]:
    hidden: list[Money] = []
    for line in chain.lines:
        if sees_line(line, reader):
            yield from _merged(chain, policy, hidden, includes_pay=False)
            hidden = []
            yield _margin(line, reader)
        else:
            hidden.append(line.margin)
    includes_pay = not knows_pay(chain, reader)
    if includes_pay:
        hidden.append(chain.pay)
    yield from _merged(chain, policy, hidden, includes_pay=includes_pay)


def _merged(chain: Chain, policy: str, hidden: list[Money], *, includes_pay: bool) -> Iterator[ChainPart]:
    total = Money(sum(amount.amount for amount in hidden), chain.client_price.currency)
    # Layers that keep nothing would only betray that they are there.
    if total.is_zero and not includes_pay:
        return
    price = chain.client_price.amount
    shares = tuple(amount.amount * 100 // price for amount in hidden) if policy == "shares" else ()
    yield ChainPart(PartKind.HIDDEN, total, includes_pay=includes_pay, shares_percent=shares)

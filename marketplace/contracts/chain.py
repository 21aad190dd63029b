"""A price chain as a value: how one answer's price is divided on its way down."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class ChainLine:
    """One layer: it buys at `buys` from above and sells at `sells` below, per accepted answer."""

    layer: int
    contract_id: UUID
    organization_id: UUID
    buys: Money
    sells: Money

    @property
    def margin(self) -> Money:
        """What the layer keeps; never negative."""
        return self.buys - self.sells


@dataclass(frozen=True, slots=True)
class Chain:
    """client_price == fee + every margin + pay, and what one layer sells at the next buys at.

    `contract_id` is the contract that opened the task, `lines` the layers from 1 down to it (none
    where the client opened the task itself).
    """

    job_id: UUID
    contract_id: UUID
    rate_code: str
    client_price: Money
    fee: Money
    lines: tuple[ChainLine, ...]
    pay: Money

    def __post_init__(self) -> None:
        """Refuse what does not sum or telescope."""
        problem = self.problem()
        if problem is not None:
            raise ValueError(problem)

    def problem(self) -> str | None:
        """What is wrong with the sums (I2) or the joints (I3) of the chain, None if nothing."""
        price = self.client_price - self.fee
        for position, line in enumerate(self.lines, start=1):
            if line.layer != position or line.buys != price:
                return f"layer {line.layer} buys at {line.buys}, and above it is sold at {price}"
            if line.margin.amount < 0:
                return f"layer {line.layer} sells at {line.sells}, above {line.buys}"
            price = line.sells
        if price != self.pay:
            return f"the last price is {price}, and the pay {self.pay}"
        total = sum((line.margin.amount for line in self.lines), self.fee.amount + self.pay.amount)
        return None if total == self.client_price.amount else f"the parts sum to {total}, not {self.client_price}"

    def to_wire(self) -> dict[str, Any]:
        """The whole chain, for digests and the auditor; readers get theirs from `provenance`."""
        return {
            "job": public("job", self.job_id),
            "contract": public("contract", self.contract_id),
            "rate": self.rate_code,
            "client_price": self.client_price.to_wire(),
            "fee": self.fee.to_wire(),
            "layers": [
                {
                    "contract": public("contract", line.contract_id),
                    "organization": public("organization", line.organization_id),
                    "buys": line.buys.to_wire(),
                    "sells": line.sells.to_wire(),
                }
                for line in self.lines
            ],
            "pay": self.pay.to_wire(),
        }

    def digest(self) -> bytes:
        """SHA-256 of its canonical bytes."""
        return hashlib.sha256(canonical_bytes(self.to_wire())).digest()

    def commitment(self, salt: bytes) -> bytes:
        """SHA-256 of the salt and its canonical bytes: binds to every price, and tells none without the salt."""
        return hashlib.sha256(salt + canonical_bytes(self.to_wire())).digest()


def build_chain(
    *,
    job_id: UUID,
    contract_id: UUID,
    rate_code: str,
    fee: Money,
    layers: Sequence[tuple[UUID, UUID, Money]],
    pay: Money,
) -> Chain:
    """The chain of a path: `layers` are (contract, organization, buying price) from layer 1 down.

    The client price is the fee and what the root sells at: the rate's price, unless the client
    gives the part away below its own net price. Raises ValueError for a price above the one before.
    """
    buying = [price for _, _, price in layers]
    lines = tuple(
        ChainLine(position, contract, organization, buys, sells)
        for position, ((contract, organization, buys), sells) in enumerate(
            zip(layers, [*buying, pay][1:], strict=True), start=1
        )
    )
    first = buying[0] if buying else pay
    return Chain(job_id, contract_id, rate_code, fee + first, fee, lines, pay)

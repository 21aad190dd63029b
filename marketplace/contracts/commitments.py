"""Commitments to a price chain, one for each party's line: the log binds to every price, and tells none.

A line is opened by telling it and its salt; each has a salt of its own, so that opening one says nothing of another.
Every chain has as many commitments as the longest one, so that not even the number of layers can be told (rule 12).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final
from uuid import UUID

from marketplace.contracts.chain import Chain
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.ids import public

DOMAIN: Final = b"piecework.price-line.v1\n"
"""Stands before what is hashed, so that nothing else that is hashed can be taken for a line."""

LAYERS: Final = 10
"""As many layers as a job may allow."""

TERMS: Final = "terms"
PAY: Final = "pay"
PARTS: Final = (TERMS, *(f"layer {number}" for number in range(1, LAYERS + 1)), PAY)
"""The parts of a chain in the order of its commitments: what everybody knows, each layer's line, the worker's pay."""


def lines(chain: Chain, chain_id: UUID) -> dict[str, dict[str, Any]]:
    """What is committed to, by part; a layer that the chain does not have is a line that says so."""
    found: dict[str, dict[str, Any]] = {
        TERMS: {
            "job": public("job", chain.job_id),
            "contract": public("contract", chain.contract_id),
            "rate": chain.rate_code,
            "client_price": chain.client_price.to_wire(),
            "fee": chain.fee.to_wire(),
        },
        PAY: {"pay": chain.pay.to_wire()},
    }
    for line in chain.lines:
        found[f"layer {line.layer}"] = {
            "contract": public("contract", line.contract_id),
            "organization": public("organization", line.organization_id),
            "buys": line.buys.to_wire(),
            "sells": line.sells.to_wire(),
        }
    named = {"chain": public("price_chain", chain_id)}
    return {part: {**named, "part": part, **found.get(part, {"none": True})} for part in PARTS}


def salt_of(secret: bytes, part: str) -> bytes:
    """The salt of a part, 32 bytes; `secret` is the chain's own and is never told."""
    return hmac.digest(secret, DOMAIN + part.encode(), "sha256")


def commit(salt: bytes, line: dict[str, Any]) -> bytes:
    """SHA-256 over the domain, the salt and the canonical bytes of the line."""
    return hashlib.sha256(DOMAIN + salt + canonical_bytes(line)).digest()


def commitments(chain: Chain, chain_id: UUID, secret: bytes) -> list[bytes]:
    """One for each of PARTS, in that order."""
    told = lines(chain, chain_id)
    return [commit(salt_of(secret, part), told[part]) for part in PARTS]

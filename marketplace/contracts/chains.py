"""Freezing price chains when tasks are opened, and loading them."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.contracts import caps
from marketplace.contracts.chain import Chain, ChainLine, build_chain
from marketplace.contracts.commitments import commitments
from marketplace.contracts.events import PRICE_CHAIN_FROZEN
from marketplace.contracts.models import Contract, ContractRate, PriceChain, PriceChainLine
from marketplace.contracts.paths import path
from marketplace.contracts.promises import buying_prices
from marketplace.db.hot import HotStatement, array
from marketplace.jobs.models import Job, JobRate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money

SALT_BYTES: Final = 32
_CHAINS = HotStatement(
    text("""
        SELECT chain.id, chain.job_id, chain.contract_id, chain.rate_code, chain.currency, chain.client_price_amount,
            chain.fee_amount, chain.pay_amount, line.position, line.contract_id, line.organization_id,
            line.buys_amount, line.sells_amount
        FROM price_chain AS chain LEFT JOIN price_chain_line AS line ON line.chain_id = chain.id
        WHERE chain.id = ANY(CAST(:chain_ids AS uuid[]))
        ORDER BY chain.id, line.position
    """)
)


def freeze_chain(session: Session, actor: Actor, contract: Contract, rate_code: str, pay: Money) -> PriceChain:
    """The chain of the contract's path at this pay, as a row that never changes; an identical one is reused.

    The caller holds the contract's lock. Raises price_above_parent, price_below_floor, invalid for
    a rate the contract does not have.
    """
    job = session.get_one(Job, contract.job_id)
    rate = session.get(JobRate, (job.id, rate_code))
    way = path(session, contract.id)
    prices = _prices(session, way, rate_code)
    if rate is None or rate.fee is None or contract.id not in prices:
        message = f"The contract has no rate {rate_code!r}."
        raise INVALID.error(message, errors=[FieldError("/rate", "rate_unknown", message)])
    caps.refuse(
        caps.price_problems(job, rate, buying_prices(session, contract.id)[rate_code], pay, "/pay", contract.layer)
    )
    chain = build_chain(
        job_id=job.id,
        contract_id=contract.id,
        rate_code=rate_code,
        fee=rate.fee,
        layers=[(layer.id, layer.seller_organization_id, prices[layer.id]) for layer in way if layer.layer > 0],
        pay=pay,
    )
    return _keep(session, actor, job.organization_id, chain)


def _prices(session: Session, way: list[Contract], rate_code: str) -> dict[UUID, Money]:
    rows = session.scalars(
        select(ContractRate).where(
            ContractRate.contract_id.in_([contract.id for contract in way]), ContractRate.rate_code == rate_code
        )
    )
    return {row.contract_id: row.price for row in rows}


def _keep(session: Session, actor: Actor, client_id: UUID, chain: Chain) -> PriceChain:
    chain_id = new_id()
    digest, salt = chain.digest(), secrets.token_bytes(SALT_BYTES)
    row = insert(PriceChain).values(
        id=chain_id,
        job_id=chain.job_id,
        contract_id=chain.contract_id,
        rate_code=chain.rate_code,
        currency=chain.pay.currency,
        client_price_amount=chain.client_price.amount,
        fee_amount=chain.fee.amount,
        pay_amount=chain.pay.amount,
        digest=digest,
        salt=salt,
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["digest"]))
    kept = session.scalars(select(PriceChain).where(PriceChain.digest == digest)).one()
    if kept.id != chain_id:
        return kept
    session.add_all(
        PriceChainLine(
            chain_id=chain_id,
            position=line.layer,
            contract_id=line.contract_id,
            organization_id=line.organization_id,
            buys_amount=line.buys.amount,
            sells_amount=line.sells.amount,
        )
        for line in chain.lines
    )
    session.flush()
    record(
        session,
        PRICE_CHAIN_FROZEN,
        actor,
        subject=("price_chain", chain_id),
        organizations={client_id, *(line.organization_id for line in chain.lines)},
        body=frozen_body(chain, chain_id, salt),
    )
    return kept


def frozen_body(chain: Chain, chain_id: UUID, salt: bytes) -> dict[str, Any]:
    """What the log says of a chain."""
    return {
        "job": public("job", chain.job_id),
        "contract": public("contract", chain.contract_id),
        "rate": chain.rate_code,
        "commitments": [one.hex() for one in commitments(chain, chain_id, salt)],
    }


def load(session: Session, chain_ids: Collection[UUID]) -> dict[UUID, Chain]:
    """The chains as values, by id; unknown ids are left out."""
    wanted = set(chain_ids)
    if not wanted:
        return {}
    session.flush()
    rows = _CHAINS.rows(session, {"chain_ids": array(wanted)})
    return {chain_id: _chain_of([row[1:] for row in own]) for chain_id, own in groupby(rows, key=itemgetter(0))}


def _chain_of(rows: list[tuple[Any, ...]]) -> Chain:
    """One chain from its rows, a row for each layer, or one without a layer."""
    job_id, contract_id, rate_code, currency, price, fee, pay = rows[0][:7]
    lines = tuple(
        ChainLine(position, seller, organization_id, Money(buys, currency), Money(sells, currency))
        for position, seller, organization_id, buys, sells in (row[7:] for row in rows)
        if position is not None
    )
    return Chain(
        job_id, contract_id, rate_code, Money(price, currency), Money(fee, currency), lines, Money(pay, currency)
    )

"""Contracts: the layers of a job, and what is offered between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.contracts import (
    FREEZE_EXAMPLE,
    OFFER_EXAMPLE,
    RECALL_EXAMPLE,
    ContractQuery,
    ContractView,
    FreezeInput,
    OfferInput,
    RecallInput,
)
from client_api.views import With
from marketplace.contracts import offering, queries
from marketplace.contracts.floors import pay_floor
from marketplace.contracts.models import Contract
from marketplace.contracts.offering import OfferRate
from marketplace.db.clock import market_now
from marketplace.db.paging import Page
from marketplace.jobs.models import Job
from marketplace.jobs.queries import rates_of as job_rates_of
from marketplace.lifecycle import freezing, recalling
from marketplace.work import breaker

contracts = Theme("contracts", "The layers of a job: a buyer above, a seller below, prices and allotted items.")


@contracts.operation(
    "GET", "/contracts", permission="contract.read", query=ContractQuery, returns=ContractView, page=True
)
def list_contracts(query: dict[str, Any]) -> Page[With]:
    """List the contracts in which your organization buys or sells, the newest first."""
    states = [query.pop("state")] if "state" in query else []
    page = queries.list_contracts(session(), actor(), states=states, **query)
    return Page(views(page.data), page.next_cursor)


@contracts.operation(
    "GET", "/contracts/{contract_id}", permission="contract.read", returns=ContractView, versioned=True
)
def read_contract(contract_id: UUID) -> With:
    """Read a contract."""
    return view(queries.get_contract(session(), actor(), contract_id))


@contracts.operation(
    "POST",
    "/contracts/{contract_id}/offers",
    permission="contract.offer",
    body=OfferInput,
    example=OFFER_EXAMPLE,
    returns=ContractView,
    status=201,
    versioned=True,
    idempotent=True,
    location="/contracts/{id}",
)
def offer_contract(body: dict[str, Any], contract_id: UUID) -> With:
    """Offer a part of a contract to a subcontractor; a client offers parts of its job's root contract."""
    rates = {code: OfferRate(**rate) for code, rate in body["rates"].items()}
    return view(
        offering.offer(
            session(),
            actor(),
            contract_id,
            body["seller_organization_id"],
            rates,
            body.get("settlement_terms"),
            dt.timedelta(seconds=body["expires_in_seconds"]),
        )
    )


@contracts.operation(
    "POST",
    "/contracts/{contract_id}/accept",
    permission="contract.accept",
    returns=ContractView,
    versioned=True,
    refusals=[409],
)
def accept_contract(contract_id: UUID) -> With:
    """Accept an offer; its prices and items stand from now on."""
    return view(offering.accept(session(), actor(), contract_id))


@contracts.operation(
    "POST",
    "/contracts/{contract_id}/decline",
    permission="contract.accept",
    returns=ContractView,
    versioned=True,
    refusals=[409],
)
def decline_contract(contract_id: UUID) -> With:
    """Decline an offer; its items go back to who offered them."""
    return view(offering.decline(session(), actor(), contract_id))


@contracts.operation(
    "POST",
    "/contracts/{contract_id}/withdraw",
    permission="contract.offer",
    returns=ContractView,
    versioned=True,
    refusals=[409],
)
def withdraw_contract(contract_id: UUID) -> With:
    """Withdraw an offer that was not accepted yet."""
    return view(offering.withdraw(session(), actor(), contract_id))


@contracts.operation(
    "POST",
    "/contracts/{contract_id}/recall",
    permission="contract.offer",
    body=RecallInput,
    example=RECALL_EXAMPLE,
    returns=ContractView,
    versioned=True,
    idempotent=True,
    refusals=[409],
)
def recall_contract(body: dict[str, Any], contract_id: UUID) -> With:
    """Take back what nobody works on of a contract you sold to a layer below; live claims finish and are paid.

    Its items are free in your contract again, the money of its open seats in the job's reserve.
    """
    if "rates" not in body:
        return view(recalling.recall_contract(session(), actor(), contract_id))
    items = {code: rate["items"] for code, rate in body["rates"].items()}
    return view(recalling.recall_items(session(), actor(), contract_id, items))


@contracts.operation(
    "POST",
    "/contracts/{contract_id}/freeze",
    permission="contract.offer",
    body=FreezeInput,
    example=FREEZE_EXAMPLE,
    returns=ContractView,
    versioned=True,
    refusals=[409],
)
def freeze_contract(body: dict[str, Any], contract_id: UUID) -> With:
    """Freeze a contract you sold to a layer below: nothing new is claimed, offered or opened at or below it."""
    return view(freezing.freeze_contract(session(), actor(), contract_id, body["reason"]))


@contracts.operation(
    "POST",
    "/contracts/{contract_id}/unfreeze",
    permission="contract.offer",
    returns=ContractView,
    versioned=True,
    refusals=[409],
)
def unfreeze_contract(contract_id: UUID) -> With:
    """Let a frozen contract go on."""
    return view(freezing.unfreeze_contract(session(), actor(), contract_id))


def view(contract: Contract) -> With:
    """A contract with its rate card, what its job says to everybody, and the seconds left to accept it."""
    return views([contract])[0]


def views(rows: Sequence[Contract]) -> list[With]:
    """As `view`, for many."""
    now = market_now(session())
    ids = [row.id for row in rows]
    cards, halted = queries.rates_of(session(), ids), queries.halted(session(), ids)
    jobs = {job_id: session().get_one(Job, job_id) for job_id in {row.job_id for row in rows}}
    known = {job_id: _known_prices(job) for job_id, job in jobs.items()}
    breakers = breaker.open_breakers(session(), ids)
    return [
        With(
            row,
            rates=[With(rate, **known[row.job_id][rate.code]) for rate in cards[row.id]],
            job_terms=With(jobs[row.job_id], layers_left=max(0, jobs[row.job_id].layers_max - row.layer)),
            halted=row.id in halted,
            review_breaker=breakers.get(row.id),
            expires_in_seconds=_seconds_left(row, now),
        )
        for row in rows
    ]


def _known_prices(job: Job) -> dict[str, dict[str, Any]]:
    """What everybody in the chain knows of each rate (rule 12)."""
    return {
        rate.code: {"client_price": rate.price, "fee": rate.fee, "pay_floor": pay_floor(job, rate)}
        for rate in job_rates_of(session(), job.id)
    }


def _seconds_left(contract: Contract, now: dt.datetime) -> int | None:
    if contract.state != "offered" or contract.expires_at is None:
        return None
    return max(0, int((contract.expires_at - now).total_seconds()))

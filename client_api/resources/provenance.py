"""Where each cent goes: price chains and margins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.provenance import (
    ContractMarginView,
    ExtrasQuery,
    ExtraView,
    JobMarginsView,
    PriceChainsView,
    PriceChainView,
    ScorecardView,
)
from marketplace.db.paging import Page
from marketplace.provenance import chains, margins, scorecards
from marketplace.provenance.chains import ChainView
from marketplace.provenance.margins import JobMargins, OwnMargin
from marketplace.settlement import extra_queries
from marketplace.settlement.extra_models import Extra

provenance = Theme("provenance", "Where each cent goes: the price chain of an answer, and margins.")


@provenance.operation("GET", "/answers/{answer_id}/price-chain", permission="price_chain.read", returns=PriceChainView)
def read_price_chain(answer_id: UUID) -> ChainView:
    """Read one answer's price from the client to the worker, as far as the job's policy shows it to you."""
    return chains.answer_chain(session(), actor(), answer_id)


@provenance.operation("GET", "/items/{item_id}/price-chain", permission="price_chain.read", returns=PriceChainsView)
def list_price_chains(item_id: UUID) -> dict[str, Any]:
    """Read the price chains of all answers to an item."""
    return {"data": chains.item_chains(session(), actor(), item_id)}


@provenance.operation("GET", "/extras", permission="margin.read", query=ExtrasQuery, returns=ExtraView, page=True)
def list_extras(query: dict[str, Any]) -> Page[Extra]:
    """List what your organization pays workers beside the price of answers, newest first.

    As a client from the allowances of its jobs (gold answers, bonuses, recovery), as a layer from its margins (redo
    fees, top-ups to a wage floor).
    """
    return extra_queries.extras(session(), actor(), **query)


@provenance.operation("GET", "/jobs/{job_id}/margins", permission="margin.read", returns=JobMarginsView)
def read_job_margins(job_id: UUID) -> JobMargins:
    """Read where the money of a job's accepted answers went."""
    return margins.job_margins(session(), actor(), job_id)


@provenance.operation("GET", "/contracts/{contract_id}/margin", permission="margin.read", returns=ContractMarginView)
def read_contract_margin(contract_id: UUID) -> OwnMargin:
    """Read what your contract earns you."""
    return margins.own_margin(session(), actor(), contract_id)


@provenance.operation("GET", "/contracts/{contract_id}/scorecard", permission="contract.read", returns=ScorecardView)
def read_contract_scorecard(contract_id: UUID) -> dict[str, Any]:
    """Read how work went at and below a contract: quality, lateness, disputes, days to pay."""
    return {"data": scorecards.contract_scorecard(session(), actor(), contract_id)}


@provenance.operation(
    "GET", "/organizations/{organization_id}/scorecard", permission="contract.offer", returns=ScorecardView
)
def read_organization_scorecard(organization_id: UUID) -> dict[str, Any]:
    """Read how work went below a subcontractor you may offer to, or in the jobs of a client that may offer to you."""
    return {"data": scorecards.organization_scorecard(session(), actor(), organization_id)}

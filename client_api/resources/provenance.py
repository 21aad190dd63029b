"""Where each cent goes: price chains and margins."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Response

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.audit import BundleQuery, BundlesQuery
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
from marketplace.kernel.ids import public
from marketplace.provenance import bundle_scopes, chains, margins, scorecards
from marketplace.provenance.bundle_scopes import Chosen
from marketplace.provenance.bundling import MEDIA_TYPE
from marketplace.provenance.chains import ChainView
from marketplace.provenance.margins import JobMargins, OwnMargin
from marketplace.settlement import extra_queries
from marketplace.settlement.extra_models import Extra
from marketplace.web.log import bundle_response

provenance = Theme("provenance", "Where each cent goes: the price chain of an answer, its proof, and margins.")
_FILE: Final[dict[str, Any]] = {"x-other-forms": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}


@provenance.operation("GET", "/answers/{answer_id}/price-chain", permission="price_chain.read", returns=PriceChainView)
def read_price_chain(answer_id: UUID) -> ChainView:
    """Read one answer's price from the client to the worker, as far as the job's policy shows it to you."""
    return chains.answer_chain(session(), actor(), answer_id)


@provenance.operation("GET", "/items/{item_id}/price-chain", permission="price_chain.read", returns=PriceChainsView)
def list_price_chains(item_id: UUID) -> dict[str, Any]:
    """Read the price chains of all answers to an item."""
    return {"data": chains.item_chains(session(), actor(), item_id)}


@provenance.operation("GET", "/answers/{answer_id}/bundle", permission="price_chain.read", query=BundleQuery, doc=_FILE)
def download_answer_bundle(query: dict[str, Any], answer_id: UUID) -> Response:
    """Download what proves the price chain of one answer offline, as far as the job's policy shows it to you."""
    return bundle_response(actor(), Chosen([answer_id]), public("answer", answer_id), query.get("since"))


@provenance.operation("GET", "/items/{item_id}/bundle", permission="price_chain.read", query=BundleQuery, doc=_FILE)
def download_item_bundle(query: dict[str, Any], item_id: UUID) -> Response:
    """Download what proves the price chains of an item's answers, of those that you have a part in."""
    chosen = bundle_scopes.of_item(session(), actor(), item_id)
    return bundle_response(actor(), chosen, public("item", item_id), query.get("since"))


@provenance.operation("GET", "/jobs/{job_id}/bundle", permission="price_chain.read", query=BundlesQuery, doc=_FILE)
def download_job_bundle(query: dict[str, Any], job_id: UUID) -> Response:
    """Download what proves the price chains of a job's answers, 2,000 at a time, of those that you have a part in."""
    chosen = bundle_scopes.of_job(session(), actor(), job_id, query.get("after"))
    return bundle_response(actor(), chosen, public("job", job_id), query.get("since"))


@provenance.operation(
    "GET", "/contracts/{contract_id}/bundle", permission="price_chain.read", query=BundlesQuery, doc=_FILE
)
def download_contract_bundle(query: dict[str, Any], contract_id: UUID) -> Response:
    """Download what proves the price chains that go through one of your contracts, 2,000 answers at a time."""
    chosen = bundle_scopes.of_contract(session(), actor(), contract_id, query.get("after"))
    return bundle_response(actor(), chosen, public("contract", contract_id), query.get("since"))


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

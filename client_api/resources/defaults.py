"""Defaults: layers that could not go on, and who succeeded them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.defaults import DefaultInput, DefaultQuery, DefaultView, ReleaseInput
from client_api.views import With
from marketplace.contracts import default_queries
from marketplace.contracts.default_models import ContractDefault
from marketplace.db.paging import Page
from marketplace.lifecycle import succeeding
from marketplace.settlement import defaulting

defaults = Theme("defaults", "Layers that could not go on with a contract, and who took it over at its prices.")


@defaults.operation(
    "POST",
    "/contracts/{contract_id}/default",
    permission="contract.default",
    body=DefaultInput,
    returns=DefaultView,
    status=201,
    idempotent=True,
    refusals=[409],
    location="/defaults/{id}",
)
def declare_default(body: dict[str, Any], contract_id: UUID) -> With:
    """Declare that a contract's seller cannot go on: the seller itself, or the platform's operations.

    Its margins of the contract are held; the layer above, else the client, else the platform takes the contract over
    at its prices, in the same moment. Workers keep their claims, pay and dates.
    """
    seller_id = body["seller_organization_id"]
    return _view(succeeding.declare_default(session(), actor(), contract_id, seller_id, body["reason"]))


@defaults.operation("GET", "/defaults", permission="default.read", query=DefaultQuery, returns=DefaultView, page=True)
def list_defaults(query: dict[str, Any]) -> Page[With]:
    """List the defaults of contracts in which your organization sold, sells or buys, the newest first."""
    page = default_queries.list_defaults(session(), actor(), **query)
    return Page([_view(row) for row in page.data], page.next_cursor)


@defaults.operation("GET", "/defaults/{default_id}", permission="default.read", returns=DefaultView)
def read_default(default_id: UUID) -> With:
    """Read a default."""
    return _view(default_queries.get_default(session(), actor(), default_id))


@defaults.operation(
    "POST",
    "/defaults/{default_id}/release",
    permission="default.release",
    body=ReleaseInput,
    returns=DefaultView,
    refusals=[409],
)
def release_default(body: dict[str, Any], default_id: UUID) -> With:
    """End the hold on what the former seller had earned: it falls due on its days, and is paid like any margin.

    Refused while the former seller owes to a worker or to the guarantee fund.
    """
    return _view(defaulting.release_margins(session(), actor(), default_id, body["reason"]))


def _view(row: ContractDefault) -> With:
    knows = default_queries.knows_money(actor(), row)
    return With(row, reason=row.reason if knows else None, held=defaulting.held_of(session(), row) if knows else None)

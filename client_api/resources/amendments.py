"""Amendments: new prices of a contract, proposed by one side and answered by the other."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.amendments import AMENDMENT_EXAMPLE, AmendmentInput, AmendmentView
from client_api.views import With, with_each
from marketplace.contracts import amending, amendment_queries
from marketplace.contracts.models import Amendment
from marketplace.db.paging import Page

amendments = Theme("amendments", "New prices of a contract, which one side proposes and the other accepts.")


@amendments.operation(
    "GET",
    "/contracts/{contract_id}/amendments",
    permission="contract.read",
    query=ListQuery,
    returns=AmendmentView,
    page=True,
)
def list_amendments(query: dict[str, Any], contract_id: UUID) -> Page[With]:
    """List everything ever proposed for a contract's prices, the newest first."""
    page = amendment_queries.amendments(session(), actor(), contract_id, **query)
    return with_each(page, "rates", lambda ids: amendment_queries.rates_of_amendments(session(), ids))


@amendments.operation(
    "POST",
    "/contracts/{contract_id}/amendments",
    permission="contract.amend",
    body=AmendmentInput,
    example=AMENDMENT_EXAMPLE,
    returns=AmendmentView,
    status=201,
    idempotent=True,
    location="/amendments/{id}",
)
def propose_amendment(body: dict[str, Any], contract_id: UUID) -> With:
    """Propose new prices of a contract to its other side; they bind your own side until that answers.

    Once accepted they are the prices of tasks opened from then on; open tasks keep those they were opened at.
    """
    prices = {code: rate["price"] for code, rate in body["rates"].items()}
    expires_in = dt.timedelta(seconds=body["expires_in_seconds"])
    return view(amending.propose(session(), actor(), contract_id, prices, body["reason"], expires_in))


@amendments.operation("GET", "/amendments/{amendment_id}", permission="contract.read", returns=AmendmentView)
def read_amendment(amendment_id: UUID) -> With:
    """Read a proposal of new prices."""
    return view(amendment_queries.get_amendment(session(), actor(), amendment_id))


@amendments.operation(
    "POST",
    "/amendments/{amendment_id}/accept",
    permission="contract.amend",
    returns=AmendmentView,
    refusals=[409, 422],
)
def accept_amendment(amendment_id: UUID) -> With:
    """Accept new prices that the other side proposed; tasks opened from now on have them."""
    return view(amending.accept(session(), actor(), amendment_id))


@amendments.operation(
    "POST", "/amendments/{amendment_id}/decline", permission="contract.amend", returns=AmendmentView, refusals=[409]
)
def decline_amendment(amendment_id: UUID) -> With:
    """Decline new prices that the other side proposed."""
    return view(amending.decline(session(), actor(), amendment_id))


@amendments.operation(
    "POST", "/amendments/{amendment_id}/withdraw", permission="contract.amend", returns=AmendmentView, refusals=[409]
)
def withdraw_amendment(amendment_id: UUID) -> With:
    """Withdraw new prices that your own side proposed."""
    return view(amending.withdraw(session(), actor(), amendment_id))


def view(amendment: Amendment) -> With:
    """A proposal with its prices."""
    return With(amendment, rates=amendment_queries.rates_of_amendments(session(), [amendment.id])[amendment.id])

"""Money coming in, and money tied to jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, after_this_request

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.money import (
    BalanceView,
    CostPreviewView,
    DepositInput,
    DepositQuery,
    DepositView,
    FundInput,
    ReserveView,
)
from client_api.schemas.refunds import RefundInput, RefundQuery, RefundView, UnansweredRefundView
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.jobs import reserve
from marketplace.jobs.models import Job
from marketplace.ledger.balances import balance, balances
from marketplace.ledger.chart import Code
from marketplace.ledger.recipes.accounts import job_reserve
from marketplace.lifecycle.costs import cost_preview
from marketplace.lifecycle.funding import fund_job
from marketplace.lifecycle.warnings import warnings_of
from marketplace.logs import get_logger
from marketplace.rails import deposits, queries, refund_absence, refunds
from marketplace.rails.errors import RAIL_UNKNOWN
from marketplace.rails.models import Deposit, Refund
from marketplace.rails.refund_absence import Unanswered
from marketplace.web.context import get_context
from marketplace.web.database import transactions

funding = Theme("funding", "Money coming in, and money tied to jobs.")
_log = get_logger(__name__)


@funding.operation(
    "POST",
    "/deposits",
    permission="deposit.make",
    body=DepositInput,
    example={"rail": "sandbox", "amount": {"amount": "900.00", "currency": "CNY"}},
    returns=DepositView,
    status=201,
    idempotent=True,
    location="/deposits/{id}",
)
def start_deposit(body: dict[str, Any]) -> With:
    """Bring money in over a rail.

    The answer is the order, still pending. The rail is asked as soon as the order stands; read the deposit again to
    see it available, or, on the rail bank, to see where to send the money and which reference to quote.
    """
    rails = get_context().rails
    if body["rail"] not in rails:
        raise RAIL_UNKNOWN.error(f"There is no rail {body['rail']!r} here; there are: {', '.join(sorted(rails))}.")
    deposit = deposits.start_deposit(session(), actor(), body["rail"], body["amount"])
    _collect_after_commit(deposit.id)
    return _seen(deposit)


def _collect_after_commit(deposit_id: UUID) -> None:
    """Ask the rail once the order is committed; if that fails, the sweep asks again with the same key."""

    @after_this_request
    def collect(response: Response) -> Response:
        if response.status_code == 201:
            try:
                deposits.collect(transactions, get_context().rails, deposit_id)
            except Exception as error:  # noqa: BLE001 - whatever a rail does, the order stands and was answered
                _log.warning("deposit.not_collected_yet", deposit=str(deposit_id), exc_info=error)
        return response


@funding.operation("GET", "/deposits", permission="deposit.read", query=DepositQuery, returns=DepositView, page=True)
def list_deposits(query: dict[str, Any]) -> Page[With]:
    """List deposits, the newest first: your organization's, or as the platform's staff everybody's."""
    page = queries.list_deposits(session(), actor(), **query)
    return Page([_seen(one) for one in page.data], page.next_cursor)


@funding.operation("GET", "/deposits/{deposit_id}", permission="deposit.read", returns=DepositView)
def read_deposit(deposit_id: UUID) -> With:
    """Read a deposit."""
    return _seen(queries.get_deposit(session(), actor(), deposit_id))


def _seen(deposit: Deposit) -> With:
    own = deposit.organization_id == actor().organization_id
    pay_in = queries.pay_in(get_context().rails, deposit) if own else None
    return With(deposit, client_secret=deposit.client_secret if own else None, pay_in=pay_in)


@funding.operation(
    "POST",
    "/deposits/{deposit_id}/refunds",
    permission="deposit.make",
    body=RefundInput,
    example={"amount": {"amount": "100.00", "currency": "CNY"}},
    returns=RefundView,
    status=201,
    idempotent=True,
    location="/refunds/{id}",
    refusals=[402],
)
def order_refund(body: dict[str, Any], deposit_id: UUID) -> Refund:
    """Take unspent money of a deposit back to where it came from.

    Only what no job holds: cancel or close jobs first. It leaves the balance at once, and is settled when the rail
    shows it; if the rail refuses, it is yours to spend again.
    """
    return refunds.order_refund(session(), actor(), deposit_id, body["amount"])


@funding.operation("GET", "/refunds", permission="deposit.read", query=RefundQuery, returns=RefundView, page=True)
def list_refunds(query: dict[str, Any]) -> Page[Refund]:
    """List what went back of deposits, or is on its way, the newest first; as the platform's staff everybody's."""
    return queries.list_refunds(session(), actor(), **query)


@funding.operation("GET", "/refunds/{refund_id}", permission="deposit.read", returns=RefundView)
def read_refund(refund_id: UUID) -> Refund:
    """Read a refund."""
    return queries.get_refund(session(), actor(), refund_id)


@funding.operation(
    "GET",
    "/unanswered-refunds",
    permission="payout_run.read",
    query=ListQuery,
    returns=UnansweredRefundView,
    page=True,
)
def list_unanswered_refunds(query: dict[str, Any]) -> Page[Unanswered]:
    """List refunds of which no rail said for 23 hours whether it made them, the newest first."""
    return refund_absence.unanswered(session(), actor(), **query)


@funding.operation(
    "POST",
    "/refunds/{refund_id}/agree-absent",
    permission="payout_run.approve",
    returns=RefundView,
    idempotent=True,
)
def agree_refund_is_absent(refund_id: UUID) -> Refund:
    """Say, as one of two people, that a refund never reached the rail; the second lets it be ordered anew.

    Only 23 hours after the rail was first asked, and after two looks at the rail, an hour apart, that found nothing.
    """
    return refund_absence.agree_absent(session(), actor(), refund_id)


@funding.operation("GET", "/balance", permission="deposit.make", returns=BalanceView)
def read_balance() -> dict[str, Any]:
    """Read what your organization has paid in and tied to no job, by currency."""
    held = balances(session(), Code.CLIENT_DEPOSITS, owner_id=actor().organization)
    return {"data": [held[account] for account in sorted(held, key=lambda account: account.currency)]}


@funding.operation(
    "POST",
    "/jobs/{job_id}/fund",
    permission="job.fund",
    body=FundInput,
    example={"amount": {"amount": "900.00", "currency": "CNY"}},
    returns=ReserveView,
    idempotent=True,
    refusals=[402],
)
def fund_job_reserve(body: dict[str, Any], job_id: UUID) -> dict[str, Any]:
    """Tie money to a job, all at once or in parts; what waits for money is released to workers at once."""
    return _reserve(fund_job(session(), actor(), job_id, body["amount"]))


@funding.operation("GET", "/jobs/{job_id}/cost-preview", permission="job.read", returns=CostPreviewView)
def preview_cost(job_id: UUID) -> With:
    """Read what a job of yours costs at most, exactly, by rate: items times redundancy times price, of which the fee,
    and the allowance; and what of that is funded, committed and missing. Before publication too.
    """
    found = cost_preview(session(), actor(), job_id)
    return With(found, warnings=warnings_of(session(), session().get_one(Job, job_id)))


def _reserve(job: Job) -> dict[str, Any]:
    held, free = balance(session(), job_reserve(job.id, job.currency)), reserve.free(session(), job)
    return {"reserve": held, "committed": held - free, "free": free}

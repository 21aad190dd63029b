"""Installments, payout runs and payouts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.bank_refusals import BankRefusalQuery, BankRefusalView
from client_api.schemas.money import (
    CancelPayoutInput,
    InstallmentQuery,
    InstallmentView,
    PayoutQuery,
    PayoutSummaryView,
    PayoutView,
    RunDetailView,
    RunInput,
    RunQuery,
    RunView,
)
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.kernel.money import Money
from marketplace.payouts import queries
from marketplace.payouts.approving import approve_payout, approve_run, cancel_payout, cancel_run, retry_payout
from marketplace.payouts.minimums import Minimums
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.quoting import quotes_of
from marketplace.payouts.recovering import agree_absent
from marketplace.payouts.sending import execute_run
from marketplace.payouts.tax_queries import withheld_from
from marketplace.rails.bank_files import file_rail
from marketplace.rails.bank_refusal_models import BankRefusal
from marketplace.rails.bank_refusals import bank_refusals
from marketplace.settlement import queries as settlement_queries
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_hold_queries import holds_at
from marketplace.web.context import get_context
from marketplace.web.database import transactions

payouts = Theme("payouts", "What falls due, and the runs that pay it: one person prepares, another approves.")


@payouts.operation(
    "GET", "/installments", permission="installment.read", query=InstallmentQuery, returns=InstallmentView, page=True
)
def list_installments(query: dict[str, Any]) -> Page[Installment]:
    """List installments by due date: your organization's, or as finance staff everybody's."""
    return settlement_queries.installments(session(), actor(), **query)


@payouts.operation(
    "GET",
    "/bank-refusals",
    permission="payout_run.read",
    query=BankRefusalQuery,
    returns=BankRefusalView,
    page=True,
)
def list_bank_refusals(query: dict[str, Any]) -> Page[BankRefusal]:
    """List what payees' own banks did not take of what a rail paid on to them, the newest first."""
    return bank_refusals(session(), actor(), **query)


@payouts.operation(
    "POST",
    "/payout-runs",
    permission="payout_run.prepare",
    body=RunInput,
    example={"rail": "sandbox"},
    returns=RunDetailView,
    status=201,
    versioned=True,
    idempotent=True,
    location="/payout-runs/{id}",
)
def prepare_payout_run(body: dict[str, Any]) -> With:
    """Prepare a run from what is due; another person approves it."""
    rails, minimums = get_context().rails, Minimums.of(get_context().settings)
    return _detail(prepare_run(session(), actor(), body["rail"], body["due_by"], rails=rails, minimums=minimums))


@payouts.operation("GET", "/payout-runs", permission="payout_run.read", query=RunQuery, returns=RunView, page=True)
def list_payout_runs(query: dict[str, Any]) -> Page[PayoutRun]:
    """List payout runs, the newest first."""
    return queries.runs(session(), actor(), **query)


@payouts.operation("GET", "/payout-runs/{run_id}", permission="payout_run.read", returns=RunDetailView, versioned=True)
def read_payout_run(run_id: UUID) -> With:
    """Read a payout run with the sums of its payouts."""
    return _detail(queries.run(session(), actor(), run_id))


@payouts.operation(
    "POST",
    "/payout-runs/{run_id}/approve",
    permission="payout_run.approve",
    returns=RunDetailView,
    versioned=True,
    idempotent=True,
)
def approve_payout_run(run_id: UUID) -> With:
    """Approve a run that somebody else prepared and that does not pay you."""
    return _detail(approve_run(session(), actor(), run_id))


@payouts.operation(
    "POST",
    "/payout-runs/{run_id}/execute",
    permission="payout_run.execute",
    returns=RunDetailView,
    versioned=True,
    idempotent=True,
)
def execute_payout_run(run_id: UUID) -> With:
    """Send an approved run: workers first, each margin once the workers below it are paid.

    May be asked for again at any time: what was sent stays sent, what waits goes on.
    """
    # Not in this request's transaction: each payout commits its intent before the rail is asked, and its outcome
    # after. Sending is safe to repeat by itself, so a key lost in a crash between costs nothing.
    execute_run(transactions, actor(), get_context().rails, run_id)
    session().expire_all()
    return _detail(queries.run(session(), actor(), run_id))


@payouts.operation(
    "POST",
    "/payout-runs/{run_id}/cancel",
    permission="payout_run.prepare",
    returns=RunDetailView,
    versioned=True,
    idempotent=True,
)
def cancel_payout_run(run_id: UUID) -> With:
    """Call a run off before it is sent: all its installments are due again."""
    return _detail(cancel_run(session(), actor(), run_id))


@payouts.operation(
    "GET", "/payouts", permission="installment.read", query=PayoutQuery, returns=PayoutSummaryView, page=True
)
def list_payouts(query: dict[str, Any]) -> Page[Payout]:
    """List payouts, the newest first: your organization's, or as finance staff everybody's."""
    return queries.payouts(session(), actor(), **query)


@payouts.operation("GET", "/payouts/{payout_id}", permission="installment.read", returns=PayoutView)
def read_payout(payout_id: UUID) -> With:
    """Read one payout with the installments it pays."""
    return _payout(payout_id)


@payouts.operation(
    "POST",
    "/payouts/{payout_id}/retry",
    permission="payout_run.approve",
    returns=PayoutView,
    idempotent=True,
)
def retry_refused_payout(payout_id: UUID) -> With:
    """Let a refused payout be sent again, to the same account and as the next attempt.

    Not by who prepared its run, and not by whom it pays. The service sends it with the run, which is still executing.
    """
    retry_payout(session(), actor(), payout_id)
    return _payout(payout_id)


@payouts.operation(
    "POST",
    "/payouts/{payout_id}/approve",
    permission="payout_run.approve",
    returns=PayoutView,
    idempotent=True,
)
def approve_payout_at_a_worse_rate(payout_id: UUID) -> With:
    """Approve a payout whose rate ended before it was sent, at a new one that is worse for the payee.

    Not by who prepared its run, and not by whom it pays. The service sends it with the run, which is still executing.
    """
    approve_payout(session(), actor(), payout_id)
    return _payout(payout_id)


@payouts.operation(
    "POST",
    "/payouts/{payout_id}/cancel",
    permission="payout_run.approve",
    body=CancelPayoutInput,
    example={"hold_reason": "destination_refused"},
    returns=PayoutView,
    idempotent=True,
)
def cancel_one_payout(body: dict[str, Any], payout_id: UUID) -> With:
    """Give up a payout that is not on its way: its installments are due again, or held until the payee acts.

    Due again, the next run pays them, and margins above a worker wait for it. Held as destination_refused, which only
    a refused payout allows, they fall due once the payee sets a payout method again, and margins do not wait. The payee
    is told either way.
    """
    cancel_payout(session(), actor(), payout_id, body["hold_reason"])
    return _payout(payout_id)


@payouts.operation(
    "POST",
    "/payouts/{payout_id}/agree-absent",
    permission="payout_run.approve",
    returns=PayoutView,
    idempotent=True,
)
def agree_payout_is_absent(payout_id: UUID) -> With:
    """Say, as one of two people, that an unknown payout never reached the rail; the second makes it refused.

    Only 23 hours after the rail was first asked, and after two looks at the rail, an hour apart, that found nothing.
    """
    agree_absent(session(), actor(), payout_id)
    return _payout(payout_id)


@payouts.operation(
    "POST",
    "/payouts/{payout_id}/not-executed",
    permission="payout_run.approve",
    returns=PayoutView,
    idempotent=True,
)
def declare_payout_not_executed(payout_id: UUID) -> With:
    """Say, as one of two people, that the bank never executed a payout; the second makes it refused.

    Only once statements without a gap reach three days beyond the payment file's and do not show it.
    """
    file_rail(get_context().rails).declare_not_executed(session(), actor(), payout_id)
    return _payout(payout_id)


@payouts.operation(
    "POST",
    "/payouts/{payout_id}/came-late",
    permission="payout_run.approve",
    returns=PayoutView,
    idempotent=True,
)
def adopt_late_payout(payout_id: UUID) -> With:
    """Take a refused payout, which a statement shows all the same, for sent; the line then settles it."""
    file_rail(get_context().rails).adopt_late(session(), actor(), payout_id)
    return _payout(payout_id)


def _payout(payout_id: UUID) -> With:
    payout = queries.payout(session(), actor(), payout_id)
    return With(
        payout,
        carried_in=Money(payout.carried_in, payout.currency),
        carried_out=Money(payout.carried_out, payout.currency),
        quotes=quotes_of(session(), [payout.id]).get(payout.id, []),
        withheld=withheld_from(session(), [payout.id]).get(payout.id, []),
        lines=queries.lines(session(), actor(), payout_id),
    )


def _detail(run: PayoutRun) -> With:
    totals = queries.run_totals(session(), actor(), run.id)
    return With(run, totals=totals, pay_holds=holds_at(session(), run.prepared_at))

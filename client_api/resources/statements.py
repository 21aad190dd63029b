"""Statements of an organization's margins, by month."""

from __future__ import annotations

from typing import Any

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.statements import (
    StatementInstallmentView,
    StatementLineView,
    StatementMonthsView,
    StatementPageQuery,
    StatementPayoutView,
    StatementQuery,
    StatementView,
)
from marketplace.db.paging import Page
from marketplace.provenance import statements as reading
from marketplace.provenance.statements import Month, StatementLine, StatementPayout
from marketplace.settlement.models import Installment

statements = Theme("statements", "What your margins earned by month, what fell due, was paid or is held.")


@statements.operation("GET", "/statements", permission="installment.read", returns=StatementMonthsView)
def list_statements() -> dict[str, Any]:
    """List the months in which anything of your organization's margins moved, newest first."""
    return {"data": [str(month) for month in reading.months(session(), actor())]}


@statements.operation(
    "GET", "/statement", permission="installment.read", query=StatementQuery, returns=StatementView, refusals=[422]
)
def read_statement(query: dict[str, Any]) -> dict[str, Any]:
    """Read the statement of a month: what was there, what came, what left, what is there.

    A month's last word is said when its books are closed.
    """
    month = Month.parse(query["month"])
    return {"month": str(month), "data": reading.statement(session(), actor(), month)}


@statements.operation(
    "GET",
    "/statement-lines",
    permission="installment.read",
    query=StatementPageQuery,
    returns=StatementLineView,
    page=True,
    refusals=[422],
)
def list_statement_lines(query: dict[str, Any]) -> Page[StatementLine]:
    """List what each answer accepted in a month earned, with its price chain as far as the job's policy shows it."""
    return reading.lines(session(), actor(), Month.parse(query.pop("month")), **query)


@statements.operation(
    "GET",
    "/statement-installments",
    permission="installment.read",
    query=StatementPageQuery,
    returns=StatementInstallmentView,
    page=True,
    refusals=[422],
)
def list_statement_installments(query: dict[str, Any]) -> Page[Installment]:
    """List the installments whose day lies in a month: paid, held and why, or still to come."""
    return reading.installments(session(), actor(), Month.parse(query.pop("month")), **query)


@statements.operation(
    "GET",
    "/statement-payouts",
    permission="installment.read",
    query=StatementPageQuery,
    returns=StatementPayoutView,
    page=True,
    refusals=[422],
)
def list_statement_payouts(query: dict[str, Any]) -> Page[StatementPayout]:
    """List the payouts that took money along in a month, or gave it back."""
    return reading.payouts(session(), actor(), Month.parse(query.pop("month")), **query)

"""Tax that is withheld from payees: who sets it, and what a year came to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.taxes import TaxYearLineView, TaxYearQuery, WithholdingInput, WithholdingQuery, WithholdingView
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.kernel.ids import parse
from marketplace.payouts import tax_queries
from marketplace.payouts.tax_models import Withholding
from marketplace.payouts.withholding import TaxLine, decide_withholding, lines_of, propose_withholding

taxes = Theme("taxes", "Tax that is withheld from payees: one person proposes what, another approves.")


@taxes.operation(
    "POST",
    "/withholdings",
    permission="withholding.set",
    body=WithholdingInput,
    example={
        "payee_id": "per_01h455vb4pex5vsknk084sn02q",
        "valid_from": "2027-03-01",
        "lines": [{"authority": "KE-KRA", "rate_ppm": 50_000}],
    },
    returns=WithholdingView,
    status=201,
    idempotent=True,
    location="/withholdings/{id}",
)
def propose(body: dict[str, Any]) -> With:
    """Propose what is withheld from a payee from a day on, today at the earliest; another person approves it."""
    noun = "organization" if body["payee_id"].startswith("org_") else "person"
    lines = [TaxLine(**line) for line in body["lines"]]
    payee_id = parse(noun, body["payee_id"])
    return _view(propose_withholding(session(), actor(), payee_id, body["valid_from"], lines))


@taxes.operation(
    "GET", "/withholdings", permission="withholding.read", query=WithholdingQuery, returns=WithholdingView, page=True
)
def list_withholdings(query: dict[str, Any]) -> Page[With]:
    """List what is and was withheld from whom, the newest first."""
    page = tax_queries.withholdings(session(), actor(), **query)
    lines = lines_of(session(), [row.id for row in page.data])
    return Page([With(row, lines=lines[row.id]) for row in page.data], page.next_cursor)


@taxes.operation("GET", "/withholdings/{withholding_id}", permission="withholding.read", returns=WithholdingView)
def read_withholding(withholding_id: UUID) -> With:
    """Read one."""
    return _view(tax_queries.withholding(session(), actor(), withholding_id))


@taxes.operation(
    "POST",
    "/withholdings/{withholding_id}/approve",
    permission="withholding.set",
    returns=WithholdingView,
    idempotent=True,
)
def approve_withholding(withholding_id: UUID) -> With:
    """Approve what somebody else proposed and what does not concern you; payouts prepared before stay as they are."""
    return _view(decide_withholding(session(), actor(), withholding_id, approve=True))


@taxes.operation(
    "POST",
    "/withholdings/{withholding_id}/reject",
    permission="withholding.set",
    returns=WithholdingView,
    idempotent=True,
)
def reject_withholding(withholding_id: UUID) -> With:
    """Reject a proposal, also one of your own."""
    return _view(decide_withholding(session(), actor(), withholding_id, approve=False))


@taxes.operation(
    "GET", "/tax-years", permission="installment.read", query=TaxYearQuery, returns=TaxYearLineView, page=True
)
def list_tax_year(query: dict[str, Any]) -> Page[tax_queries.TaxYearLine]:
    """List by payee what was paid, withheld and received in payouts that settled in a calendar year.

    Your organization's, or as finance staff everybody's.
    """
    return tax_queries.tax_year(session(), actor(), **query)


def _view(row: Withholding) -> With:
    return With(row, lines=lines_of(session(), [row.id])[row.id])

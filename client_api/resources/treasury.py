"""Money that finance moves itself: tax to its authority, currencies bought back, its own, and what shows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.treasury import (
    ConversionInput,
    ConversionView,
    ExternalLineQuery,
    ExternalLineView,
    OwnMoneyInput,
    OwnMoneyQuery,
    OwnMoneyView,
    RemittanceInput,
    RemittancePaidInput,
    RemittanceQuery,
    RemittanceView,
    RemittedDocumentView,
    RemittedPayeeView,
)
from marketplace.db.paging import Page
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.payouts import converting, remittance_queries, remitting
from marketplace.payouts.conversion_models import CurrencyConversion
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.remittance_queries import RemittedDocument, RemittedPayee
from marketplace.reconciliation.conversions import enter_conversion
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.queries import external_lines
from marketplace.reconciliation.remittances import pay_by_line
from marketplace.settlement import own_money, own_money_queries
from marketplace.settlement.own_money_models import DEBTS, OwnMoneyMove

treasury = Theme(
    "treasury",
    "Money that finance moves itself: tax to its authority, currencies bought back, its own, and what shows it.",
)


@treasury.operation(
    "GET",
    "/external-lines",
    permission="reconciliation.read",
    query=ExternalLineQuery,
    returns=ExternalLineView,
    page=True,
)
def list_external_lines(query: dict[str, Any]) -> Page[ExternalLine]:
    """List the lines of the rails and of the bank's statements, the newest first."""
    return external_lines(session(), actor(), **query)


@treasury.operation(
    "GET",
    "/tax-remittances",
    permission="withholding.read",
    query=RemittanceQuery,
    returns=RemittanceView,
    page=True,
)
def list_tax_remittances(query: dict[str, Any]) -> Page[TaxRemittance]:
    """List what was and is to be paid to tax authorities, the newest first."""
    return remittance_queries.remittances(session(), actor(), **query)


@treasury.operation(
    "POST",
    "/tax-remittances",
    permission="tax.remit",
    body=RemittanceInput,
    example={"authority": "KE-KRA", "currency": "USD", "first": "2027-02-01", "last": "2027-02-28"},
    returns=RemittanceView,
    status=201,
    idempotent=True,
    location="/tax-remittances/{id}",
)
def propose_tax_remittance(body: dict[str, Any]) -> TaxRemittance:
    """Propose to pay an authority, for a period that is over, what was withheld for it, or the sales tax in fees."""
    return remitting.propose_remittance(
        session(), actor(), body["authority"], body["currency"], body["first"], body["last"], tax=body["tax"]
    )


@treasury.operation(
    "GET", "/tax-remittances/{tax_remittance_id}", permission="withholding.read", returns=RemittanceView
)
def read_tax_remittance(tax_remittance_id: UUID) -> TaxRemittance:
    """Read one."""
    return remittance_queries.remittance(session(), actor(), tax_remittance_id)


@treasury.operation(
    "GET",
    "/tax-remittances/{tax_remittance_id}/payees",
    permission="withholding.read",
    query=ListQuery,
    returns=RemittedPayeeView,
    page=True,
)
def list_remitted_payees(query: dict[str, Any], tax_remittance_id: UUID) -> Page[RemittedPayee]:
    """List whom a remittance of withheld tax is of, as its authority wants to know."""
    return remittance_queries.remitted_payees(session(), actor(), tax_remittance_id, **query)


@treasury.operation(
    "GET",
    "/tax-remittances/{tax_remittance_id}/documents",
    permission="withholding.read",
    query=ListQuery,
    returns=RemittedDocumentView,
    page=True,
)
def list_remitted_documents(query: dict[str, Any], tax_remittance_id: UUID) -> Page[RemittedDocument]:
    """List of which invoices and credit notes a remittance of sales tax is; each is in one only."""
    return remittance_queries.remitted_documents(session(), actor(), tax_remittance_id, **query)


@treasury.operation(
    "POST",
    "/tax-remittances/{tax_remittance_id}/approve",
    permission="tax.remit",
    returns=RemittanceView,
    idempotent=True,
)
def approve_tax_remittance(tax_remittance_id: UUID) -> TaxRemittance:
    """Approve what somebody else proposed."""
    return remitting.approve_remittance(session(), actor(), tax_remittance_id)


@treasury.operation(
    "POST",
    "/tax-remittances/{tax_remittance_id}/reject",
    permission="tax.remit",
    returns=RemittanceView,
    idempotent=True,
)
def reject_tax_remittance(tax_remittance_id: UUID) -> TaxRemittance:
    """Give one up that is not paid yet, also one's own."""
    return remitting.reject_remittance(session(), actor(), tax_remittance_id)


@treasury.operation(
    "POST",
    "/tax-remittances/{tax_remittance_id}/pay",
    permission="tax.remit",
    body=RemittancePaidInput,
    example={"reference": "E2E-2027-02-KRA"},
    returns=RemittanceView,
    idempotent=True,
)
def pay_tax_remittance(body: dict[str, Any], tax_remittance_id: UUID) -> TaxRemittance:
    """Say by which line an approved one was paid, or that it was paid from the operating account."""
    if ("line_id" in body) == ("reference" in body):
        message = "Either the line that paid it, or what the bank calls the payment from the operating account."
        raise INVALID.error(message, errors=[FieldError("/line_id", "one_of", message)])
    if "line_id" in body:
        return pay_by_line(session(), actor(), tax_remittance_id, body["line_id"])
    return remitting.pay_from_operating(session(), actor(), tax_remittance_id, body["reference"])


@treasury.operation(
    "GET", "/currency-conversions", permission="ledger.read", query=ListQuery, returns=ConversionView, page=True
)
def list_currency_conversions(query: dict[str, Any]) -> Page[CurrencyConversion]:
    """List the exchanges at the bank that closed open positions, the newest first."""
    return converting.conversions(session(), actor(), **query)


@treasury.operation(
    "POST",
    "/currency-conversions",
    permission="reconciliation.match",
    body=ConversionInput,
    example={
        "sold_line_id": "lin_01h455vb4pex5vsknk084sn02q",
        "bought_line_id": "lin_01h455vb4pex5vsknk084sn02r",
        "reason": "Bought back at the bank.",
    },
    returns=ConversionView,
    status=201,
    idempotent=True,
)
def enter_currency_conversion(body: dict[str, Any]) -> CurrencyConversion:
    """Say that two lines were one exchange: what stood open between their currencies is closed by it."""
    return enter_conversion(session(), actor(), body["sold_line_id"], body["bought_line_id"], body["reason"])


@treasury.operation(
    "GET", "/own-money-moves", permission="ledger.read", query=OwnMoneyQuery, returns=OwnMoneyView, page=True
)
def list_own_money_moves(query: dict[str, Any]) -> Page[OwnMoneyMove]:
    """List what was and is to be done with the platform's own money, the newest first."""
    return own_money_queries.moves(session(), actor(), **query)


@treasury.operation(
    "POST",
    "/own-money-moves",
    permission="own_money.move",
    body=OwnMoneyInput,
    example={
        "kind": "contribution",
        "amount": {"amount": "1000.00", "currency": "CNY"},
        "reason": "Two months of what layers could fail to pay.",
    },
    returns=OwnMoneyView,
    status=201,
    idempotent=True,
    location="/own-money-moves/{id}",
)
def propose_own_money_move(body: dict[str, Any]) -> OwnMoneyMove:
    """Propose to move the platform's own money, or to give up at its cost what a layer owes; another person does it."""
    kind, reason = body["kind"], body["reason"]
    wanted = f"{kind}_id" if kind in DEBTS else "amount"
    if {"amount", "extra_id", "quality_claim_id"} & set(body) != {wanted}:
        message = f"Of the kind {kind} it takes {wanted}, and neither of the others."
        raise INVALID.error(message, errors=[FieldError(f"/{wanted}", "one_of", message)])
    if kind in DEBTS:
        return own_money.propose_write_off(session(), actor(), kind, body[wanted], reason)
    return own_money.propose_move(session(), actor(), kind, body["amount"], reason)


@treasury.operation("GET", "/own-money-moves/{own_money_move_id}", permission="ledger.read", returns=OwnMoneyView)
def read_own_money_move(own_money_move_id: UUID) -> OwnMoneyMove:
    """Read one."""
    return own_money_queries.move(session(), actor(), own_money_move_id)


@treasury.operation(
    "POST",
    "/own-money-moves/{own_money_move_id}/approve",
    permission="own_money.move",
    returns=OwnMoneyView,
    idempotent=True,
)
def approve_own_money_move(own_money_move_id: UUID) -> OwnMoneyMove:
    """Do what somebody else proposed, at once."""
    return own_money.approve_move(session(), actor(), own_money_move_id)


@treasury.operation(
    "POST",
    "/own-money-moves/{own_money_move_id}/reject",
    permission="own_money.move",
    returns=OwnMoneyView,
    idempotent=True,
)
def reject_own_money_move(own_money_move_id: UUID) -> OwnMoneyMove:
    """Give a proposal up, also one's own."""
    return own_money.reject_move(session(), actor(), own_money_move_id)

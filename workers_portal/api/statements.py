"""Statements of what one earned, by month."""

from __future__ import annotations

from flask import Response, request, url_for

from marketplace.kernel.canonical import day, instant
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.provenance import statements
from marketplace.provenance.statements import CurrencyStatement, Month, StatementLine, StatementPayout
from marketplace.settlement.models import Installment
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.pdf import MEDIA_TYPE
from marketplace.web.statements import statement_pdf
from workers_portal.api import pay_wire
from workers_portal.api.paging import only, page_arguments, page_of
from workers_portal.api.schemas import statements as s
from workers_portal.api.schemas.values import Page
from workers_portal.api.themes import pay


@pay.operation("GET", "/statements", permission="earning.read")
def list_statements() -> s.StatementMonthsWire:
    """List the months in which anything of one's pay moved, newest first."""
    return {"data": [str(month) for month in statements.months(request_session(), current_actor())]}


@pay.operation("GET", "/statement", permission="earning.read", query=s.StatementQuery, refusals=[422])
def read_statement() -> s.StatementWire:
    """Read one's statement of a month: what was there, what came, what left, what is there.

    A month's last word is said when its books are closed.
    """
    page_arguments("month")
    month = _month()
    found = statements.statement(request_session(), current_actor(), month)
    return {"month": str(month), "data": [_currency(one) for one in found]}


@pay.operation(
    "GET",
    "/statement-pdf",
    permission="earning.read",
    query=s.StatementPdfQuery,
    file=MEDIA_TYPE,
    refusals=[404, 422, 503],
)
def download_statement_pdf() -> Response:
    """Download a month's statement as a PDF, where this server makes any: sums, lines, and the log's signed head.

    Of more than 200 answers it is in parts; each names the address of the next, whose `cursor` it takes here.
    """
    only("month", "cursor")
    month = request.args.get("month")
    return statement_pdf(month, lambda cursor: url_for("work.statement_pdf", month=month, cursor=cursor))


@pay.operation("GET", "/statement-lines", permission="earning.read", query=s.StatementPageQuery, refusals=[422])
def list_statement_lines() -> Page[s.StatementLineWire]:
    """List what each answer accepted in a month earned, with where the client's price of it goes."""
    arguments = page_arguments("month")
    return page_of(statements.lines(request_session(), current_actor(), _month(), **arguments), _line)


@pay.operation("GET", "/statement-installments", permission="earning.read", query=s.StatementPageQuery, refusals=[422])
def list_statement_installments() -> Page[s.StatementInstallmentWire]:
    """List the installments whose day lies in a month: paid, held and why, or still to come."""
    arguments = page_arguments("month")
    return page_of(statements.installments(request_session(), current_actor(), _month(), **arguments), _installment)


@pay.operation("GET", "/statement-payouts", permission="earning.read", query=s.StatementPageQuery, refusals=[422])
def list_statement_payouts() -> Page[s.StatementPayoutWire]:
    """List the payouts that took money along in a month, or gave it back."""
    arguments = page_arguments("month")
    return page_of(statements.payouts(request_session(), current_actor(), _month(), **arguments), _payout)


def _month() -> Month:
    return Month.parse(request.args.get("month"))


def _places(held: dict[str, Money]) -> s.PlacesWire:
    return {
        "deferred": held["deferred"].to_wire(),
        "due": held["due"].to_wire(),
        "held": held["held"].to_wire(),
    }  # fmt: skip


def _currency(one: CurrencyStatement) -> s.CurrencyStatementWire:
    return {
        "currency": one.currency,
        "opening": _places(one.opening),
        "movements": [
            {
                "journal": moved.journal,
                "source": moved.source,
                "target": moved.target,
                "outside": moved.outside,
                "amount": moved.money.to_wire(),
            }
            for moved in one.movements
        ],
        "sent": one.sent.to_wire(),
        "closing": _places(one.closing),
        "owed_at_first": one.owed_at_first.to_wire(),
        "earned": one.earned.to_wire(),
        "given": one.given.to_wire(),
        "paid": one.paid.to_wire(),
        "tax": one.tax.to_wire(),
        "advance_fee": one.advance_fee.to_wire(),
        "set_apart": one.set_apart.to_wire(),
        "owed_at_end": one.owed_at_end.to_wire(),
    }


def _line(line: StatementLine) -> s.StatementLineWire:
    return {
        "accepted_on": day(line.earning.accepted_on),
        "contract_id": public("contract", line.earning.contract_id),
        "amount": line.earning.money.to_wire(),
        "price_chain": None if line.chain is None else pay_wire.price_chain(line.chain),
    }


def _installment(row: Installment) -> s.StatementInstallmentWire:
    return {
        "id": public("installment", row.id),
        "contract_id": public("contract", row.contract_id),
        "due_on": day(row.due_on),
        "amount": row.money.to_wire(),
        "state": row.state,
        "held_reason": row.held_reason if row.state == "held" else None,
        "payout_id": None if row.payout_id is None else public("payout", row.payout_id),
        "paid_at": None if row.paid_at is None else instant(row.paid_at),
    }


def _payout(one: StatementPayout) -> s.StatementPayoutWire:
    payout = one.payout
    return {
        "id": public("payout", payout.id),
        "state": payout.state,
        "sent": one.sent.to_wire(),
        "came_back": one.back.to_wire(),
        "tax": one.tax.to_wire(),
        "advance_fee": one.fee.to_wire(),
        "paid": payout.paid.to_wire(),
        "carried_out": Money(payout.carried_out, payout.currency).to_wire(),
        "rail": payout.rail,
        "rail_reference": payout.rail_reference,
        "sent_at": None if payout.sent_at is None else instant(payout.sent_at),
        "settled_at": None if payout.settled_at is None else instant(payout.settled_at),
    }

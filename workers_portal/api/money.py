"""What one earned, when it is paid, and where the price of an answer went."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.notifications import queries as notification_queries
from marketplace.notifications.models import Notification
from marketplace.payouts import queries as payout_queries
from marketplace.payouts import tax_queries
from marketplace.payouts.minimums import Minimums, waiting
from marketplace.payouts.quoting import quotes_of
from marketplace.provenance import chains
from marketplace.quotes import choosing
from marketplace.rails import changing, methods
from marketplace.settlement import advancing, pay_hold_queries, queries
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.payout_methods import PayoutMethod, methods_of, notice
from workers_portal.api import body, pay_wire
from workers_portal.api.paging import page_arguments, page_of
from workers_portal.api.schemas.money import (
    AdvanceInput,
    AdvanceOfferWire,
    EarningsWire,
    InstallmentWire,
    PayoutCurrencyWire,
    PayoutMethodInput,
    PayoutMethodsWire,
    PayoutMethodWire,
    PayoutWire,
    PriceChainWire,
    TaxYearsWire,
)
from workers_portal.api.schemas.standing import NotificationWire
from workers_portal.api.schemas.values import ListQuery, Page
from workers_portal.api.themes import notifications, pay


@pay.operation("GET", "/earnings", permission="earning.read")
def read_earnings() -> EarningsWire:
    """Read the sums by currency; scheduled, due, paying, held and paid add up to earned."""
    session, actor = request_session(), current_actor()
    minimums = Minimums.of(get_context().settings)
    return {
        "data": [pay_wire.owed(line) for line in queries.owed(session, actor)],
        "waiting": [pay_wire.waiting(one) for one in waiting(session, actor, minimums)],
        "holds": [pay_wire.pay_hold(row) for row in pay_hold_queries.holds_on(session, actor.person)],
    }


@pay.operation("GET", "/installments", permission="installment.read.own", query=ListQuery)
def list_installments() -> Page[InstallmentWire]:
    """List one's installments by due date."""
    page = queries.installments(request_session(), current_actor(), **page_arguments())
    return page_of(page, pay_wire.installment)


@pay.operation("GET", "/payouts", permission="installment.read.own", query=ListQuery)
def list_payouts() -> Page[PayoutWire]:
    """List one's payouts, the newest first, before and after they are sent, with what one was shown of their rates."""
    session = request_session()
    page = payout_queries.payouts(session, current_actor(), **page_arguments())
    quotes = quotes_of(session, [row.id for row in page.data])
    withheld = tax_queries.withheld_from(session, [row.id for row in page.data])
    return page_of(page, lambda row: pay_wire.payout(row, quotes.get(row.id, ()), withheld.get(row.id, ())))


@pay.operation("GET", "/tax-years", permission="installment.read.own")
def list_tax_years() -> TaxYearsWire:
    """Read what one was paid in each calendar year, what of it was withheld for whom, and what one received."""
    years = tax_queries.own_tax_years(request_session(), current_actor())
    return {"data": [pay_wire.tax_year(year, line) for year, line in years]}


@pay.operation("GET", "/installments/{installment_id}/advance", permission="advance.take", refusals=[409])
def read_advance_offer(installment_id: UUID) -> AdvanceOfferWire:
    """Read what taking an installment early brings and costs, and when all of it comes for free.

    Doing nothing costs nothing. What is due already, or too little to be paid alone, is not offered; nor is anything
    before one has said where to be paid.
    """
    fee_ppm = get_context().settings.advance_fee_ppm
    return pay_wire.advance_offer(advancing.offer(request_session(), current_actor(), installment_id, fee_ppm))


@pay.operation(
    "POST",
    "/installments/{installment_id}/advance",
    permission="advance.take",
    body=AdvanceInput,
    keyed=True,
    refusals=[409],
)
def take_advance(given: dict[str, Any], installment_id: UUID) -> InstallmentWire:
    """Take an installment early, for exactly the fee of the offer; the next payout run pays it.

    The fee is taken only by a payout that was prepared before the installment's day and that arrives. What is accepted
    later for the same day is another installment. Nothing is taken back, whatever becomes of the layers or the client.
    """
    fee, fee_ppm = Money.from_wire(given.get("fee"), "/fee"), get_context().settings.advance_fee_ppm
    row = advancing.take_advance(request_session(), current_actor(), installment_id, fee=fee, fee_ppm=fee_ppm)
    return pay_wire.installment(row)


@pay.operation("GET", "/answers/{answer_id}/price-chain", permission="price_chain.read.own")
def read_price_chain(answer_id: UUID) -> PriceChainWire:
    """Read where the client's price of one of one's answers goes; the parts add up to it."""
    return pay_wire.price_chain(chains.answer_chain(request_session(), current_actor(), answer_id))


@notifications.operation("GET", "/notifications", permission="notification.read", query=ListQuery)
def list_notifications() -> Page[NotificationWire]:
    """List what one was told, newest first."""
    page = notification_queries.inbox(request_session(), current_actor(), **page_arguments())
    return page_of(page, _notification)


def _notification(row: Notification) -> NotificationWire:
    return {
        "id": public("notification", row.id),
        "kind": row.kind,
        "subject": public(row.subject_noun, row.subject_id),
        "data": row.body,
        "created_at": instant(row.created_at),
        "read_at": None if row.read_at is None else instant(row.read_at),
    }


@pay.operation("GET", "/payout-methods", permission="payout_method.set")
def list_payout_methods() -> PayoutMethodsWire:
    """List where one's payouts go on each rail, masked, and the changes that wait."""
    session, actor = request_session(), current_actor()
    return {"data": [pay_wire.payout_method(method) for method in methods_of(session, actor.person)]}


@pay.operation(
    "PUT", "/payout-method", permission="payout_method.set", body=PayoutMethodInput, repeatable=True, refusals=[403]
)
def set_payout_method(given: dict[str, Any]) -> PayoutMethodWire:
    """Say where one's payouts go.

    One's first word takes effect at once. A key changes nothing after that (`step_up_required`): sign in at the pages.
    A change asked for there waits for 48 hours, and one is mailed about it.
    """
    rail, destination = body.text(given, "rail", longest=40), body.text(given, "destination", longest=200)
    session, actor = request_session(), current_actor()
    methods.set_destination(session, actor, get_context().rails, rail, destination, notice())
    found = methods_of(session, actor.person)
    return next(pay_wire.payout_method(method) for method in found if method.rail == rail)


@pay.operation(
    "POST",
    "/payout-method-changes/{payout_method_change_id}/cancel",
    permission="payout_method.set",
    repeatable=True,
    refusals=[409],
)
def cancel_payout_method_change(payout_method_change_id: UUID) -> PayoutMethodWire:
    """Take a change back that waits; payouts go on to where they go."""
    session, actor = request_session(), current_actor()
    rail = changing.cancel_change(session, actor, payout_method_change_id).rail
    return pay_wire.payout_method(PayoutMethod(rail, methods.shown_destination(session, actor.person, rail), None))


@pay.operation("PUT", "/payout-currency", permission="payout_method.set", body=PayoutCurrencyWire, repeatable=True)
def set_payout_currency(given: dict[str, Any]) -> PayoutCurrencyWire:
    """Say in which currency one is paid on a rail; without a choice of one's own it is the one owed, always.

    What is got is rounded down to the least that the rail moves; the rest stays owed in its own currency.
    """
    rail = body.text(given, "rail", longest=40)
    if "currency" not in given:
        raise body.wrong("/currency", "required", "Name a currency, or null for the one that is owed.")
    currency = None if given["currency"] is None else body.text(given, "currency", longest=3)
    choosing.choose_currency(request_session(), current_actor(), get_context().rails, rail, currency)
    return {"rail": rail, "currency": currency}

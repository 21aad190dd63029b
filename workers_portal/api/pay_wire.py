"""Pay and prices of the core as the worker API sends them."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.kernel.canonical import day, instant
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.payouts.minimums import Waiting
from marketplace.payouts.models import Payout
from marketplace.payouts.quoting import Shown
from marketplace.payouts.tax_queries import TaxYearLine, Withheld
from marketplace.provenance.chains import ChainView
from marketplace.settlement.advancing import Offer
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_hold_models import PayHold
from marketplace.settlement.queries import Owed
from marketplace.web.payout_methods import PayoutMethod
from workers_portal.api.schemas import money as m


def owed(line: Owed) -> m.OwedWire:
    """What was earned in one currency; scheduled, due, paying, held and paid add up to earned."""
    return {
        "currency": line.currency,
        "answers": line.answers,
        "earned": line.earned.to_wire(),
        "scheduled": line.scheduled.to_wire(),
        "due": line.due.to_wire(),
        "paying": line.paying.to_wire(),
        "held": line.held.to_wire(),
        "paid": line.paid.to_wire(),
        "advance_fees": line.advance_fees.to_wire(),
    }


def waiting(one: Waiting) -> m.WaitingWire:
    """Due pay that waits for a rail's minimum."""
    return {
        "due": one.due.to_wire(),
        "rail": one.rail,
        "minimum": one.minimum.to_wire(),
        "missing": one.missing.to_wire(),
        "paid_from": day(one.paid_from),
    }


def pay_hold(row: PayHold) -> m.PayHoldWire:
    """A hold of one's pay, as one is told of it."""
    ids = row.installment_ids
    return {
        "id": public("pay_hold", row.id),
        "reason": row.reason,
        "placed_at": instant(row.placed_at),
        "ends_on": None if row.ends_on is None else day(row.ends_on),
        "asked_until": day(row.asked_until) if row.to_confirm and row.asked_until else None,
        "installment_ids": None if ids is None else [public("installment", one) for one in ids],
    }


def payout_method(method: PayoutMethod) -> m.PayoutMethodWire:
    """Where one's payouts go on a rail, masked."""
    change = method.change
    return {
        "rail": method.rail,
        "destination": method.destination,
        "change": None
        if change is None
        else {
            "id": public("payout_method_change", change.id),
            "destination": change.destination,
            "takes_effect_at": instant(change.takes_effect_at),
        },
        "bank_refused": [
            {"amount": one.money.to_wire(), "code": one.code, "made_at": instant(one.made_at)} for one in method.refused
        ],
    }


def installment(row: Installment) -> m.InstallmentWire:
    """A dated part of one's pay."""
    return {
        "id": public("installment", row.id),
        "contract_id": public("contract", row.contract_id),
        "due_on": day(row.due_on),
        "amount": Money(row.amount, row.currency).to_wire(),
        "state": row.state,
        "paid_at": None if row.paid_at is None else instant(row.paid_at),
        "payout_id": None if row.payout_id is None else public("payout", row.payout_id),
        "advanced_at": None if row.advanced_at is None else instant(row.advanced_at),
        "advance_fee": row.fee.to_wire(),
    }


def advance_offer(offered: Offer) -> m.AdvanceOfferWire:
    """What comes early and what comes for free."""
    return {
        "installment_id": public("installment", offered.installment_id),
        "amount": offered.amount.to_wire(),
        "free_on": day(offered.free_on),
        "fee": offered.fee.to_wire(),
        "arrives": offered.arrives.to_wire(),
        "rest": offered.rest.to_wire(),
    }


def payout(row: Payout, quotes: Sequence[Shown], withheld: Sequence[Withheld]) -> m.PayoutWire:
    """One transfer to oneself, the tax of it, and what one was shown where its currency is not the one owed."""
    return {
        "id": public("payout", row.id),
        "rail": row.rail,
        "owed": row.money.to_wire(),
        "advance_fee": row.fee.to_wire(),
        "withheld": [{"authority": line.authority, "amount": line.money.to_wire()} for line in withheld],
        "paid": row.paid.to_wire(),
        "state": row.state,
        "quotes": [
            {
                "owed": quote.owed.to_wire(),
                "paid": quote.paid.to_wire(),
                "rate": quote.rate,
                "source": quote.source,
                "quoted_at": instant(quote.quoted_at),
                "valid_until": instant(quote.valid_until),
            }
            for quote in quotes
        ],
        "created_at": instant(row.created_at),
        "settled_at": None if row.settled_at is None else instant(row.settled_at),
    }


def tax_year(year: int, line: TaxYearLine) -> m.TaxYearLineWire:
    """One's year in one currency."""
    return {
        "year": year,
        "gross": line.gross.to_wire(),
        "withheld": [
            {
                "authority": one.authority,
                "amount": one.amount.to_wire(),
                "remitted": one.remitted.to_wire(),
            }
            for one in line.withheld
        ],
        "net": line.net.to_wire(),
    }


def price_chain(chain: ChainView) -> m.PriceChainWire:
    """A price chain as the worker may see it; `hidden` parts hold the margins that the job's policy does not show."""
    return {
        "answer_id": public("answer", chain.answer_id),
        "client_price": chain.client_price.to_wire(),
        "accepted": chain.accepted,
        "extras": [{"kind": extra.kind, "amount": extra.money.to_wire()} for extra in chain.extras],
        "parts": [
            {
                "kind": view.part.kind.value,
                "amount": view.part.amount.to_wire(),
                "own": view.part.own,
                "layer": view.part.layer,
                "payments": [
                    {"due_on": day(payment.due_on), "amount": payment.amount.to_wire(), "state": payment.state}
                    for payment in view.payments
                ],
            }
            for view in chain.parts
        ],
        "origins": [
            {
                "price": origin.price,
                "amount": origin.amount.to_wire(),
                "under": origin.under,
                "version": origin.version,
                "set_at": instant(origin.set_at),
                "set_by": None if origin.set_by is None else public("organization", origin.set_by),
                "agreed_at": None if origin.agreed_at is None else instant(origin.agreed_at),
                "agreed_by": None if origin.agreed_by is None else public("organization", origin.agreed_by),
                "layer": origin.layer,
            }
            for origin in chain.origins
        ],
    }

"""The sweeps of clients' money: paid in, taken back by their banks, given back."""

from marketplace.entrypoints.sweeping import Sweep, once
from marketplace.lifecycle import chargebacks
from marketplace.rails import deposits, refunds
from marketplace.settlement import fee_invoicing

DEPOSIT_SWEEPS: tuple[Sweep, ...] = (
    Sweep(
        "receive_deposits",
        2,
        "Books deposits that the rails report as available.",
        once("events", lambda context: deposits.receive(context.transactions, context.rails)),
        follows_market_time=True,
    ),
    Sweep(
        "collect_deposits",
        60,
        "Asks again for deposits whose order got no answer.",
        once("deposits", lambda context: deposits.collect_pending(context.transactions, context.rails)),
        follows_market_time=True,
    ),
    Sweep(
        "settle_chargebacks",
        60,
        "Ends chargebacks that rails called lost, and freezes what clients owe for them as it becomes free.",
        once("chargebacks", lambda context: chargebacks.settle_chargebacks(context.transactions)),
        follows_market_time=True,
    ),
    Sweep(
        "send_refunds",
        15,
        "Has the rails give ordered refunds back, and asks about those without an answer.",
        once("refunds", lambda context: refunds.send_pending(context.transactions, context.rails)),
    ),
    Sweep(
        "invoice_fees",
        3600,
        "Invoices the platform's fees of a month, by client and currency, a day after its end.",
        once("documents", lambda context: fee_invoicing.invoice_fees(context.transactions)),
        follows_market_time=True,
    ),
)

"""What rates write into the audit log."""

from typing import Final

from marketplace.audit.events import define_event

_RATE: Final = {
    "sold": "text: currency",
    "bought": "text: currency",
    "rate": "decimal: with all its digits: how much of `bought` one of `sold` buys",
    "valid_until": "moment: market time",
}

RATE_SET: Final = define_event("exchange_rate.set", 1, "Finance set a rate between two currencies", _RATE)
RATE_TAKEN: Final = define_event(
    "exchange_rate.taken", 1, "A rail gave a rate between two currencies", {**_RATE, "source": "text: the rail's name"}
)
CURRENCY_CHOSEN: Final = define_event(
    "payout_currency.chosen",
    1,
    "A payee said in which currency to be paid on a rail",
    {"rail": "text: the rail's name", "currency": "text or null: null is the currency in which each amount is owed"},
)

"""What is personal in rates between currencies."""

from marketplace.db.personal import Personal, by, impersonal, personal
from marketplace.quotes.models import ExchangeRate, PayoutCurrency

personal(
    Personal(
        PayoutCurrency,
        by(PayoutCurrency.payee_id),
        why="the currency in which they want to be paid",
        removed=True,
        when="when nothing is owed",
    )
)
impersonal("rates between currencies; who set one is an id", ExchangeRate)

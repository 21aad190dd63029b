"""Taking rates from the rails that give them: outside any transaction, and only where none of theirs is valid."""

from collections.abc import Iterable

from marketplace.kernel.actor import system_actor
from marketplace.kernel.rates import Rate
from marketplace.logs import get_logger
from marketplace.quotes.models import FINANCE
from marketplace.quotes.port import Quote, RateSource, sources
from marketplace.quotes.queries import valid_rate
from marketplace.quotes.setting import keep_quote
from marketplace.rails.port import Rails, Transactions

log = get_logger(__name__)

Wanted = tuple[str, str, str]
"""The rail, the currency sold, the currency bought."""


def take_quotes(transactions: Transactions, rails: Rails, wanted: Iterable[Wanted]) -> int:
    """Ask the rails for the rates that are wanted and that none of theirs stands for now; returns how many came."""
    giving = sources(rails)
    taken = 0
    for rail, sold, bought in sorted({one for one in wanted if one[0] in giving}):
        with transactions() as session:
            known = valid_rate(session, rail, sold, bought)
            if known is not None and known.source != FINANCE:
                continue
        quote = _ask(giving[rail], rail, sold, bought)
        if quote is not None:
            with transactions() as session:
                keep_quote(session, system_actor("take_quotes"), rail, quote)
            taken += 1
    return taken


def _ask(source: RateSource, rail: str, sold: str, bought: str) -> Quote | None:
    try:
        quote = source.quote(sold, bought)
        if quote is not None:
            Rate.parse(quote.rate.text, sold, bought)
        return quote
    except Exception as problem:  # noqa: BLE001 - a rail that cannot be asked gives no rate
        log.warning("rate_not_given", rail=rail, sold=sold, bought=bought, problem=repr(problem))
        return None

"""The books as text for other accounting programs, a line at a time: for Beancount and for hledger.

Both programs read amounts as the decimals they are. Each forgives small differences unless told not to: Beancount by
`tolerance_multiplier`, hledger below the decimals that a commodity declares, which are therefore all that we keep.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final

from sqlalchemy.orm import Session

from marketplace.kernel.canonical import day
from marketplace.kernel.money import SCALE_EXTRA, exponent
from marketplace.reconciliation.books.naming import account_name
from marketplace.reconciliation.books.reading import (
    ALL_DAYS,
    Head,
    Span,
    accounts,
    commodities,
    day_ends,
    lines,
    openings,
)


def beancount(session: Session, span: Span = ALL_DAYS) -> Iterator[str]:
    """A Beancount file: every account, journal, and balance at the end of a day on which it was moved.

    Of some days it begins with what accounts held before, so that it stands alone.
    """
    yield 'option "title" "Piecework"\n'
    yield 'option "tolerance_multiplier" "0"\n'
    known = commodities(session, span)
    for commodity in known:
        yield f'option "operating_currency" "{commodity.currency}"\n'
    yield "\n"
    for commodity in known:
        yield f"{day(commodity.first_day)} commodity {commodity.currency}\n"
    opened = {commodity.currency: day(commodity.first_day) for commodity in known}
    for ref in accounts(session, span):
        if ref.currency in opened:  # one that was opened for a journal that was then refused has no day
            yield f"{opened[ref.currency]} open {account_name(ref)} {ref.currency}\n"
    yield from _opening(session, span, '* "opening" "what accounts held before"')
    yield from _journals(session, span, _beancount_head)
    yield "\n"
    for end in day_ends(session, span):
        # Beancount looks at a balance before anything of its day: the end of a day is the start of the next.
        morning = day(end.day + dt.timedelta(days=1))
        yield f"{morning} balance {account_name(end.account)} {end.balance.text()} {end.balance.currency}\n"


def hledger(session: Session, span: Span = ALL_DAYS) -> Iterator[str]:
    """An hledger journal, which also its strict checks accept; day ends are transactions that move nothing.

    Of some days it begins as a Beancount file does.
    """
    yield "decimal-mark .\n"
    known = commodities(session, span)
    for commodity in known:
        yield f"commodity 1000.{'0' * (exponent(commodity.currency) + SCALE_EXTRA)} {commodity.currency}\n"
    yield "\n"
    for ref in accounts(session, span):
        yield f"account {account_name(ref)}\n"
    yield from _opening(session, span, "* (opening) what accounts held before")
    yield from _journals(session, span, _hledger_head)
    for moment, ends in groupby(day_ends(session, span), key=lambda end: end.day):
        yield f"\n{day(moment)} * day end\n"
        for end in ends:
            currency = end.balance.currency
            yield f"    {account_name(end.account)}  0 {currency} = {end.balance.text()} {currency}\n"


FORMATS: Final[dict[str, Callable[[Session, Span], Iterator[str]]]] = {
    "beancount": beancount,
    "hledger": hledger,
}


def _opening(session: Session, span: Span, words: str) -> Iterator[str]:
    if span.first is None:
        return
    for number, (ref, held) in enumerate(openings(session, span)):
        if number == 0:
            yield f"\n{day(span.first)} {words}\n"
        yield f"    {account_name(ref)}  {held.text()} {held.currency}\n"


def _journals(session: Session, span: Span, head: Callable[[Head], str]) -> Iterator[str]:
    current = None
    for line in lines(session, span):
        if line.journal.id != current:
            current = line.journal.id
            yield head(line.journal)
        yield f"    {account_name(line.debit)}  {line.amount.text()} {line.amount.currency}\n"
        yield f"    {account_name(line.credit)}  {(-line.amount).text()} {line.amount.currency}\n"


def _beancount_head(head: Head) -> str:
    reverses = "" if head.reverses is None else f"  reverses: {_quoted(head.reverses)}\n"
    return (
        f"\n{day(head.effective_on)} * {_quoted(head.kind)} {_quoted(head.subject)}\n"
        f"  journal: {_quoted(head.public_id)}\n"
        f"  key: {_quoted(head.key)}\n"
        f"{reverses}"
    )


def _hledger_head(head: Head) -> str:
    reverses = "" if head.reverses is None else f", reverses:{head.reverses}"
    return f"\n{day(head.effective_on)} * ({head.kind}) {head.subject}\n    ; journal:{head.public_id}{reverses}\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

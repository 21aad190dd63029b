"""The books read in order through server-side cursors: accounts, postings, and balances at the ends of days."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.db.streaming import stream
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code

_STATEMENTS = load(__file__, "reading.sql")


@dataclass(frozen=True, slots=True)
class Span:
    """Some days of the books: from `first` on, and before `beyond`; None is without a bound."""

    first: dt.date | None = None
    beyond: dt.date | None = None

    def bounds(self) -> dict[str, dt.date | None]:
        """As statements take it."""
        return {"first": self.first, "beyond": self.beyond}


ALL_DAYS: Final = Span()


@dataclass(frozen=True, slots=True)
class Commodity:
    """A currency of the books, and the day of its first journal."""

    currency: str
    first_day: dt.date


@dataclass(frozen=True, slots=True)
class Head:
    """A journal without its postings."""

    id: uuid.UUID
    kind: str
    key: str
    subject: str
    effective_on: dt.date
    recorded_at: dt.datetime
    reverses: str | None

    @property
    def public_id(self) -> str:
        """The journal's id as readers know it."""
        return public("journal", self.id)


@dataclass(frozen=True, slots=True)
class Line:
    """One posting and the journal it is of."""

    journal: Head
    debit: AccountRef
    credit: AccountRef
    amount: Money


@dataclass(frozen=True, slots=True)
class DayEnd:
    """What an account that was moved on a day held at its end; debits are positive, whatever the account."""

    day: dt.date
    account: AccountRef
    balance: Money


def commodities(session: Session, span: Span = ALL_DAYS) -> list[Commodity]:
    """Every currency with a posting in these days or before, in order."""
    rows = session.execute(_STATEMENTS.commodities, span.bounds())
    return [Commodity(row.currency, row.first_day) for row in rows]


def accounts(session: Session, span: Span = ALL_DAYS) -> Iterator[AccountRef]:
    """Every account there is, by code; of some days those that held something before or were moved in them."""
    if span == ALL_DAYS:
        for row in stream(session, _STATEMENTS.accounts):
            yield AccountRef(Code(row.code), row.currency, row.owner_id, row.contract_id, row.due_on, row.label)
    else:
        yield from (ref for ref, _ in _standing(session, span))


def openings(session: Session, span: Span) -> Iterator[tuple[AccountRef, Money]]:
    """What each account that is not empty held before these days, debits positive; they sum to nothing."""
    yield from ((ref, money) for ref, money in _standing(session, span) if not money.is_zero)


def _standing(session: Session, span: Span) -> Iterator[tuple[AccountRef, Money]]:
    for row in stream(session, _STATEMENTS.standing, span.bounds()):
        ref = AccountRef(Code(row.code), row.currency, row.owner_id, row.contract_id, row.due_on, row.label)
        yield ref, Money(int(row.opening), row.currency)


def lines(session: Session, span: Span = ALL_DAYS) -> Iterator[Line]:
    """Every posting of these days, by the day on which its journal counts; those of one journal follow each other."""
    for row in stream(session, _STATEMENTS.postings, span.bounds()):
        debit = AccountRef(
            Code(row.debit_code),
            row.currency,
            row.debit_owner_id,
            row.debit_contract_id,
            row.debit_due_on,
            row.debit_label,
        )
        credit = AccountRef(
            Code(row.credit_code),
            row.currency,
            row.credit_owner_id,
            row.credit_contract_id,
            row.credit_due_on,
            row.credit_label,
        )
        head = Head(
            row.id,
            row.kind,
            row.key,
            public(row.subject_noun, row.subject_id),
            row.effective_on,
            row.recorded_at,
            None if row.reverses_id is None else public("journal", row.reverses_id),
        )
        yield Line(head, debit, credit, Money(row.amount, row.currency))


def day_ends(session: Session, span: Span = ALL_DAYS) -> Iterator[DayEnd]:
    """What each account held at the end of each of these days on which it was moved, by day.

    Counted backwards from the kept balances, so that a program that adds the postings up proves these.
    """
    for row in stream(session, _STATEMENTS.day_ends, span.bounds()):
        ref = AccountRef(Code(row.code), row.currency, row.owner_id, row.contract_id, row.due_on, row.label)
        yield DayEnd(row.effective_on, ref, Money(int(row.balance), row.currency))

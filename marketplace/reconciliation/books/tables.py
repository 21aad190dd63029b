"""The tables that finance takes out of the books, a row at a time, and what the ledger itself says of their sums.

A cell is text, a whole number, a day, a moment, an amount or empty; how it is written is the business of each format.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.db.streaming import stream
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.chart import Code
from marketplace.payouts.states import IN_FLIGHT, PAID
from marketplace.reconciliation.books.naming import account_name
from marketplace.reconciliation.books.reading import Line, Span, lines

Cell = str | int | dt.date | dt.datetime | Money | None
Cells = tuple[Cell, ...]

OF_PAYEES: Final = (Code.PAY_DEFERRED, Code.MARGIN_DEFERRED, Code.PAY_DUE, Code.MARGIN_DUE, Code.HELD)
"""What is owed to payees and not set apart: the accounts of statements."""

_STATEMENTS = load(__file__, "tables.sql")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name in commands and files, its title for people, and the names of its columns.

    `read` gives its rows for some days. `ledger` gives, by column, what the ledger says that the amounts of that column
    sum to, found another way than the rows; of these days, and of nothing where the ledger knows no such sum.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    read: Callable[[Session, Span], Iterator[Cells]]
    ledger: Callable[[Session, Span], Mapping[str, list[Money]]]


def sizes(session: Session, span: Span) -> Mapping[str, int]:
    """About how many rows each table has, by its name."""
    return dict(session.execute(_STATEMENTS.sizes, span.bounds()).mappings().one())


def _trial_balance(session: Session, span: Span) -> Iterator[Cells]:
    for row in stream(session, _STATEMENTS.trial_balance, span.bounds()):
        opening, debits, credits_ = (Money(int(one), row.currency) for one in (row.opening, row.debits, row.credits))
        yield (
            row.code, Code(row.code).definition.name, row.currency, opening, debits, credits_,
            opening + debits - credits_,
        )  # fmt: skip


def _trial_sums(session: Session, span: Span) -> Mapping[str, list[Money]]:
    posted = _posted(session, span)
    nothing = [Money.zero(one.currency) for one in posted]
    return {"opening": nothing, "debits": posted, "credits": posted, "closing": nothing}


def _journal(session: Session, span: Span) -> Iterator[Cells]:
    return (_posting(line) for line in lines(session, span))


def _posting(line: Line) -> Cells:
    head = line.journal
    return (
        head.effective_on, head.recorded_at, head.public_id, head.kind, head.key, head.subject, head.reverses,
        account_name(line.debit), account_name(line.credit), line.amount, line.amount.currency,
    )  # fmt: skip


def _posted(session: Session, span: Span) -> list[Money]:
    return _sums(session.execute(_STATEMENTS.posted, span.bounds()))


def _payables(session: Session, span: Span) -> Iterator[Cells]:
    del span  # what is owed is owed at the moment, whatever the days of the other tables
    values = {"flying_states": list(IN_FLIGHT), "paid_states": list(PAID)}
    for row in stream(session, _STATEMENTS.payables, values):
        yield (
            row.what, row.payee_kind, _payee(row), _id("contract", row.contract_id), row.due_on, row.state,
            row.held_reason if row.state == "held" else None, _id("installment", row.installment_id),
            _id("payout", row.payout_id), Money(int(row.amount), row.currency), row.currency,
        )  # fmt: skip


def _payable_sums(session: Session, span: Span) -> Mapping[str, list[Money]]:
    del span
    return {"amount": _kept(session, (*OF_PAYEES, Code.UNCLAIMED))}


def _statements(session: Session, span: Span) -> Iterator[Cells]:
    for row in stream(session, _STATEMENTS.statements, span.bounds()):
        amounts = (
            row.opening, row.earned, row.given, row.paid, row.tax, row.advance_fee, row.set_apart, row.closing,
        )  # fmt: skip
        yield (row.payee_kind, _payee(row), row.currency, *(Money(int(one), row.currency) for one in amounts))


def _statement_sums(session: Session, span: Span) -> Mapping[str, list[Money]]:
    if span.beyond is None:
        return {"closing": _kept(session, OF_PAYEES)}
    values = {"codes": [int(code) for code in OF_PAYEES], "beyond": span.beyond}
    return {"closing": _sums(session.execute(_STATEMENTS.held, values))}


def _payouts(session: Session, span: Span) -> Iterator[Cells]:
    for row in stream(session, _STATEMENTS.payouts, {**span.bounds(), "flying_states": list(IN_FLIGHT)}):
        owed = (row.amount, row.withheld, row.carried_in, row.carried_out, row.advance_fee)
        yield (
            _id("payout", row.id), _id("payout_run", row.run_id), row.payee_kind, _payee(row),
            _id("contract", row.contract_id), row.rail, row.rail_reference, row.state, row.created_at, row.sent_at,
            row.settled_at, row.currency, *(Money(one, row.currency) for one in owed),
            row.paid_currency, *(Money(one, row.paid_currency) for one in (row.paid, row.in_flight)),
        )  # fmt: skip


def _payout_sums(session: Session, span: Span) -> Mapping[str, list[Money]]:
    # 2300 says what is on its way now, whenever it was prepared: of all payouts, not of those of some days.
    return {} if span != Span() else {"in_flight": _kept(session, (Code.PAYOUTS_IN_FLIGHT,))}


def _kept(session: Session, codes: tuple[Code, ...]) -> list[Money]:
    return _sums(session.execute(_STATEMENTS.kept, {"codes": [int(code) for code in codes]}))


def _sums(rows: Iterable[Row[Any]]) -> list[Money]:
    return [Money(int(row.amount), row.currency) for row in rows]


def _payee(row: Row[Any]) -> str:
    return public("person" if row.payee_kind == "worker" else "organization", row.payee_id)


def _id(noun: str, found: Any) -> str | None:
    return None if found is None else public(noun, found)


_ALL: Final = (
    Table(
        "trial_balance",
        "Trial balance",
        ("code", "account", "currency", "opening", "debits", "credits", "closing"),
        _trial_balance,
        _trial_sums,
    ),
    Table(
        "journal",
        "Journal",
        (
            "effective_on", "recorded_at", "journal", "kind", "key", "subject", "reverses", "debit", "credit", "amount",
            "currency",
        ),
        _journal,
        lambda session, span: {"amount": _posted(session, span)},
    ),
    Table(
        "payables",
        "Payables",
        (
            "what", "payee_kind", "payee", "contract", "due_on", "state", "held_reason", "installment", "payout",
            "amount", "currency",
        ),
        _payables,
        _payable_sums,
    ),
    Table(
        "statements",
        "Statements",
        (
            "payee_kind", "payee", "currency", "opening", "earned", "given", "paid", "tax", "advance_fee", "set_apart",
            "closing",
        ),
        _statements,
        _statement_sums,
    ),
    Table(
        "payouts",
        "Payouts",
        (
            "payout", "run", "payee_kind", "payee", "contract", "rail", "reference", "state", "created_at", "sent_at",
            "settled_at", "currency", "amount", "tax", "carried_in", "carried_out", "advance_fee", "paid_currency",
            "paid", "in_flight",
        ),
        _payouts,
        _payout_sums,
    ),
)  # fmt: skip
TABLES: Final[Mapping[str, Table]] = {one.name: one for one in _ALL}

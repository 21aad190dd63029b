"""Statements by another way: folded from all postings in Python, for every payee and month, and compared."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_MAX, Page
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.provenance import statements
from marketplace.provenance.statements import CurrencyStatement, Month

OWN: Final = {2110, 2120, 2130, 2140, 2150}
OUTSIDE: Final = {2200: "tax", 4020: "advance_fee", 2170: "set_apart", 2300: "paid", 2310: "paid", 3900: "paid"}
LEFT: Final = ("given", "paid", "tax", "advance_fee", "set_apart")
POSTINGS: Final = """
    SELECT date_trunc('month', journal.effective_on)::date AS month, posting.currency, posting.amount,
        debited.code AS debit_code, debited.owner_id AS debit_owner,
        credited.code AS credit_code, credited.owner_id AS credit_owner
    FROM posting
    JOIN journal ON journal.id = posting.journal_id
    JOIN account AS debited ON debited.id = posting.debit_account_id
    JOIN account AS credited ON credited.id = posting.credit_account_id
"""


def statements_agree(session: Session, payees: Iterable[Actor]) -> int:
    """Raise AssertionError for a statement that differs from the postings by a unit; returns how many were compared."""
    rows = session.execute(text(POSTINGS)).all()
    compared = 0
    for actor in payees:
        payee_id = actor.organization_id or actor.person
        moved = _moved(rows, payee_id)
        months = sorted({month for month, _ in moved})
        assert [month.first for month in statements.months(session, actor)] == months[::-1], payee_id
        owed: dict[str, int] = {}
        for first in months:
            month = Month(first)
            found = {one.currency: one for one in statements.statement(session, actor, month)}
            for currency in {currency for at, currency in moved if at <= first}:
                _compare(found[currency], owed.get(currency, 0), moved.get((first, currency), {}))
                owed[currency] = found[currency].owed_at_end.amount
                compared += 1
            _lists_add_up(session, actor, month, found)
    return compared


def _moved(rows: Iterable[Any], payee_id: object) -> dict[tuple[Any, str], dict[str, int]]:
    moved: dict[tuple[Any, str], dict[str, int]] = {}
    for row in rows:
        gave = row.debit_code in OWN and row.debit_owner == payee_id
        got = row.credit_code in OWN and row.credit_owner == payee_id
        if not (gave or got):
            continue
        sums = moved.setdefault((row.month, row.currency), defaultdict(int))
        if got and not gave:
            name = OUTSIDE.get(row.debit_code, "earned")
            sums[name] += row.amount if name == "earned" else -row.amount
        elif gave and not got:
            sums[OUTSIDE.get(row.credit_code, "given")] += row.amount
    return moved


def _compare(found: CurrencyStatement, opening: int, sums: dict[str, int]) -> None:
    told = {name: getattr(found, name).amount for name in ("earned", *LEFT)}
    assert found.owed_at_first.amount == opening
    assert told == {name: sums.get(name, 0) for name in told}
    assert found.owed_at_end.amount == opening + told["earned"] - sum(told[name] for name in LEFT)


def _lists_add_up(session: Session, actor: Actor, month: Month, found: dict[str, CurrencyStatement]) -> None:
    earned, sent, tax, fees = (defaultdict[str, int](int) for _ in range(4))
    for line in _every(statements.lines, session, actor, month):
        earned[line.earning.currency] += line.earning.amount
        if line.chain is not None:
            parts = sum((view.part.amount for view in line.chain.parts), Money.zero(line.chain.client_price.currency))
            assert parts == line.chain.client_price, "the price chain of the line"
    for one in _every(statements.payouts, session, actor, month):
        sent[one.sent.currency] += (one.sent - one.back).amount
        tax[one.sent.currency] += one.tax.amount
        fees[one.sent.currency] += one.fee.amount
    for currency, one in found.items():
        accepted = sum(moved.money.amount for moved in one.movements if moved.journal == "J3")
        assert earned[currency] == accepted
        assert (sent[currency], tax[currency], fees[currency]) == (
            one.sent.amount,
            one.tax.amount,
            one.advance_fee.amount,
        )


def _every(read: Callable[..., Page[Any]], session: Session, actor: Actor, month: Month) -> list[Any]:
    page = read(session, actor, month, limit=LIMIT_MAX)
    found = list(page.data)
    while page.next_cursor is not None:
        page = read(session, actor, month, cursor=page.next_cursor, limit=LIMIT_MAX)
        found += page.data
    return found

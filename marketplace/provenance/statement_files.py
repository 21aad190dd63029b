"""A month's statement as CSV, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from marketplace.audit.queries import latest_checkpoint
from marketplace.db.paging import LIMIT_MAX, Page
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day, instant
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_line
from marketplace.provenance import statements
from marketplace.provenance.chains import ChainView
from marketplace.provenance.policy import PartKind
from marketplace.provenance.statements import CurrencyStatement, Month, StatementLine, StatementPayout
from marketplace.settlement.models import Installment

COLUMNS: Final = (
    "section", "day", "what", "from", "to", "contract_id", "answer_id", "installment_id", "payout_id", "reference",
    "state", "held_reason", "amount", "currency", "client_price", "fee", "margins_shown", "hidden", "pay",
    "other_side", "tax", "advance_fee", "paid_amount", "paid_currency",
)  # fmt: skip

T = TypeVar("T")


def statement_csv(session: Session, actor: Actor, month: Month) -> Iterator[str]:
    """The lines of the file, a page at a time: balances and movements, then answers, installments and payouts.

    An answer's row has its price chain as far as the reader may see it: fee, margins shown, hidden and pay sum to the
    client price. The last row has the log's newest signed head: how many leaves, and their root hash.
    """
    yield csv_line(COLUMNS)
    for one in statements.statement(session, actor, month):
        yield from _of_currency(one, month)
    readers: list[tuple[Callable[..., Page[Any]], Callable[[Any], dict[str, Any]]]] = [
        (statements.lines, _answer),
        (statements.installments, _installment),
        (statements.payouts, _payout),
    ]
    for read, cells in readers:
        for row in _every(session, actor, month, read):
            yield _line(**cells(row))
    head = latest_checkpoint(session)
    if head is not None:
        # Whoever keeps the file can prove later that nothing before was rewritten.
        last = {"section": "log", "what": "checkpoint", "reference": f"{head.tree_size} {head.root_hash.hex()}"}
        yield csv_line(last.get(name) for name in COLUMNS)


def _every(session: Session, actor: Actor, month: Month, read: Callable[..., Page[T]]) -> Iterator[T]:
    cursor = None
    while True:
        page = read(session, actor, month, cursor=cursor, limit=LIMIT_MAX)
        yield from page.data
        session.expunge_all()
        cursor = page.next_cursor
        if cursor is None:
            return


def _line(money: Money, **cells: Any) -> str:
    cells |= {"amount": money.text(), "currency": money.currency}
    return csv_line(cells.get(name) for name in COLUMNS)


def _of_currency(one: CurrencyStatement, month: Month) -> Iterator[str]:
    for place, held in one.opening.items():
        yield _line(held, section="opening", day=day(month.first), what=place)
    for moved in one.movements:
        places = {"from": moved.source, "to": moved.target, "other_side": moved.outside}
        yield _line(moved.money, section="movement", what=moved.journal, **places)
    for place, held in one.closing.items():
        yield _line(held, section="closing", day=day(month.beyond), what=place)
    for name, money in sums(one):
        yield _line(money, section="sum", what=name)


def sums(one: CurrencyStatement) -> list[tuple[str, Money]]:
    """The statement in one column: the first and what was earned, less all between, are the last."""
    return [
        ("owed_at_first", one.owed_at_first),
        ("earned", one.earned),
        ("given", one.given),
        ("paid", one.paid),
        ("tax", one.tax),
        ("advance_fee", one.advance_fee),
        ("set_apart", one.set_apart),
        ("owed_at_end", one.owed_at_end),
    ]


def _answer(line: StatementLine) -> dict[str, Any]:
    return {
        "section": "answer",
        "day": day(line.earning.accepted_on),
        "contract_id": public("contract", line.earning.contract_id),
        "answer_id": public("answer", line.earning.answer_id),
        "money": line.earning.money,
        **({} if line.chain is None else _chain(line.chain)),
    }


def _chain(chain: ChainView) -> dict[str, Any]:
    def summed(kind: PartKind) -> str:
        zero = Money.zero(chain.client_price.currency)
        return sum((view.part.amount for view in chain.parts if view.part.kind is kind), zero).text()

    return {
        "client_price": chain.client_price.text(),
        "fee": summed(PartKind.FEE),
        "margins_shown": summed(PartKind.MARGIN),
        "hidden": summed(PartKind.HIDDEN),
        "pay": summed(PartKind.PAY),
    }


def _installment(row: Installment) -> dict[str, Any]:
    return {
        "section": "installment",
        "day": day(row.due_on),
        "contract_id": public("contract", row.contract_id),
        "installment_id": public("installment", row.id),
        "payout_id": None if row.payout_id is None else public("payout", row.payout_id),
        "state": row.state,
        "held_reason": row.held_reason if row.state == "held" else None,
        "money": row.money,
    }


def _payout(one: StatementPayout) -> dict[str, Any]:
    payout = one.payout
    return {
        "section": "payout",
        "day": None if payout.settled_at is None else instant(payout.settled_at),
        "what": payout.rail,
        "contract_id": None if payout.contract_id is None else public("contract", payout.contract_id),
        "payout_id": public("payout", payout.id),
        "reference": payout.rail_reference,
        "state": payout.state,
        "money": one.sent - one.back,
        "tax": one.tax.text(),
        "advance_fee": one.fee.text(),
        "paid_amount": payout.paid.text(),
        "paid_currency": payout.paid.currency,
    }

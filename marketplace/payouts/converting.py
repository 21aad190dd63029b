"""What stands open between two currencies after rails paid from our balance in the one, and closing it at a bank.

A position is that of a pair: the currency owed, and the one that payees got instead. What is bought back closes its
share of the position at the rates that were quoted; what that really cost beside is gain or loss.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.changing import j22_bought, j22_result, j22_sold
from marketplace.payouts.conversion_models import CurrencyConversion
from marketplace.payouts.errors import POSITION_NOT_OPEN
from marketplace.payouts.events import CURRENCY_CONVERTED
from marketplace.payouts.models import Payout
from marketplace.payouts.states import PAID


@dataclass(frozen=True, slots=True)
class PairPosition:
    """What of a pair stands open: `paid` was got by payees for `owed` of their debts; below nothing it came back."""

    owed: Money
    paid: Money

    def closed_by(self, sold: Money, bought: Money) -> tuple[Money, Money] | None:
        """What an exchange closes of `owed` and of `paid`; None where it is of other currencies, or of more."""
        to_buy = self.paid.amount > 0
        pair = (self.owed.currency, self.paid.currency)
        if (sold.currency, bought.currency) != (pair if to_buy else pair[::-1]):
            return None
        part = bought if to_buy else sold
        if not 0 < part.amount <= abs(self.paid.amount):
            return None
        share = Money(abs(self.owed.amount) * part.amount // abs(self.paid.amount), self.owed.currency)
        if self.owed.amount < 0:
            share = -share
        return share, part if to_buy else -part


def pair_positions(session: Session) -> list[PairPosition]:
    """The pairs of which something stands open, by currency owed and paid; what is on its way is not yet."""
    given = Payout.amount - Payout.withheld
    moved = union_all(
        select(
            Payout.currency.label("owed_currency"),
            Payout.paid_currency.label("paid_currency"),
            given.label("owed"),
            Payout.paid_amount.label("paid"),
        ).where(Payout.paid_currency.is_not(None), Payout.state.in_(PAID), Payout.cost.is_(None)),
        select(
            CurrencyConversion.owed_currency,
            CurrencyConversion.paid_currency,
            literal(0) - CurrencyConversion.closed_owed,
            literal(0) - CurrencyConversion.closed_paid,
        ),
    ).subquery()
    owed, paid = func.sum(moved.c.owed), func.sum(moved.c.paid)
    rows = session.execute(
        select(moved.c.owed_currency, moved.c.paid_currency, owed, paid)
        .group_by(moved.c.owed_currency, moved.c.paid_currency)
        .having((owed != 0) | (paid != 0))
        .order_by(moved.c.owed_currency, moved.c.paid_currency)
    )
    return [PairPosition(Money(int(row[2]), row[0]), Money(int(row[3]), row[1])) for row in rows]


def hold_positions(session: Session) -> None:
    """Keep positions from being closed by another until the transaction ends."""
    advisory_xact_lock(session, "payouts.positions")


def close_position(
    session: Session,
    actor: Actor,
    *,
    sold: Money,
    bought: Money,
    lines: tuple[uuid.UUID, uuid.UUID],
    accounts: tuple[AccountRef, AccountRef],
    reason: str,
) -> CurrencyConversion:
    """Book an exchange (J22, a journal for each line): `lines` and `accounts` are of what was sold and what was bought.

    The caller holds the positions. Raises position_not_open for what is not open, or more than that.
    """
    found = [
        (position, closed)
        for position in pair_positions(session)
        if (closed := position.closed_by(sold, bought)) is not None
    ]
    if not found:
        raise POSITION_NOT_OPEN.error(f"So much does not stand open between {sold.currency} and {bought.currency}.")
    ((position, (closed_owed, closed_paid)), *_) = found
    row = CurrencyConversion(
        id=new_id(),
        owed_currency=position.owed.currency,
        paid_currency=position.paid.currency,
        sold_currency=sold.currency,
        sold_amount=sold.amount,
        bought_currency=bought.currency,
        bought_amount=bought.amount,
        closed_owed=closed_owed.amount,
        closed_paid=closed_paid.amount,
        sold_line_id=lines[0],
        bought_line_id=lines[1],
        reason=reason,
        entered_by=actor.person,
    )
    of_sold, of_bought = j22_sold(accounts[0], sold), j22_bought(accounts[1], bought)
    (of_sold if sold.currency == row.owed_currency else of_bought).extend(j22_result(row.result))
    row.sold_journal_id = _post(session, actor, row.id, "sold", of_sold)
    row.bought_journal_id = _post(session, actor, row.id, "bought", of_bought)
    session.add(row)
    session.flush()
    session.refresh(row)
    body = converted_body(row)
    record(session, CURRENCY_CONVERTED, actor, subject=("currency_conversion", row.id), body=body)
    return row


def converted_body(row: CurrencyConversion) -> dict[str, Any]:
    """A conversion as the log keeps it."""
    return {
        "sold": row.sold.to_wire(),
        "bought": row.bought.to_wire(),
        "closed": Money(row.closed_owed, row.owed_currency).to_wire(),
        "result": row.result.to_wire(),
        "journals": [public("journal", row.sold_journal_id), public("journal", row.bought_journal_id)],
        "reason_commitment": said(row.reason),
    }


def conversions(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[CurrencyConversion]:
    """All of them, the newest first. Needs ledger.read."""
    actor.require("ledger.read")
    wanted: Select[Any] = select(CurrencyConversion)
    return paginate(session, wanted, keys=[CurrencyConversion.id], cursor=cursor, limit=limit, descending=True)


def _post(session: Session, actor: Actor, conversion_id: uuid.UUID, side: str, pairs: list[Pair]) -> uuid.UUID:
    key = f"J22:{public('currency_conversion', conversion_id)}:{side}"
    return post(
        session, actor, kind="J22", key=key, pairs=pairs, subject=("currency_conversion", conversion_id)
    ).journal_id

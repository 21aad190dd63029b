"""Statements of a payee, a worker or a layer's organization, by month: from the ledger's own postings.

A month is that of the journals' days (UTC). A line of a rail may still be booked into a month that has passed, so a
statement is final once the month is closed in the books.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.kernel.texts import say
from marketplace.ledger.models import Journal
from marketplace.payouts.models import Payout
from marketplace.provenance.chains import ChainView, chain_views
from marketplace.settlement.models import Earning, Installment

MONTHS_MAX: Final = 240
PLACES: Final = ("deferred", "due", "held")
_MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_PAYING: Final = ("J5", "J7", "J8", "J13")

_STATEMENTS = load(__file__, "statements.sql")


@dataclass(frozen=True, slots=True)
class Month:
    """A month of statements; `first` is its first day, `beyond` the first of the next."""

    first: dt.date

    @property
    def beyond(self) -> dt.date:
        """The first day after it."""
        return months_after(self.first, 1)

    def __str__(self) -> str:
        """`2027-01`."""
        return f"{self.first:%Y-%m}"

    @classmethod
    def parse(cls, text: str | None) -> Month:
        """Read `2027-01`; raises invalid."""
        found = _MONTH.fullmatch(text or "")
        if found is None:
            message = say("A month is written as 2027-01.")
            raise INVALID.error(message, errors=[FieldError("/month", "month", message)])
        return cls(dt.date(int(found[1]), int(found[2]), 1))


@dataclass(frozen=True, slots=True)
class Movement:
    """What one kind of journal moved in the month; a place that is not the payee's is None.

    `outside` is what stands on the other side then: payout, tax, advance_fee, unclaimed, or other.
    """

    journal: str
    source: str | None
    target: str | None
    outside: str | None
    money: Money


@dataclass(frozen=True, slots=True)
class CurrencyStatement:
    """One currency: what was deferred, due and held at first, what moved, and what was at the end.

    owed at the end = owed at first + earned - given - paid - tax - advance fee - set apart, to the last digit. `due` at
    the end holds the rests, less than a minor unit each, that payouts carry on to the next one.
    """

    currency: str
    opening: dict[str, Money]
    movements: tuple[Movement, ...]
    closing: dict[str, Money]

    @property
    def owed_at_first(self) -> Money:
        """All that was owed to the payee at the beginning, in all three places."""
        return sum(self.opening.values(), Money.zero(self.currency))

    @property
    def owed_at_end(self) -> Money:
        """All that is owed to the payee at the end."""
        return sum(self.closing.values(), Money.zero(self.currency))

    @property
    def earned(self) -> Money:
        """What came from answers, extras and layers."""
        return -self._left("other", came=True)

    @property
    def given(self) -> Money:
        """What a layer gave of its margins: to workers, to the guarantee fund, to a client, or a successor kept."""
        return self._left("other", came=False)

    @property
    def paid(self) -> Money:
        """What payouts took along for the payee, in the currency owed, less what of it came back."""
        return self._left("payout")

    @property
    def tax(self) -> Money:
        """What was withheld from payouts, less what came back with them."""
        return self._left("tax")

    @property
    def advance_fee(self) -> Money:
        """The fees that arrived with pay taken early, less those that were given back."""
        return self._left("advance_fee")

    @property
    def set_apart(self) -> Money:
        """What was set apart as unclaimed, less what the payee came for."""
        return self._left("unclaimed")

    @property
    def sent(self) -> Money:
        """What payouts took along with the tax, less what of it came back."""
        return self.paid + self.tax

    def _left(self, outside: str, *, came: bool | None = None) -> Money:
        """What left the payee's places for there, less what came from there; or only the one, or the other."""
        moved = [one for one in self.movements if one.outside == outside and came in {None, one.target is not None}]
        zero = Money.zero(self.currency)
        return sum((one.money if one.target is None else -one.money for one in moved), zero)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one accepted answer earned the payee, with its price chain as far as the reader may see it."""

    earning: Earning
    chain: ChainView | None


@dataclass(frozen=True, slots=True)
class StatementPayout:
    """A payout of the month: what it took along then and what of it came back, in the currency in which it was owed.

    `tax` of both is withheld; `fee` is that of pay taken early, beside both, less than nothing if it was given back.
    """

    payout: Payout
    sent: Money
    back: Money
    tax: Money
    fee: Money


def months(session: Session, actor: Actor) -> list[Month]:
    """The months in which anything of the actor's moved, newest first."""
    _, payee_id = payee_of(actor)
    rows = session.execute(_STATEMENTS.months, {"payee_id": payee_id, "months": MONTHS_MAX})
    return [Month(row.first) for row in rows]


def statement(session: Session, actor: Actor, month: Month) -> list[CurrencyStatement]:
    """The actor's statement of a month, by currency; closing = opening + what came - what left, in each place."""
    _, payee_id = payee_of(actor)
    found = session.execute(_STATEMENTS.movements, {"payee_id": payee_id, **_bounds(month)}).all()
    return [
        _of_currency(currency, [row for row in found if row.currency == currency])
        for currency in sorted({row.currency for row in found})
    ]


def _of_currency(currency: str, rows: Sequence[Any]) -> CurrencyStatement:
    opening = _held_after({place: Money.zero(currency) for place in PLACES}, [row for row in rows if row.kind is None])
    of_month = [row for row in rows if row.kind is not None]
    return CurrencyStatement(
        currency,
        opening,
        tuple(
            Movement(row.kind, row.source, row.target, row.outside, Money(int(row.amount), currency))
            for row in of_month
        ),
        _held_after(opening, of_month),
    )


def _held_after(held: dict[str, Money], rows: Sequence[Any]) -> dict[str, Money]:
    after = dict(held)
    for row in rows:
        amount = Money(int(row.amount), row.currency)
        if row.source is not None:
            after[row.source] -= amount
        if row.target is not None:
            after[row.target] += amount
    return after


def lines(
    session: Session, actor: Actor, month: Month, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[StatementLine]:
    """What each answer accepted in the month earned the actor, by day; the sum is what J3 brought."""
    wanted = _own(select(Earning), Earning, actor).where(
        Earning.accepted_on >= month.first, Earning.accepted_on < month.beyond
    )
    page = paginate(session, wanted, keys=[Earning.accepted_on, Earning.id], cursor=cursor, limit=limit)
    answers = {earning.answer_id for earning in page.data} if _may_read_chains(actor) else set()
    chains = {view.answer_id: view for view in chain_views(session, actor, sorted(answers))}
    return Page([StatementLine(row, chains.get(row.answer_id)) for row in page.data], page.next_cursor)


def installments(
    session: Session, actor: Actor, month: Month, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Installment]:
    """The actor's installments whose day lies in the month, where they stand now, and why one is held."""
    wanted = _own(select(Installment), Installment, actor).where(
        Installment.due_on >= month.first, Installment.due_on < month.beyond
    )
    return paginate(session, wanted, keys=[Installment.due_on, Installment.id], cursor=cursor, limit=limit)


def payouts(
    session: Session, actor: Actor, month: Month, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[StatementPayout]:
    """The payouts that took money of the actor's along in the month, or gave it back; the sum is `sent`."""
    moved = exists().where(
        Journal.subject_id == Payout.id,
        Journal.subject_noun == "payout",
        or_(Journal.kind.in_(_PAYING), and_(Journal.kind == "J6", Payout.advance_fee > 0)),
        Journal.effective_on >= month.first,
        Journal.effective_on < month.beyond,
    )
    wanted = _own(select(Payout), Payout, actor).where(moved)
    page = paginate(session, wanted, keys=[Payout.id], cursor=cursor, limit=limit)
    rows = session.execute(
        _STATEMENTS.paid_out, {"payout_ids": [payout.id for payout in page.data], **_bounds(month)}
    ).all()
    amounts = {row.payout_id: row for row in rows}
    return Page(
        [
            StatementPayout(
                payout, *(Money(int(amount), row.currency) for amount in (row.sent, row.back, row.tax, row.fee))
            )
            for payout in page.data
            if (row := amounts.get(payout.id)) is not None
        ],
        page.next_cursor,
    )


def payee_of(actor: Actor) -> tuple[str, UUID]:
    """Whose statement the actor reads: their own as a worker, else their organization's. Raises forbidden."""
    if actor.organization_id is None:
        actor.require("earning.read")
        return "worker", actor.person
    actor.require("installment.read")
    return "layer", actor.organization


def _may_read_chains(actor: Actor) -> bool:
    return actor.may("price_chain.read.own" if actor.organization_id is None else "price_chain.read")


def _own(query: Select[Any], model: type[Earning | Installment | Payout], actor: Actor) -> Select[Any]:
    payee_kind, payee_id = payee_of(actor)
    return query.where(model.payee_kind == payee_kind, model.payee_id == payee_id)


def _bounds(month: Month) -> dict[str, dt.date]:
    return {"first": month.first, "beyond": month.beyond}

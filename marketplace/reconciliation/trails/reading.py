"""What the database says of one payout, from its answers to its lines, and of the same in the ledger."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.money import Money
from marketplace.ledger.chart import Code
from marketplace.payouts.models import Payout
from marketplace.payouts.tax_queries import Withheld, withheld_from
from marketplace.quotes.models import ExchangeRate
from marketplace.reconciliation.trails.steps import moneys_of
from marketplace.settlement.states import PAYOUT_RETURNED

_STATEMENTS = load(__file__, "sums.sql")

BREAKS_MAX: Final = 20
"""Most rows that are named at one step."""
LINES_MAX: Final = 200
"""Most lines of a rail, attempts and places that a trail shows; a payout has a few of each."""


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line of the rail or bank; `ours` says that its journal is the payout's, or that people or the sweep took the
    line for it: `money` is then the payout's part of it. `occurred_at` is market time.
    """

    id: uuid.UUID
    external_id: str
    kind: str
    state: str
    reference: str
    occurred_at: dt.datetime
    money: Money
    fee: Money
    ours: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """Sums of one payout as statements of `sums.sql` answer them, in the ledger's units of its currency."""

    payout: Payout
    earned: Row[Any]
    shared: Sequence[Row[Any]]
    installed: Row[Any]
    booked_answers: Row[Any]
    booked: Sequence[Row[Any]]
    attempts: Sequence[Row[Any]]
    whereabouts: Sequence[Row[Any]]
    lines: tuple[TrailLine, ...]
    withheld: Sequence[Withheld]
    rate: str | None

    def money(self, amount: Any) -> Money:
        """So much of the currency owed; sums of the database are numerics."""
        return Money(int(amount), self.payout.currency)

    def booked_to(
        self, kinds: Sequence[str], undone_by: Sequence[str], codes: Sequence[Code], *, debited: bool = False
    ) -> tuple[Money, ...]:
        """What the payout's journals of `kinds` credited (or debited) to accounts, less what others put back there.

        What the platform moves between its own accounts at the bank to make wages whole is no part of a payout.
        """
        sums: dict[str, int] = {}
        for row in self.booked:
            one, other = (row.debit, row.credit) if debited else (row.credit, row.debit)
            sign = (row.kind in kinds and one in codes) - (row.kind in undone_by and other in codes)
            if Code.BANK_OPERATING not in {row.debit, row.credit}:
                sums[row.currency] = sums.get(row.currency, 0) + sign * int(row.amount)
        return moneys_of(sums, zero=self.payout.currency)


def read(session: Session, payout: Payout) -> Reading:
    """A fixed number of statements, each of which answers in a few rows however many installments there are."""

    def rows(name: str, **values: object) -> Sequence[Row[Any]]:
        return session.execute(getattr(_STATEMENTS, name), {"payout_id": payout.id, **values}).all()

    return Reading(
        payout=payout,
        earned=rows("earned", most=BREAKS_MAX)[0],
        shared=rows("shared", returned=PAYOUT_RETURNED),
        installed=rows("installed", most=BREAKS_MAX)[0],
        booked_answers=rows(
            "booked_answers",
            reserve=Code.JOB_RESERVE,
            deferred=Code.PAY_DEFERRED if payout.payee_kind == "worker" else Code.MARGIN_DEFERRED,
            payee_kind=payout.payee_kind,
            payee_id=payout.payee_id,
            contract_id=payout.contract_id,
        )[0],
        booked=rows("booked_payout"),
        attempts=rows("attempts", most=LINES_MAX),
        whereabouts=rows("whereabouts", most=LINES_MAX),
        lines=tuple(map(_line, rows("lines", rail=payout.rail, most=LINES_MAX))),
        withheld=withheld_from(session, [payout.id]).get(payout.id, []),
        rate=session.get_one(ExchangeRate, payout.rate_id).rate if payout.changed else None,
    )


def _line(row: Row[Any]) -> TrailLine:
    return TrailLine(
        row.id,
        row.external_id,
        row.kind,
        row.state,
        row.reference,
        row.occurred_at,
        Money(row.amount, row.currency),
        Money(row.fee, row.currency),
        row.ours,
    )

"""The trail of one payout: its sums at every step, the ledger's beside them, and first what does not add up."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.chart import Code
from marketplace.payouts import queries
from marketplace.payouts.models import Payout
from marketplace.payouts.states import IN_FLIGHT, PAID
from marketplace.payouts.tax_queries import withheld_from
from marketplace.quotes.models import ExchangeRate
from marketplace.rails.port import PayoutInstruction
from marketplace.reconciliation.trails.steps import Attempt, Break, Bridge, Reason, Step, Whereabouts, bridge, moneys_of
from marketplace.settlement.states import PAYOUT_RETURNED

_STATEMENTS = load(__file__, "sums.sql")

BREAKS_MAX: Final = 20
"""Most rows that are named at one step."""
LINES_MAX: Final = 200
"""Most lines of a rail, attempts and places that a trail shows; a payout has a few of each."""

_STANDING: Final = (*IN_FLIGHT, *PAID, "returned")
"""States in which the ledger says that the payout left the payee's account."""
_LEFT_ITS_INSTALLMENTS: Final = ("cancelled", "returned")
_SENDING, _UNDOING = ("J5", "J13"), ("J7",)
_PAYABLE: Final = (Code.PAY_DUE, Code.MARGIN_DUE)
_OUR_MONEY: Final = (Code.RAIL_AVAILABLE, Code.BANK_WAGES)
_ELSEWHERE: Final = {
    "scheduled": "not_yet_due",
    "due": "due",
    "advanced": "due",
    "held": "held",
    "unclaimed": "unclaimed",
    "in_payout": "in_another_payout",
    "paid": "in_another_payout",
    "cancelled": "taken_by_charges",
    "kept": "kept",
}
_NOT_SENT: Final = {"draft": "not_sent", "approved": "not_sent", "refused": "refused", "cancelled": "given_up"}
_NO_LINE: Final = {
    "submitting": "no_answer",
    "unknown": "no_answer",
    "sent": "not_confirmed",
    "settled": "not_imported",
}


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line of the rail or bank; `ours` says that its journal is the payout's. `occurred_at` is market time."""

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
class Trail:
    """One payout from answers to lines. `breaks` comes first to whoever shows it: what does not add up."""

    payout: Payout
    breaks: tuple[Break, ...]
    steps: tuple[Step, ...]
    bridges: tuple[Bridge, ...]
    attempts: tuple[Attempt, ...]
    lines: tuple[TrailLine, ...]
    now: tuple[Whereabouts, ...]

    @property
    def adds_up(self) -> bool:
        """Whether every sum is the next one's but for known reasons, and the ledger's."""
        return not self.breaks


def trail(session: Session, actor: Actor, payout_id: uuid.UUID) -> Trail:
    """Follow one payout. Needs payout_run.read and reconciliation.read; raises not_found.

    A fixed number of statements, each of which answers in a few rows however many installments the payout has.
    """
    actor.require("payout_run.read")
    actor.require("reconciliation.read")
    payout = queries.payout(session, actor, payout_id)
    return _Reading(session, payout).trail()


class _Reading:
    """What the statements say of one payout, read once."""

    def __init__(self, session: Session, payout: Payout) -> None:
        self.payout, self.session = payout, session
        self.earned = self._rows("earned", most=BREAKS_MAX)[0]
        self.shared = self._rows("shared", returned=PAYOUT_RETURNED)
        self.installed = self._rows("installed", most=BREAKS_MAX)[0]
        self.booked_answers = self._rows(
            "booked_answers",
            reserve=Code.JOB_RESERVE,
            deferred=Code.PAY_DEFERRED if payout.payee_kind == "worker" else Code.MARGIN_DEFERRED,
            payee_kind=payout.payee_kind,
            payee_id=payout.payee_id,
            contract_id=payout.contract_id,
        )[0]
        self.booked = self._rows("booked_payout")
        self.lines = tuple(map(_line, self._rows("lines", rail=payout.rail, most=LINES_MAX)))

    def _rows(self, name: str, **values: object) -> Sequence[Row[Any]]:
        statement = getattr(_STATEMENTS, name)
        return self.session.execute(statement, {"payout_id": self.payout.id, **values}).all()

    def trail(self) -> Trail:
        steps = self._steps()
        reasons = (self._split(), self._elsewhere(), self._carried(), self._kept_back(), self._at_the_rail())
        pairs = zip(steps, steps[1:], reasons, strict=False)
        bridges = tuple(bridge(before, after, why) for before, after, why in pairs)
        return Trail(
            payout=self.payout,
            breaks=(*self._broken_rows(), *_unexplained(bridges), *self._not_in_the_books(steps)),
            steps=steps,
            bridges=bridges,
            attempts=tuple(self._attempt(row) for row in self._rows("attempts", most=LINES_MAX)),
            lines=self.lines,
            now=tuple(
                Whereabouts(row.state, row.payout_id, row.installments, self._money(row.amount))
                for row in self._rows("whereabouts", most=LINES_MAX)
            ),
        )

    def _money(self, amount: Any) -> Money:
        return Money(int(amount), self.payout.currency)

    def _steps(self) -> tuple[Step, ...]:
        payout, earned, installed = self.payout, self.earned, self.installed
        stands = payout.state in _STANDING
        net = _sums(-line.money for line in self.lines)
        return (
            Step("answers", earned.answers, (self._money(earned.price),), (self._money(self.booked_answers.priced),)),
            Step(
                "earnings", earned.earnings, (self._money(earned.earned),), (self._money(self.booked_answers.earned),)
            ),
            Step("installments", installed.installments, (self._money(installed.amount),)),
            Step("payout", 1, (payout.money,), self._booked(_SENDING, _UNDOING, _PAYABLE, debited=True)),
            Step(
                "transfer",
                int(stands),
                (payout.paid if stands else Money.zero(payout.paid.currency),),
                self._booked(_SENDING, _UNDOING, (Code.PAYOUTS_IN_FLIGHT,), debited=False),
            ),
            Step(
                "lines",
                len(self.lines),
                moneys_of(net, zero=payout.taken.currency),
                self._booked(("J6",), ("J8",), _OUR_MONEY, debited=False),
            ),
        )

    def _booked(
        self, kinds: Sequence[str], undone_by: Sequence[str], codes: Sequence[Code], *, debited: bool
    ) -> tuple[Money, ...]:
        """What journals of `kinds` debited (or credited) to these accounts, less what others put back there.

        What the platform moves between its own accounts at the bank to make wages whole is no part of a payout.
        """
        sums: dict[str, int] = {}
        for row in self.booked:
            one, other = (row.debit, row.credit) if debited else (row.credit, row.debit)
            sign = (row.kind in kinds and one in codes) - (row.kind in undone_by and other in codes)
            if Code.BANK_OPERATING not in {row.debit, row.credit}:
                sums[row.currency] = sums.get(row.currency, 0) + sign * int(row.amount)
        return moneys_of(sums, zero=self.payout.currency)

    def _split(self) -> list[Reason]:
        """From the price of the answers to what this payee earned for them."""
        row = self.earned
        return [
            Reason("platform_fee", -self._money(row.fee)),
            Reason("margins_of_others", -self._money(row.margins)),
            Reason("pay_of_the_workers", -self._money(row.pay)),
        ]

    def _elsewhere(self) -> list[Reason]:
        """From what was earned to the installments of this payout."""
        sums: dict[str, int] = {}
        for row in self.shared:
            if row.taken_back:
                name = "accepted_by_mistake"
            elif row.here:
                continue
            else:
                name = "returned" if row.returned else _ELSEWHERE[row.state]
            sums[name] = sums.get(name, 0) - int(row.amount)
        reasons = [Reason(name, self._money(amount)) for name, amount in sums.items()]
        extras, charges = self._money(self.installed.extras), self._money(self.installed.charges)
        return [*reasons, Reason("extras", extras), Reason("charges", -charges)]

    def _carried(self) -> list[Reason]:
        """From the installments to what the payout pays of the debt."""
        payout, since = self.payout, self._money(self.installed.lines) - self._money(self.installed.amount)
        left = payout.state in _LEFT_ITS_INSTALLMENTS
        return [
            *([Reason("changed_since", since)] if left else []),
            Reason("advance_fee", -payout.fee),
            Reason("carried_in", self._money(payout.carried_in)),
            Reason("carried_out", -self._money(payout.carried_out)),
        ]

    def _kept_back(self) -> list[Reason]:
        """From the payout to what the rail is told to pay."""
        payout = self.payout
        withheld = withheld_from(self.session, [payout.id]).get(payout.id, [])
        reasons = [Reason("withheld", -line.money, line.authority) for line in withheld]
        if payout.changed:
            rate = self.session.get_one(ExchangeRate, payout.rate_id).rate
            reasons += [Reason("exchanged", -payout.given, rate), Reason("exchanged", payout.paid, rate)]
        if payout.state in _NOT_SENT:
            reasons.append(Reason(_NOT_SENT[payout.state], -payout.paid))
        return reasons

    def _at_the_rail(self) -> list[Reason]:
        """From what the rail was told to pay to what its lines, or the bank's, say."""
        payout = self.payout
        reasons = []
        if payout.cost is not None:
            reasons += [Reason("changed_by_rail", -payout.paid), Reason("changed_by_rail", payout.taken)]
        if payout.state in _NO_LINE and not any(line.money.amount < 0 for line in self.lines):
            reasons.append(Reason(_NO_LINE[payout.state], -payout.taken))
        for line in self.lines:
            reasons.append(Reason("rail_fee", line.fee, line.external_id))
            if payout.state == "returned" and line.money.amount > 0:
                reasons.append(Reason("returned", -(line.money + line.fee), line.external_id))
        return reasons

    def _broken_rows(self) -> list[Break]:
        """Rows that do not add up by themselves, even where their differences cancel out."""
        found = (
            ("answers", "price_not_split", "answer", self.earned.answers_off),
            ("earnings", "earning_not_shared", "earning", self.earned.earnings_off),
            ("installments", "installment_not_made", "installment", self.installed.installments_off),
            (
                "payout",
                "line_not_installment",
                "installment",
                # Once the payout has left them they may shrink.
                None if self.payout.state in _LEFT_ITS_INSTALLMENTS else self.installed.lines_off,
            ),
        )
        rows = [
            Break(step, what, noun, uuid.UUID(row_id), self._money(expected), self._money(is_))
            for step, what, noun, broken in found
            for row_id, expected, is_ in broken or ()
        ]
        unsaid = [line for line in self.lines if not line.ours]
        return rows + [
            Break("lines", "line_without_journal", "external_line", one.id, Money.zero(one.money.currency), one.money)
            for one in unsaid
        ]

    def _not_in_the_books(self, steps: Sequence[Step]) -> list[Break]:
        """Where the ledger says another sum; a payout that is not on its way has left nothing in it."""
        found = []
        for step in steps:
            if step.booked is None:
                continue
            expected, booked = _sums(self._to_be_booked(step)), _sums(step.booked)
            for currency in sorted(expected.keys() | booked.keys()):
                one, other = Money(expected.get(currency, 0), currency), Money(booked.get(currency, 0), currency)
                if one != other:
                    found.append(Break(step.name, "not_in_the_books", None, None, one, other))
        return found

    def _to_be_booked(self, step: Step) -> tuple[Money, ...]:
        if step.name == "payout" and self.payout.state not in _STANDING:
            return ()
        if step.name == "lines":
            ours = tuple(-line.money for line in self.lines if line.ours)
            # The rail confirmed it, and its line is imported with the next tick.
            return ours if ours or self.payout.state != "settled" else (self.payout.taken,)
        return step.sums

    def _attempt(self, row: Row[Any]) -> Attempt:
        key = PayoutInstruction(self.payout.id, row.attempt, "", self.payout.paid).key
        return Attempt(row.attempt, key, row.tries, row.first_at, row.state, row.reference, row.code)


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


def _sums(moneys: Iterable[Money]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for money in moneys:
        sums[money.currency] = sums.get(money.currency, 0) + money.amount
    return sums


def _unexplained(bridges: Iterable[Bridge]) -> list[Break]:
    """What no reason explains: it is nothing where all is well."""
    return [
        Break(one.after, "not_explained", None, None, Money.zero(over.currency), over)
        for one in bridges
        for over in one.unexplained
    ]

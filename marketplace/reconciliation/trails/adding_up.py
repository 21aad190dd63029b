"""The trail of one payout: its sums at every step, the ledger's beside them, and first what does not add up."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.chart import Code
from marketplace.payouts import queries
from marketplace.payouts.models import Payout
from marketplace.payouts.states import IN_FLIGHT, PAID
from marketplace.rails.port import PayoutInstruction
from marketplace.reconciliation.trails.reading import Reading, TrailLine, read
from marketplace.reconciliation.trails.reasons import (
    LEFT_ITS_INSTALLMENTS,
    from_earnings_to_installments,
    from_installments_to_payout,
    from_payout_to_transfer,
    from_price_to_earnings,
    from_transfer_to_lines,
)
from marketplace.reconciliation.trails.steps import (
    Attempt,
    Break,
    Bridge,
    Step,
    Whereabouts,
    breaks_of,
    bridge,
    moneys_of,
    sums_of,
)

_STANDING: Final = (*IN_FLIGHT, *PAID, "returned")
"""States in which the ledger says that the payout left the payee's account."""
_SENDING, _UNDOING = ("J5", "J13"), ("J7",)
_PAYABLE: Final = (Code.PAY_DUE, Code.MARGIN_DUE)
_OUR_MONEY: Final = (Code.RAIL_AVAILABLE, Code.BANK_WAGES)


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
    def payout_id(self) -> uuid.UUID:
        """Whose trail it is."""
        return self.payout.id

    @property
    def adds_up(self) -> bool:
        """Whether every sum is the next one's but for known reasons, and the ledger's."""
        return not self.breaks


def trail(session: Session, actor: Actor, payout_id: uuid.UUID) -> Trail:
    """Follow one payout. Needs payout_run.read and reconciliation.read; raises not_found."""
    actor.require("payout_run.read")
    actor.require("reconciliation.read")
    found = read(session, queries.payout(session, actor, payout_id))
    steps = _steps(found)
    reasons = (
        from_price_to_earnings(found),
        from_earnings_to_installments(found),
        from_installments_to_payout(found),
        from_payout_to_transfer(found),
        from_transfer_to_lines(found),
    )
    pairs = zip(steps[:-1], steps[1:], reasons, strict=True)
    bridges = tuple(bridge(before, after, why) for before, after, why in pairs)
    return Trail(
        payout=found.payout,
        breaks=(*_broken_rows(found), *_unsaid(found), *breaks_of(bridges), *_not_in_the_books(found, steps)),
        steps=steps,
        bridges=bridges,
        attempts=tuple(_attempt(found.payout, row) for row in found.attempts),
        lines=found.lines,
        now=tuple(
            Whereabouts(row.state, row.payout_id, row.installments, found.money(row.amount))
            for row in found.whereabouts
        ),
    )


def _steps(found: Reading) -> tuple[Step, ...]:
    payout, earned, installed, money = found.payout, found.earned, found.installed, found.money
    stands = payout.state in _STANDING
    net = sums_of(-line.money for line in found.lines)
    return (
        Step("answers", earned.answers, (money(earned.price),), (money(found.booked_answers.priced),)),
        Step("earnings", earned.earnings, (money(earned.earned),), (money(found.booked_answers.earned),)),
        Step("installments", installed.installments, (money(installed.amount),)),
        Step("payout", 1, (payout.money,), found.booked_to(_SENDING, _UNDOING, _PAYABLE, debited=True)),
        Step(
            "transfer",
            int(stands),
            (payout.paid if stands else Money.zero(payout.paid.currency),),
            found.booked_to(_SENDING, _UNDOING, (Code.PAYOUTS_IN_FLIGHT,)),
        ),
        Step(
            "lines",
            len(found.lines),
            moneys_of(net, zero=payout.taken.currency),
            # From 2900 where the line was matched without its reference; undone, J6 is put back by its mirror.
            found.booked_to(("J6",), ("J8", "J6"), (*_OUR_MONEY, Code.SUSPENSE)),
        ),
    )


def _broken_rows(found: Reading) -> list[Break]:
    """Rows that do not add up by themselves, even where their differences cancel out."""
    changed_since = found.payout.state in LEFT_ITS_INSTALLMENTS
    rows = (
        ("answers", "price_not_split", "answer", found.earned.answers_off),
        ("earnings", "earning_not_shared", "earning", found.earned.earnings_off),
        ("installments", "installment_not_made", "installment", found.installed.installments_off),
        ("payout", "line_not_installment", "installment", None if changed_since else found.installed.lines_off),
    )
    return [
        Break(step, what, noun, uuid.UUID(row_id), found.money(expected), found.money(is_))
        for step, what, noun, broken in rows
        for row_id, expected, is_ in broken or ()
    ]


def _unsaid(found: Reading) -> list[Break]:
    """Lines that name the payout, and whose journal is not the payout's."""
    return [
        Break("lines", "line_without_journal", "external_line", one.id, Money.zero(one.money.currency), one.money)
        for one in found.lines
        if not one.ours
    ]


def _not_in_the_books(found: Reading, steps: Sequence[Step]) -> list[Break]:
    """Where the ledger says another sum than the one expected in it."""
    breaks = []
    for step in steps:
        if step.booked is None:
            continue
        expected, booked = sums_of(_to_be_booked(found, step)), sums_of(step.booked)
        for currency in sorted(expected.keys() | booked.keys()):
            one, other = Money(expected.get(currency, 0), currency), Money(booked.get(currency, 0), currency)
            if one != other:
                breaks.append(Break(step.name, "not_in_the_books", None, None, one, other))
    return breaks


def _to_be_booked(found: Reading, step: Step) -> tuple[Money, ...]:
    if step.name == "payout" and found.payout.state not in _STANDING:
        return ()  # nothing has left the payee's account
    if step.name == "lines":
        ours = tuple(-line.money for line in found.lines if line.ours)
        # The rail confirmed it, and its line is imported with the next tick.
        return ours if ours or found.payout.state != "settled" else (found.payout.taken,)
    return step.sums


def _attempt(payout: Payout, row: Row[Any]) -> Attempt:
    key = PayoutInstruction(payout.id, row.attempt, "", payout.paid).key
    return Attempt(row.attempt, key, row.tries, row.first_at, row.state, row.reference, row.code)

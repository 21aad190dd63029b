"""What of a month is still open, for who closes its books: nothing of it forbids to close, all of it should be seen."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.states import IN_FLIGHT
from marketplace.rails.bank_files import file_rails
from marketplace.rails.port import Rails
from marketplace.reconciliation.models import ExternalLine
from marketplace.settlement.models import Installment

OPEN_RUNS: Final = ("prepared", "approved", "executing")

LINE_UNMATCHED: Final = "line_unmatched"
LINE_SET_ASIDE: Final = "line_set_aside"
PAYOUT_REFUSED: Final = "payout_refused"
PAYOUT_IN_FLIGHT: Final = "payout_in_flight"
INSTALLMENT_HELD: Final = "installment_held"
RUN_OPEN: Final = "run_open"
STATEMENT_MISSING: Final = "statement_missing"
STATEMENT_UNREAD: Final = "statement_unread"
KINDS: Final = (
    LINE_UNMATCHED,
    LINE_SET_ASIDE,
    PAYOUT_REFUSED,
    PAYOUT_IN_FLIGHT,
    INSTALLMENT_HELD,
    RUN_OPEN,
    STATEMENT_MISSING,
    STATEMENT_UNREAD,
)


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Things of one kind that began by the end of the month and are open now.

    `sums` is a value a currency, signed for lines (positive came in); nothing where the kind has no amount.
    """

    kind: str
    count: int
    sums: tuple[Money, ...] = ()


def open_matters(session: Session, actor: Actor, month: dt.date, rails: Rails) -> list[OpenMatter]:
    """What is open of a month (its first day), by kind; kinds of which nothing is open are left out.

    Lines that nothing explains, payouts that were refused or have no answer or no proof yet, what is held, runs that
    are not over, and statements of the bank that are missing or do not reach the month's end. Raises forbidden without
    ledger.read.
    """
    actor.require("ledger.read")
    after = months_after(month, 1)
    until = dt.datetime.combine(after, dt.time(), dt.UTC)
    return [*_rows(session, after, until), *_statements(session, actor, after, rails)]


def _rows(session: Session, after: dt.date, until: dt.datetime) -> Iterator[OpenMatter]:
    for kind, state in ((LINE_UNMATCHED, "unmatched"), (LINE_SET_ASIDE, "set_aside")):
        lines = _summed(ExternalLine).where(ExternalLine.state == state, ExternalLine.occurred_at < until)
        yield from _matter(session, kind, lines)
    open_runs = select(PayoutRun.id).where(PayoutRun.state.in_(OPEN_RUNS))
    refused = Payout.run_id.in_(open_runs) & (Payout.state == "refused")
    yield from _matter(session, PAYOUT_REFUSED, _summed(Payout).where(refused, Payout.created_at < until))
    in_flight = _summed(Payout).where(Payout.state.in_(IN_FLIGHT), Payout.created_at < until)
    yield from _matter(session, PAYOUT_IN_FLIGHT, in_flight)
    held = _summed(Installment).where(Installment.state == "held", Installment.due_on < after)
    yield from _matter(session, INSTALLMENT_HELD, held)
    begun = select(func.count()).where(PayoutRun.id.in_(open_runs), PayoutRun.prepared_at < until)
    if count := session.scalar(begun):
        yield OpenMatter(RUN_OPEN, count)


def _summed(model: type[ExternalLine] | type[Payout] | type[Installment]) -> Select[str, int, int]:
    """How many, and how much, by currency."""
    return (
        select(model.currency, func.count(), func.sum(model.amount)).group_by(model.currency).order_by(model.currency)
    )


def _matter(session: Session, kind: str, wanted: Select[str, int, int]) -> Iterator[OpenMatter]:
    rows = session.execute(wanted).all()
    if rows:
        sums = tuple(Money(int(amount), currency) for currency, _, amount in rows)
        yield OpenMatter(kind, sum(count for _, count, _ in rows), sums)


def _statements(session: Session, actor: Actor, after: dt.date, rails: Rails) -> Iterator[OpenMatter]:
    last = after - dt.timedelta(days=1)
    for rail in file_rails(rails):
        if gaps := len(rail.gaps(session, actor)):
            yield OpenMatter(STATEMENT_MISSING, gaps)
        # By currency, so that an account which was given up for another is not waited for.
        reaches = rail.reach(session)
        # Where none was ever read, or lines of one are still being read, one counts.
        if unread := sum(one.until < last for one in reaches.values()) if reaches else 1:
            yield OpenMatter(STATEMENT_UNREAD, unread)

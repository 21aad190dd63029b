"""Reading closed months: proposals and what became of them, and the trial balance of a month, as rows and as a file."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.audit.queries import checkpoint
from marketplace.audit.sealing import Checkpoint
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_line
from marketplace.ledger.balances import TrialLine
from marketplace.ledger.chart import Code
from marketplace.ledger.models import Account, Journal
from marketplace.ledger.period_models import (
    ClosedPeriod,
    ClosedPeriodTotal,
    PeriodProposal,
    PeriodRefusal,
    ReopenedPeriod,
)

PORTION: Final = 1_000
"""Accounts read at a time for a file."""

_COLUMNS: Final = (
    "account",
    "code",
    "name",
    "currency",
    "debits_units",
    "credits_units",
    "debits",
    "credits",
    "balance",
)
_STATEMENTS = load(__file__, "periods.sql")


@dataclass(frozen=True, slots=True)
class PeriodView:
    """A proposal and what became of it.

    `state` is proposed, closed, reopened, refused, or superseded by a newer proposal. A close that was ended by a
    reopening is reopened, and so is the proposal that ended it; `reopened` is the same row with both.
    """

    proposal: PeriodProposal
    closed: ClosedPeriod | None
    reopened: ReopenedPeriod | None
    refusal: PeriodRefusal | None
    state: str

    @property
    def month(self) -> str:
        """Such as "2027-01"."""
        return month_text(self.proposal.month)


def periods(
    session: Session,
    actor: Actor,
    *,
    month: dt.date | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[PeriodProposal]:
    """Proposals to close or reopen a month, newest first, of one month if its first day is given. Needs ledger.read."""
    actor.require("ledger.read")
    wanted = select(PeriodProposal)
    if month is not None:
        wanted = wanted.where(PeriodProposal.month == month)
    return paginate(session, wanted, keys=[PeriodProposal.id], cursor=cursor, limit=limit, descending=True)


def period(session: Session, proposal_id: uuid.UUID) -> PeriodView:
    """One proposal and its state; raises not_found. The caller has asked for the permission."""
    proposal = session.get(PeriodProposal, proposal_id)
    if proposal is None:
        raise NOT_FOUND.error("There is no proposal with this id.", noun="period")
    return views(session, [proposal])[0]


def close_view(session: Session, actor: Actor, proposal_id: uuid.UUID) -> PeriodView:
    """A proposal that closed its month, also when it was reopened since.

    Needs ledger.read; raises not_found, state_conflict where it closed none.
    """
    actor.require("ledger.read")
    view = period(session, proposal_id)
    if view.closed is None:
        raise STATE_CONFLICT.error("No month was closed by this proposal.", state=view.state)
    return view


def views(session: Session, proposals: Sequence[PeriodProposal]) -> list[PeriodView]:
    """These proposals with what became of each."""
    ids = [one.id for one in proposals]
    newest = _newest(session)
    closed = {
        row.proposal_id: row for row in session.scalars(select(ClosedPeriod).where(ClosedPeriod.proposal_id.in_(ids)))
    }
    refused = {
        row.proposal_id: row for row in session.scalars(select(PeriodRefusal).where(PeriodRefusal.proposal_id.in_(ids)))
    }
    ended = ReopenedPeriod.closed_id.in_(ids) | ReopenedPeriod.proposal_id.in_(ids)
    reopened = {
        key: row
        for row in session.scalars(select(ReopenedPeriod).where(ended))
        for key in (row.closed_id, row.proposal_id)
    }

    def state(one: PeriodProposal) -> str:
        found = ((reopened, "reopened"), (closed, "closed"), (refused, "refused"))
        known = next((name for rows, name in found if one.id in rows), None)
        return known or ("proposed" if newest is not None and one.id == newest.id else "superseded")

    return [
        PeriodView(one, closed.get(one.id), reopened.get(one.id), refused.get(one.id), state(one)) for one in proposals
    ]


def undecided(session: Session) -> PeriodView | None:
    """The newest proposal, which is the only one that can still be approved; None where something became of it."""
    newest = _newest(session)
    found = None if newest is None else period(session, newest.id)
    return found if found is not None and found.state == "proposed" else None


def _newest(session: Session) -> PeriodProposal | None:
    return session.scalars(select(PeriodProposal).order_by(PeriodProposal.id.desc()).limit(1)).one_or_none()


def first_month(session: Session) -> dt.date | None:
    """The first day of the month of the first journal, with which the books begin; None before it."""
    first = session.scalars(select(Journal.effective_on).order_by(Journal.id).limit(1)).one_or_none()
    return None if first is None else first.replace(day=1)


def last_close(session: Session) -> ClosedPeriod | None:
    """The close in force that reaches furthest: everything to the end of its month is closed. None if nothing is."""
    return session.scalars(_in_force().order_by(ClosedPeriod.month.desc()).limit(1)).one_or_none()


def close_of(session: Session, month: dt.date) -> PeriodView | None:
    """The close in force of this very month (its first day); None where it is open, or was closed with a later one."""
    found = session.scalars(_in_force().where(ClosedPeriod.month == month)).one_or_none()
    return None if found is None else period(session, found.proposal_id)


def _in_force() -> Select[ClosedPeriod]:
    return select(ClosedPeriod).where(ClosedPeriod.proposal_id.not_in(select(ReopenedPeriod.closed_id)))


def balance_at_close(session: Session, proposal_id: uuid.UUID) -> list[TrialLine]:
    """The trial balance with which this proposal closed its month, by code and currency; empty where it closed none."""
    rows = session.execute(
        select(
            Account.code,
            Account.currency,
            func.sum(ClosedPeriodTotal.debits),
            func.sum(ClosedPeriodTotal.credits),
        )
        .join(Account, Account.id == ClosedPeriodTotal.account_id)
        .where(ClosedPeriodTotal.proposal_id == proposal_id)
        .group_by(Account.code, Account.currency)
        .order_by(Account.currency, Account.code)
    )
    return [
        TrialLine(Code(code), currency, Money(int(debited), currency), Money(int(credited), currency))
        for code, currency, debited, credited in rows
    ]


def checkpoint_of(session: Session, closed: ClosedPeriod) -> Checkpoint | None:
    """The signed head of the log that was kept with a close, None where nothing was sealed by then."""
    return None if closed.tree_size is None else checkpoint(session, closed.tree_size)


def close_csv(session: Session, actor: Actor, proposal_id: uuid.UUID) -> Iterator[str]:
    """The trial balance of a close as CSV, account by account, with its digest and checkpoint as the last records.

    The digest is the SHA-256 of one line for each account, without the last line end: its first cell, debits_units and
    credits_units, a space between them. Needs ledger.read; raises not_found, state_conflict for what closed no month.
    """
    closed = close_view(session, actor, proposal_id).closed
    assert closed is not None
    yield csv_line(_COLUMNS)
    after = 0
    while True:
        values = {"proposal_id": proposal_id, "after": after, "portion": PORTION}
        rows = session.execute(_STATEMENTS.totals_of_accounts, values).all()
        for row in rows:
            units = (row.debits, row.credits)
            line = TrialLine(Code(row.code), row.currency, *(Money(one, row.currency) for one in units))
            texts = (line.debits.text(), line.credits.text(), line.balance.text())
            yield csv_line((row.key, row.code, line.code.definition.name, row.currency, *units, *texts))
        if len(rows) < PORTION:
            break
        after = rows[-1].account_id
    head = checkpoint_of(session, closed)
    last: list[tuple[str, str]] = [("month", month_text(closed.month)), ("sha256", closed.digest.hex())]
    if head is not None:
        last += [("checkpoint_tree_size", str(head.tree_size)), ("checkpoint", head.note)]
    for name, value in last:
        yield csv_line((name, value, *[""] * (len(_COLUMNS) - 2)))


def month_text(month: dt.date) -> str:
    """Such as "2027-01"."""
    return f"{month:%Y-%m}"

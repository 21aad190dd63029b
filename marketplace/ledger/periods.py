"""Closing a month: from then on nothing can be recorded that is effective by its end (I11).

Two people of finance: one proposes to close it as the books stand, another one approves just that. What comes to
light later is recorded on the day on which it does.
"""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import TrialLine
from marketplace.ledger.chart import Code
from marketplace.ledger.door import DOOR
from marketplace.ledger.errors import PERIOD_CHANGED, PERIOD_TWO_PEOPLE
from marketplace.ledger.events import PERIOD_CLOSED, PERIOD_PROPOSED
from marketplace.ledger.models import Account
from marketplace.ledger.period_models import ClosedPeriod, ClosedPeriodTotal, PeriodProposal

GRACE: Final = dt.timedelta(days=1)
"""A month can be closed a day after its end: what began on its last day has been recorded by then, or failed."""

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_STATEMENTS = load(__file__, "periods.sql")


@dataclass(frozen=True, slots=True)
class PeriodView:
    """A proposal and what became of it: `state` is proposed, closed, or superseded by a newer proposal."""

    proposal: PeriodProposal
    closed: ClosedPeriod | None
    state: str

    @property
    def month(self) -> str:
        """Such as "2027-01"."""
        return month_text(self.proposal.month)


def propose_close(session: Session, actor: Actor, month: str) -> PeriodProposal:
    """Propose to close a month ("2027-01") as the books stand now, and every month before it.

    Needs period.close. Another proposal that nobody approved is superseded by it. Raises invalid with /month: not a
    month, not over for a day by the market's clock, or closed already.
    """
    actor.require("period.close")
    first = _closable(session, month)
    digest = _total_up(session, first).digest
    proposal = PeriodProposal(month=first, digest=digest, proposed_by=actor.person)
    session.add(proposal)
    session.flush()
    body = {"month": month, "digest": digest.hex(), "proposed_by": public("person", actor.person)}
    record(session, PERIOD_PROPOSED, actor, subject=("period", proposal.id), body=body)
    return proposal


def approve_close(session: Session, actor: Actor, proposal_id: uuid.UUID) -> ClosedPeriod:
    """Close the month as it was proposed by somebody else.

    Needs period.close. No journal is posted while this runs: those under way are waited for, and those that come wait.
    Raises not_found, state_conflict (closed or superseded), period_two_people, and period_changed when the totals are
    not those that were proposed any more.
    """
    actor.require("period.close")
    # Whoever posts holds this lock too, shared, so that a journal is either in the totals or finds the month closed.
    advisory_xact_lock(session, DOOR)
    found = period(session, proposal_id)
    if found.state != "proposed":
        raise STATE_CONFLICT.error(f"The proposal is {found.state}.", state=found.state)
    proposal = found.proposal
    if proposal.proposed_by == actor.person:
        raise PERIOD_TWO_PEOPLE.error("You proposed it; another person must approve.")
    if not _total_up(session, proposal.month, proposal_id=proposal.id, closed_by=actor.person).closed:
        raise PERIOD_CHANGED.error(f"Journals of {found.month} were recorded since it was proposed; propose it again.")
    closed = session.get_one(ClosedPeriod, proposal.month)
    record(session, PERIOD_CLOSED, actor, subject=("period", proposal.id), body=_body(session, closed, proposal))
    return closed


def periods(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[PeriodProposal]:
    """Proposals to close a month, newest first. Needs ledger.read."""
    actor.require("ledger.read")
    return paginate(
        session, select(PeriodProposal), keys=[PeriodProposal.id], cursor=cursor, limit=limit, descending=True
    )


def period(session: Session, proposal_id: uuid.UUID) -> PeriodView:
    """One proposal and its state; raises not_found. The caller has asked for the permission."""
    proposal = session.get(PeriodProposal, proposal_id)
    if proposal is None:
        raise NOT_FOUND.error("There is no proposal with this id.", noun="period")
    return views(session, [proposal])[0]


def views(session: Session, proposals: Sequence[PeriodProposal]) -> list[PeriodView]:
    """These proposals with what became of each."""
    newest = session.scalar(select(PeriodProposal.id).order_by(PeriodProposal.id.desc()).limit(1))
    wanted = select(ClosedPeriod).where(ClosedPeriod.proposal_id.in_([one.id for one in proposals]))
    closed = {row.proposal_id: row for row in session.scalars(wanted)}
    found = []
    for one in proposals:
        state = "closed" if one.id in closed else "proposed" if one.id == newest else "superseded"
        found.append(PeriodView(one, closed.get(one.id), state))
    return found


def balance_at_close(session: Session, month: dt.date) -> list[TrialLine]:
    """The trial balance with which the month was closed, by code and currency; empty where it is not closed."""
    rows = session.execute(
        select(
            Account.code,
            Account.currency,
            func.sum(ClosedPeriodTotal.debits),
            func.sum(ClosedPeriodTotal.credits),
        )
        .join(Account, Account.id == ClosedPeriodTotal.account_id)
        .where(ClosedPeriodTotal.month == month)
        .group_by(Account.code, Account.currency)
        .order_by(Account.currency, Account.code)
    )
    return [
        TrialLine(Code(code), currency, Money(int(debited), currency), Money(int(credited), currency))
        for code, currency, debited, credited in rows
    ]


def month_text(month: dt.date) -> str:
    """Such as "2027-01"."""
    return f"{month:%Y-%m}"


def _closable(session: Session, month: str) -> dt.date:
    if not _MONTH.fullmatch(month):
        raise _invalid("month_syntax", "A month such as 2027-01 is needed.")
    first = dt.date.fromisoformat(f"{month}-01")
    over = (first + dt.timedelta(days=31)).replace(day=1)
    if market_now(session).date() < over + GRACE:
        raise _invalid("month_not_over", f"{month} can be closed from {over + GRACE} on.")
    last = session.scalar(select(func.max(ClosedPeriod.month)))
    if last is not None and first <= last:
        raise _invalid("month_closed", f"The books are closed to the end of {month_text(last)}.")
    return first


def _invalid(code: str, message: str) -> Exception:
    return INVALID.error(message, errors=[FieldError("/month", code, message)])


@dataclass(frozen=True, slots=True)
class _Totals:
    digest: bytes
    closed: bool


def _total_up(
    session: Session, month: dt.date, *, proposal_id: uuid.UUID | None = None, closed_by: uuid.UUID | None = None
) -> _Totals:
    values = {"month": month, "proposal_id": proposal_id, "closed_by": closed_by}
    row = session.execute(_STATEMENTS.total_up, values).one()
    return _Totals(bytes(row.digest), bool(row.closed))


def _body(session: Session, closed: ClosedPeriod, proposal: PeriodProposal) -> dict[str, object]:
    return {
        "month": month_text(closed.month),
        "digest": closed.digest.hex(),
        "proposed_by": public("person", proposal.proposed_by),
        "closed_by": public("person", closed.closed_by),
        "totals": [
            {"code": int(line.code), "debits": line.debits.to_wire(), "credits": line.credits.to_wire()}
            for line in balance_at_close(session, closed.month)
        ],
    }

"""Closing a month: from then on nothing can be recorded that is effective by its end (I11); and opening it again.

Two people of finance: one proposes to close it as the books stand, another one approves just that. What comes to
light later is recorded on the day on which it does. Where a close should not stand, two people open the month again,
with a reason, and it stays in the record with its totals.
"""

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, STATE_CONFLICT, DomainError, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.ledger.balances import TrialLine
from marketplace.ledger.chart import Code
from marketplace.ledger.door import DOOR
from marketplace.ledger.errors import PERIOD_CHANGED, PERIOD_LATER_CLOSED, PERIOD_TWO_PEOPLE
from marketplace.ledger.events import (
    PERIOD_CLOSED,
    PERIOD_PROPOSED,
    PERIOD_REFUSED,
    PERIOD_REOPENED,
    PERIOD_REOPENING_PROPOSED,
)
from marketplace.ledger.period_models import ClosedPeriod, PeriodProposal, PeriodRefusal, ReopenedPeriod
from marketplace.ledger.period_queries import (
    PeriodView,
    balance_at_close,
    checkpoint_of,
    last_close,
    month_text,
    period,
)

GRACE: Final = dt.timedelta(days=1)
"""A month can be closed a day after its end: what began on its last day has been recorded by then, or failed."""

REASON_MAX: Final = 2_000

_MONTH: Final = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
_STATEMENTS = load(__file__, "periods.sql")


@dataclass(frozen=True, slots=True)
class MonthBalance:
    """The trial balance from the beginning to a month's end, and the SHA-256 of it account by account."""

    month: dt.date
    lines: tuple[TrialLine, ...]
    digest: bytes


def month_balance(session: Session, actor: Actor, month: str) -> MonthBalance:
    """What the books say now of all that is effective by the end of a month: what a proposal to close it would be of.

    Needs ledger.read. Raises invalid with /month.
    """
    actor.require("ledger.read")
    first = first_of(month)
    found = _total_up(session, first)
    return MonthBalance(first, found.lines, found.digest)


def propose_close(session: Session, actor: Actor, month: str) -> PeriodProposal:
    """Propose to close a month ("2027-01") as the books stand now, and every month before it.

    Needs period.close. Another proposal that nobody approved is superseded by it. Raises invalid with /month: not a
    month, not over for a day by the market's clock, or closed already.
    """
    actor.require("period.close")
    first = first_of(month)
    _require_closable(session, first)
    digest = _total_up(session, first).digest
    proposal = PeriodProposal(month=first, digest=digest, proposed_by=actor.person)
    session.add(proposal)
    session.flush()
    body = {"month": month, "digest": digest.hex(), "proposed_by": public("person", actor.person)}
    record(session, PERIOD_PROPOSED, actor, subject=("period", proposal.id), body=body)
    return proposal


def propose_reopen(session: Session, actor: Actor, closed_id: uuid.UUID, reason: str) -> PeriodProposal:
    """Propose to open a closed month again, and those before it that no earlier close holds.

    `closed_id` is the proposal that closed it. Needs period.close. Another proposal that nobody approved is superseded.
    Raises not_found, invalid with /reason, state_conflict when it closed none or was reopened, and period_later_closed.
    """
    actor.require("period.close")
    reason = _reason(reason)
    closed = _reopenable(session, closed_id)
    proposal = PeriodProposal(
        month=closed.month, digest=closed.digest, proposed_by=actor.person, action="reopen", reason=reason
    )
    session.add(proposal)
    session.flush()
    body = {
        "month": month_text(closed.month),
        "close": public("period", closed_id),
        "digest": closed.digest.hex(),
        "reason_commitment": said(reason),
        "proposed_by": public("person", actor.person),
    }
    record(session, PERIOD_REOPENING_PROPOSED, actor, subject=("period", proposal.id), body=body)
    return proposal


def approve(session: Session, actor: Actor, proposal_id: uuid.UUID, *, action: str | None = None) -> PeriodView:
    """Do what somebody else proposed: close the month, or open it again; only the `action` that is named, if one is.

    Needs period.close. No journal is posted while this runs: those under way are waited for, and those that come wait.
    Raises not_found, state_conflict (no longer proposed, or another action, or the close that was to end is not the
    last one in force), period_two_people, and period_changed when the totals are not those that were proposed any more.
    """
    found = _lock_proposed(session, actor, proposal_id)
    proposal = found.proposal
    if action is not None and proposal.action != action:
        raise STATE_CONFLICT.error(f"This is a proposal to {proposal.action} {found.month}.", state=found.state)
    if proposal.proposed_by == actor.person:
        raise PERIOD_TWO_PEOPLE.error("You proposed it; another person must approve.")
    # Whoever posts holds this lock too, shared, so that a journal is either in the totals or finds the month closed.
    advisory_xact_lock(session, DOOR)
    if proposal.action == "close":
        _close(session, actor, proposal)
    else:
        _reopen(session, actor, proposal)
    return period(session, proposal_id)


def refuse(session: Session, actor: Actor, proposal_id: uuid.UUID, reason: str) -> PeriodView:
    """Refuse what somebody proposed, or take one's own proposal back; nothing else changes.

    Needs period.close. Raises not_found, invalid with /reason, state_conflict.
    """
    actor.require("period.close")
    reason = _reason(reason)
    found = _lock_proposed(session, actor, proposal_id)
    session.add(PeriodRefusal(proposal_id=proposal_id, refused_by=actor.person, reason=reason))
    session.flush()
    body = {
        "month": found.month,
        "action": found.proposal.action,
        "reason_commitment": said(reason),
        "proposed_by": public("person", found.proposal.proposed_by),
        "refused_by": public("person", actor.person),
    }
    record(session, PERIOD_REFUSED, actor, subject=("period", proposal_id), body=body)
    return period(session, proposal_id)


def first_of(month: str) -> dt.date:
    """The first day of a month such as "2027-01"; raises invalid with /month."""
    if not _MONTH.fullmatch(month):
        raise _invalid("month", "month_syntax", "A month such as 2027-01 is needed.")
    return dt.date.fromisoformat(f"{month}-01")


def closable_from(month: dt.date) -> dt.date:
    """The first day on which a month can be closed."""
    return months_after(month, 1) + GRACE


def month_before(month: dt.date) -> dt.date:
    """The first day of the month before."""
    return months_after(month, -1)


def _lock_proposed(session: Session, actor: Actor, proposal_id: uuid.UUID) -> PeriodView:
    actor.require("period.close")
    # Of two people who decide at once the second one sees what the first one did.
    advisory_xact_lock(session, "ledger.period_decision")
    found = period(session, proposal_id)
    if found.state != "proposed":
        raise STATE_CONFLICT.error(f"The proposal is {found.state}.", state=found.state)
    return found


def _close(session: Session, actor: Actor, proposal: PeriodProposal) -> None:
    # A close approved while this was being proposed may have come first.
    _require_closable(session, proposal.month)
    month = month_text(proposal.month)
    if not _total_up(session, proposal.month, proposal_id=proposal.id, closed_by=actor.person).closed:
        raise PERIOD_CHANGED.error(f"Journals of {month} were recorded since it was proposed; propose it again.")
    closed = session.get_one(ClosedPeriod, proposal.id)
    record(session, PERIOD_CLOSED, actor, subject=("period", proposal.id), body=_body(session, closed, proposal))


def _reopen(session: Session, actor: Actor, proposal: PeriodProposal) -> None:
    closed = last_close(session)
    if closed is None or closed.month != proposal.month or closed.digest != proposal.digest:
        raise STATE_CONFLICT.error("The close that this proposal is about is not in force any more.")
    session.add(ReopenedPeriod(closed_id=closed.proposal_id, proposal_id=proposal.id, reopened_by=actor.person))
    session.flush()
    body = {
        "month": month_text(closed.month),
        "close": public("period", closed.proposal_id),
        "digest": closed.digest.hex(),
        "reason_commitment": said(proposal.reason),
        "proposed_by": public("person", proposal.proposed_by),
        "reopened_by": public("person", actor.person),
    }
    record(session, PERIOD_REOPENED, actor, subject=("period", proposal.id), body=body)


def _reopenable(session: Session, closed_id: uuid.UUID) -> ClosedPeriod:
    view = period(session, closed_id)
    if view.closed is None or view.state != "closed":
        raise STATE_CONFLICT.error(f"The proposal is {view.state}; only a close in force ends.", state=view.state)
    last = last_close(session)
    if last is not None and last.month > view.closed.month:
        message = f"{month_text(last.month)} is closed too; reopen it first."
        raise PERIOD_LATER_CLOSED.error(message, month=month_text(last.month))
    return view.closed


def _require_closable(session: Session, first: dt.date) -> None:
    since = closable_from(first)
    if market_now(session).date() < since:
        raise _invalid("month", "month_not_over", f"{month_text(first)} can be closed from {since} on.")
    last = last_close(session)
    if last is not None and first <= last.month:
        raise _invalid("month", "month_closed", f"The books are closed to the end of {month_text(last.month)}.")


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > REASON_MAX:
        message = f"Say why, in at most {REASON_MAX} characters: others will ask."
        raise _invalid("reason", "required" if not text else "too_long", message)
    return text


def _invalid(name: str, code: str, message: str) -> DomainError:
    return INVALID.error(message, errors=[FieldError(f"/{name}", code, message)])


@dataclass(frozen=True, slots=True)
class _Totals:
    digest: bytes
    closed: bool
    lines: tuple[TrialLine, ...]


def _total_up(
    session: Session, month: dt.date, *, proposal_id: uuid.UUID | None = None, closed_by: uuid.UUID | None = None
) -> _Totals:
    values = {"month": month, "proposal_id": proposal_id, "closed_by": closed_by}
    rows = session.execute(_STATEMENTS.total_up, values).all()
    lines = tuple(
        TrialLine(
            Code(row.code), row.currency, Money(int(row.debits), row.currency), Money(int(row.credits), row.currency)
        )
        for row in rows
        if row.code is not None
    )
    return _Totals(bytes(rows[0].digest), bool(rows[0].closed), lines)


def _body(session: Session, closed: ClosedPeriod, proposal: PeriodProposal) -> dict[str, object]:
    head = checkpoint_of(session, closed)
    return {
        "month": month_text(closed.month),
        "digest": closed.digest.hex(),
        "proposed_by": public("person", proposal.proposed_by),
        "closed_by": public("person", closed.closed_by),
        "totals": [
            {"code": int(line.code), "debits": line.debits.to_wire(), "credits": line.credits.to_wire()}
            for line in balance_at_close(session, closed.proposal_id)
        ],
        "checkpoint": None if head is None else {"tree_size": head.tree_size, "root_hash": head.root_hash.hex()},
    }

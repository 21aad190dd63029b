"""The books, for whoever may read all of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.ledger import JournalView, PeriodInput, PeriodTotalsView, PeriodView, TrialBalanceView
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger import periods
from marketplace.ledger.balances import ref_of, trial_balance
from marketplace.ledger.models import Account, Journal, Posting

ledger = Theme("ledger", "Double entry: the trial balance, each journal, and closed months.")


@ledger.operation("GET", "/ledger/trial-balance", permission="ledger.read", returns=TrialBalanceView)
def read_trial_balance() -> dict[str, Any]:
    """Read what every account holds, by code and currency."""
    return {"data": trial_balance(session(), actor())}


@ledger.operation("GET", "/ledger/journals/{journal_id}", permission="ledger.read", returns=JournalView)
def read_journal(journal_id: UUID) -> With:
    """Read one journal with its postings."""
    journal = session().get(Journal, journal_id)
    if journal is None:
        raise NOT_FOUND.error("There is no journal with this id.", noun="journal")
    return With(journal, subject=public(journal.subject_noun, journal.subject_id), postings=_postings(journal_id))


@ledger.operation("GET", "/ledger/periods", permission="ledger.read", query=ListQuery, returns=PeriodView, page=True)
def list_periods(query: dict[str, Any]) -> Page[With]:
    """List proposals to close a month and what became of them, newest first."""
    page = periods.periods(session(), actor(), **query)
    return Page([_seen(view) for view in periods.views(session(), page.data)], page.next_cursor)


@ledger.operation(
    "POST",
    "/ledger/periods",
    permission="period.close",
    body=PeriodInput,
    example={"month": "2027-01"},
    returns=PeriodView,
    status=201,
    idempotent=True,
    location="/ledger/periods/{id}",
)
def propose_period(body: dict[str, Any]) -> With:
    """Propose to close a month of the books as they stand now, and every month before it.

    Another person approves it. A proposal that nobody approved is superseded by a newer one.
    """
    proposal = periods.propose_close(session(), actor(), body["month"])
    return _seen(periods.period(session(), proposal.id))


@ledger.operation("GET", "/ledger/periods/{period_id}", permission="ledger.read", returns=PeriodTotalsView)
def read_period(period_id: UUID) -> With:
    """Read a proposal to close a month and, once it is closed, the trial balance at the close."""
    view = periods.period(session(), period_id)
    lines = periods.balance_at_close(session(), view.closed.month) if view.closed is not None else []
    return _seen(view, totals=lines)


@ledger.operation(
    "POST", "/ledger/periods/{period_id}/approve", permission="period.close", returns=PeriodView, refusals=[409]
)
def approve_period(period_id: UUID) -> With:
    """Close the month that somebody else proposed to close.

    From then on nothing is recorded that is effective by its end. Refused if its totals changed since the proposal.
    """
    periods.approve_close(session(), actor(), period_id)
    return _seen(periods.period(session(), period_id))


def _seen(view: periods.PeriodView, **more: Any) -> With:
    closed = view.closed
    return With(
        view.proposal,
        month=view.month,
        state=view.state,
        digest=view.proposal.digest.hex(),
        closed_by=None if closed is None else closed.closed_by,
        closed_at=None if closed is None else closed.closed_at,
        **more,
    )


def _postings(journal_id: UUID) -> list[dict[str, Any]]:
    debited, credited = aliased(Account), aliased(Account)
    rows = session().execute(
        select(Posting, debited, credited)
        .join(debited, debited.id == Posting.debit_account_id)
        .join(credited, credited.id == Posting.credit_account_id)
        .where(Posting.journal_id == journal_id)
        .order_by(Posting.id)
    )
    return [
        {
            "debit": ref_of(debit).to_wire(),
            "credit": ref_of(credit).to_wire(),
            "amount": Money(posting.amount, posting.currency),
        }
        for posting, debit, credit in rows
    ]

"""The books, for whoever may read all of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.ledger import (
    AccountLinesQuery,
    AccountLineView,
    AccountSumsView,
    DaysQuery,
    HeldQuery,
    HeldView,
    JournalHeadView,
    JournalQuery,
    JournalView,
    TrialBalanceView,
)
from client_api.schemas.periods import (
    MonthQuery,
    MonthView,
    PeriodInput,
    PeriodReasonInput,
    PeriodTotalsView,
    PeriodView,
)
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.kernel.ids import public
from marketplace.ledger import account_queries, journal_queries
from marketplace.ledger import period_queries as queries
from marketplace.ledger import periods as period_verbs
from marketplace.ledger.balances import trial_balance
from marketplace.ledger.chart import Code
from marketplace.ledger.daily_checking import newest_check
from marketplace.ledger.models import Journal
from marketplace.reconciliation.open_matters import open_matters
from marketplace.web.context import get_context

ledger = Theme("ledger", "Double entry: the trial balance, each journal, and closed months.")


@ledger.operation("GET", "/ledger/trial-balance", permission="ledger.read", returns=TrialBalanceView)
def read_trial_balance() -> dict[str, Any]:
    """Read what every account holds, by code and currency."""
    return {"data": trial_balance(session(), actor())}


@ledger.operation(
    "GET", "/ledger/accounts", permission="ledger.read", query=HeldQuery, returns=HeldView, page=True, refusals=[422]
)
def list_ledger_accounts(query: dict[str, Any]) -> Page[With]:
    """List the accounts of a code and currency with what they hold: the latest due date first, else the newest first.

    All of them add up to the line of the trial balance.
    """
    page = account_queries.accounts(session(), actor(), Code(query.pop("code")), query.pop("currency"), **query)
    return Page([With(one, account=one.ref.to_wire()) for one in page.data], page.next_cursor)


@ledger.operation(
    "GET",
    "/ledger/accounts/{account_id}",
    permission="ledger.read",
    query=DaysQuery,
    returns=AccountSumsView,
    refusals=[422],
)
def read_ledger_account(query: dict[str, Any], account_id: UUID) -> With:
    """Read what an account held before a range of days, what moved it in them, and what it held at their end."""
    found = account_queries.lines(session(), actor(), account_id, limit=1, **query)
    return With(found, id=account_id, account=found.ref.to_wire())


@ledger.operation(
    "GET",
    "/ledger/accounts/{account_id}/lines",
    permission="ledger.read",
    query=AccountLinesQuery,
    returns=AccountLineView,
    page=True,
    refusals=[422],
)
def list_account_lines(query: dict[str, Any], account_id: UUID) -> Page[With]:
    """List the postings of an account, those of the latest day first, each with what the account held after it."""
    page = account_queries.lines(session(), actor(), account_id, **query).page
    return Page([With(one, other_account=one.other.to_wire()) for one in page.data], page.next_cursor)


@ledger.operation(
    "GET",
    "/ledger/journals",
    permission="ledger.read",
    query=JournalQuery,
    returns=JournalHeadView,
    page=True,
    refusals=[422],
)
def list_journals(query: dict[str, Any]) -> Page[With]:
    """List journals of a kind, of a range of days, or about a subject; those of the latest day first."""
    page = journal_queries.journals(session(), actor(), **query)
    return Page([_head(one) for one in page.data], page.next_cursor)


@ledger.operation("GET", "/ledger/journals/{journal_id}", permission="ledger.read", returns=JournalView)
def read_journal(journal_id: UUID) -> With:
    """Read one journal with its postings."""
    journal = journal_queries.journal(session(), actor(), journal_id)
    postings = [
        With(one, debit=one.debit.to_wire(), credit=one.credit.to_wire())
        for one in journal_queries.all_entries(session(), journal_id)
    ]
    return _head(journal, postings=postings)


@ledger.operation("GET", "/ledger/month", permission="ledger.read", query=MonthQuery, returns=MonthView, refusals=[422])
def read_month(query: dict[str, Any]) -> With:
    """Read what a month holds for who closes it: the trial balance at its end and what of it is still open.

    `digest` is what a proposal to close it would be of. Nothing that is open forbids to close.
    """
    found = period_verbs.month_balance(session(), actor(), query["month"])
    check = newest_check(session())
    return With(
        found,
        month=queries.month_text(found.month),
        digest=found.digest.hex(),
        totals=list(found.lines),
        open=open_matters(session(), actor(), found.month, get_context().rails),
        checked_on=None if check is None else check.day,
        failed=[] if check is None else check.failed,
    )


@ledger.operation("GET", "/ledger/periods", permission="ledger.read", query=ListQuery, returns=PeriodView, page=True)
def list_periods(query: dict[str, Any]) -> Page[With]:
    """List proposals to close a month, or to open one again, and what became of them, newest first."""
    page = queries.periods(session(), actor(), **query)
    return Page([_seen(view) for view in queries.views(session(), page.data)], page.next_cursor)


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
    proposal = period_verbs.propose_close(session(), actor(), body["month"])
    return _seen(queries.period(session(), proposal.id))


@ledger.operation("GET", "/ledger/periods/{period_id}", permission="ledger.read", returns=PeriodTotalsView)
def read_period(period_id: UUID) -> With:
    """Read a proposal and, once it closed its month, the trial balance at the close and the log's signed head then."""
    view = queries.period(session(), period_id)
    head = None if view.closed is None else queries.checkpoint_of(session(), view.closed)
    return _seen(
        view, totals=queries.balance_at_close(session(), period_id), checkpoint=None if head is None else head.note
    )


@ledger.operation(
    "POST", "/ledger/periods/{period_id}/approve", permission="period.close", returns=PeriodView, refusals=[409]
)
def approve_period(period_id: UUID) -> With:
    """Close the month, or open it again, as somebody else proposed.

    Once closed, nothing is recorded that is effective by its end. Refused if its totals changed since the proposal.
    """
    return _seen(period_verbs.approve(session(), actor(), period_id))


@ledger.operation(
    "POST",
    "/ledger/periods/{period_id}/refuse",
    permission="period.close",
    body=PeriodReasonInput,
    example={"reason": "The statement of the 31st is missing."},
    returns=PeriodView,
    refusals=[409],
)
def refuse_period(body: dict[str, Any], period_id: UUID) -> With:
    """Refuse what somebody proposed, or take one's own proposal back."""
    return _seen(period_verbs.refuse(session(), actor(), period_id, body["reason"]))


@ledger.operation(
    "POST",
    "/ledger/periods/{period_id}/reopen",
    permission="period.close",
    body=PeriodReasonInput,
    example={"reason": "It was closed before the auditor had seen it."},
    returns=PeriodView,
    status=201,
    idempotent=True,
    location="/ledger/periods/{id}",
    refusals=[409],
)
def propose_reopening(body: dict[str, Any], period_id: UUID) -> With:
    """Propose to open again the month that this proposal closed; another person approves it.

    A later closed month is reopened first. The close stays in the record with its totals, digest and signed head.
    It is no way to book something late: that is recorded on the day on which it comes to light.
    """
    proposal = period_verbs.propose_reopen(session(), actor(), period_id, body["reason"])
    return _seen(queries.period(session(), proposal.id))


def _seen(view: queries.PeriodView, **more: Any) -> With:
    closed, reopened, refusal = view.closed, view.reopened, view.refusal
    return With(
        view.proposal,
        month=view.month,
        state=view.state,
        digest=view.proposal.digest.hex(),
        closed_by=None if closed is None else closed.closed_by,
        closed_at=None if closed is None else closed.closed_at,
        checkpoint_tree_size=None if closed is None else closed.tree_size,
        reopened_by=None if reopened is None else reopened.reopened_by,
        reopened_at=None if reopened is None else reopened.reopened_at,
        refused_by=None if refusal is None else refusal.refused_by,
        refused_at=None if refusal is None else refusal.refused_at,
        refusal_reason=None if refusal is None else refusal.reason,
        **more,
    )


def _head(journal: Journal, **more: Any) -> With:
    return With(journal, subject=public(journal.subject_noun, journal.subject_id), **more)

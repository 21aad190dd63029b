"""The books, for whoever may read all of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.ledger import JournalView, TrialBalanceView
from client_api.views import With
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import ref_of, trial_balance
from marketplace.ledger.models import Account, Journal, Posting

ledger = Theme("ledger", "Double entry: the trial balance and each journal.")


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

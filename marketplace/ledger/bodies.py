"""What a journal says, as bytes: for its hash, for the audit log, and read back from the live rows."""

import datetime as dt
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from marketplace.audit.recording import recomputer
from marketplace.kernel.canonical import canonical_bytes, day
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import ref_of
from marketplace.ledger.events import JOURNAL_POSTED
from marketplace.ledger.models import Account, Journal, Posting


def payload_hash(
    kind: str,
    subject: tuple[str, uuid.UUID],
    postings: Sequence[Mapping[str, Any]],
    effective_on: dt.date | None,
    reverses: uuid.UUID | None,
) -> bytes:
    """SHA-256 of what the caller asked for; `effective_on` is None when it was left to the market's clock."""
    asked = {
        "kind": kind,
        "subject": public(*subject),
        "postings": list(postings),
        "effective_on": None if effective_on is None else day(effective_on),
        "reverses": None if reverses is None else public("journal", reverses),
    }
    return hashlib.sha256(canonical_bytes(asked)).digest()


def journal_body(
    kind: str,
    key: str,
    subject: tuple[str, uuid.UUID],
    postings: Sequence[Mapping[str, Any]],
    effective_on: dt.date,
    reverses: uuid.UUID | None,
) -> dict[str, Any]:
    """The journal as the audit log keeps it."""
    return {
        "kind": kind,
        "key": key,
        "subject": public(*subject),
        "effective_on": day(effective_on),
        "reverses": None if reverses is None else public("journal", reverses),
        "postings": list(postings),
    }


def live_postings(session: Session, journal_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """The postings of journals as the rows say now, in order.

    A row that the ledger could not have written is given as `{"unreadable": why}`.
    """
    debit, credit = aliased(Account), aliased(Account)
    query = (
        select(Posting, debit, credit)
        .join(debit, debit.id == Posting.debit_account_id)
        .join(credit, credit.id == Posting.credit_account_id)
        .where(Posting.journal_id.in_(journal_ids))
        .order_by(Posting.id)
    )
    found: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for posting, debited, credited in session.execute(query, execution_options={"populate_existing": True}):
        found[posting.journal_id].append(_posting_wire(posting, debited, credited))
    return found


def _posting_wire(posting: Posting, debited: Account, credited: Account) -> dict[str, Any]:
    try:
        return {
            "debit": ref_of(debited).to_wire(),
            "credit": ref_of(credited).to_wire(),
            "amount": Money(posting.amount, posting.currency).to_wire(),
        }
    except (ValueError, DomainError) as error:
        return {"unreadable": str(error)}


@recomputer(JOURNAL_POSTED)
def live_bodies(session: Session, journal_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """The journals as the audit log should have them, from the live rows."""
    postings = live_postings(session, journal_ids)
    query = select(Journal).where(Journal.id.in_(journal_ids))
    return {
        journal.id: live_body(journal, postings.get(journal.id, []))
        for journal in session.scalars(query, execution_options={"populate_existing": True})
    }


def live_body(journal: Journal, postings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One journal's body from its row and postings."""
    subject = (journal.subject_noun, journal.subject_id)
    try:
        return journal_body(journal.kind, journal.key, subject, postings, journal.effective_on, journal.reverses_id)
    except KeyError:
        return {"unreadable": f"there is no noun {journal.subject_noun!r}"}

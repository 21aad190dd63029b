"""Reading journals: those of a kind, of a range of days, about a subject; and the postings of one."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session, aliased

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money
from marketplace.kernel.texts import say
from marketplace.ledger.balances import ref_of
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.models import Account, Journal, Posting
from marketplace.ledger.routes import ROUTES

KINDS: Final = tuple(ROUTES)
"""Every kind of journal there can be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting of a journal, each account with the number that its postings are asked for by."""

    debit_number: int
    debit: AccountRef
    credit_number: int
    credit: AccountRef
    amount: Money


def journals(
    session: Session,
    actor: Actor,
    *,
    kind: str | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    subject_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Journal]:
    """Journals by the day on which they are effective, the latest first. Raises forbidden without ledger.read."""
    actor.require("ledger.read")
    kinds = KINDS if kind is None else (kind,)
    if subject_id is not None:
        wanted = select(Journal).where(Journal.subject_id == subject_id, Journal.kind.in_(kinds))
        of = Journal
    else:
        # Kind by kind, so that one index serves each and they are merged in its order.
        of = aliased(Journal, union_all(*(select(Journal).where(Journal.kind == one) for one in kinds)).subquery())
        wanted = select(of)
    if first is not None:
        wanted = wanted.where(of.effective_on >= first)
    if last is not None:
        wanted = wanted.where(of.effective_on <= last)
    keys = [of.effective_on, of.id]
    return paginate(session, wanted, keys=keys, cursor=cursor, limit=limit, descending=True)


def journal(session: Session, actor: Actor, journal_id: uuid.UUID) -> Journal:
    """One journal. Raises forbidden without ledger.read, not_found."""
    actor.require("ledger.read")
    found = session.get(Journal, journal_id)
    if found is None:
        raise NOT_FOUND.error(say("There is no journal with this id."), noun="journal")
    return found


def entries(
    session: Session, journal_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Entry]:
    """The postings of a journal in their order. The caller has asked for the permission."""
    page: Page[Any] = paginate(session, postings_of(journal_id), keys=[Posting.id], cursor=cursor, limit=limit)
    return Page([entry(*row) for row in page.data], page.next_cursor)


def postings_of(journal_id: uuid.UUID) -> Select[Any]:
    """The postings of a journal, each with the account debited and the one credited."""
    debited, credited = aliased(Account), aliased(Account)
    return (
        select(Posting, debited, credited)
        .join(debited, debited.id == Posting.debit_account_id)
        .join(credited, credited.id == Posting.credit_account_id)
        .where(Posting.journal_id == journal_id)
    )


def entry(posting: Posting, debited: Account, credited: Account) -> Entry:
    """A row of `postings_of`."""
    money = Money(posting.amount, posting.currency)
    return Entry(debited.id, ref_of(debited), credited.id, ref_of(credited), money)

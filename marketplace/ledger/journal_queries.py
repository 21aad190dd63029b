"""Reading journals: those of a kind, of a range of days, about a subject; and the postings of one."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from marketplace.db.paging import LIMIT_DEFAULT, Page, decode_cursor, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import PREFIXES, parse
from marketplace.kernel.money import Money
from marketplace.ledger.account_queries import check_range, id_of
from marketplace.ledger.balances import ref_of
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.models import Account, Journal, Posting
from marketplace.ledger.routes import ROUTES

KINDS: Final = tuple(ROUTES)
"""Every kind of journal there can be."""

_NOUNS: Final = {prefix: noun for noun, prefix in PREFIXES.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting of a journal, each account with the id by which its postings are asked for."""

    debit_id: uuid.UUID
    debit: AccountRef
    credit_id: uuid.UUID
    credit: AccountRef
    amount: Money


def journals(
    session: Session,
    actor: Actor,
    *,
    kind: str | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    subject: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Journal]:
    """Journals by the day on which they are effective, the latest first; `subject` is the public id of what about.

    Raises forbidden without ledger.read, invalid when the range ends before it begins, not_found for what is no id.
    """
    actor.require("ledger.read")
    check_range(first, last)
    about: list[ColumnElement[bool]] = []
    if subject is not None:
        noun = _NOUNS.get(subject.partition("_")[0], "journal")
        about += [Journal.subject_id == parse(noun, subject), Journal.subject_noun == noun]
    if first is not None:
        about.append(Journal.effective_on >= first)
    if last is not None:
        about.append(Journal.effective_on <= last)
    keys = [Journal.effective_on, Journal.id]
    if cursor is not None:
        about.append(tuple_(*keys) < decode_cursor(cursor, keys))
    # Kind by kind, each cut off by itself, so that one index serves them all.
    newest = (
        select(Journal).where(Journal.kind == one, *about).order_by(*(key.desc() for key in keys)).limit(limit + 1)
        for one in (KINDS if kind is None else (kind,))
    )
    of = aliased(Journal, union_all(*newest).subquery())
    return paginate(session, select(of), keys=[of.effective_on, of.id], cursor=cursor, limit=limit, descending=True)


def journal(session: Session, actor: Actor, journal_id: uuid.UUID) -> Journal:
    """One journal. Raises forbidden without ledger.read, not_found."""
    actor.require("ledger.read")
    found = session.get(Journal, journal_id)
    if found is None:
        raise NOT_FOUND.error("There is no journal with this id.", noun="journal")
    return found


def entries(
    session: Session, journal_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Entry]:
    """A page of the postings of a journal in their order. The caller has asked for the permission."""
    wanted = _postings(journal_id)
    page: Page[Any] = paginate(session, wanted, keys=[Posting.id], cursor=cursor, limit=limit)
    return Page([_entry(*row) for row in page.data], page.next_cursor)


def all_entries(session: Session, journal_id: uuid.UUID) -> list[Entry]:
    """All postings of a journal in their order. The caller has asked for the permission."""
    return [_entry(*row) for row in session.execute(_postings(journal_id).order_by(Posting.id))]


def _postings(journal_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    debited, credited = aliased(Account), aliased(Account)
    return (
        select(Posting, debited, credited)
        .join(debited, debited.id == Posting.debit_account_id)
        .join(credited, credited.id == Posting.credit_account_id)
        .where(Posting.journal_id == journal_id)
    )


def _entry(posting: Posting, debited: Account, credited: Account) -> Entry:
    money = Money(posting.amount, posting.currency)
    return Entry(id_of(debited), ref_of(debited), id_of(credited), ref_of(credited), money)

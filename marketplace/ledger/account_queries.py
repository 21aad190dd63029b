"""Reading the books line by line: the accounts of a code, and the postings of one with what it held in between."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Date, Row, column, select, text, true
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, decode_cursor, encode_cursor, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day, instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_line
from marketplace.ledger.account_days import NOT_KEPT, STATEMENTS
from marketplace.ledger.balances import ref_of
from marketplace.ledger.chart import DATED_CODES, AccountRef, Code, Side
from marketplace.ledger.models import Account
from marketplace.ledger.totals import owed_by_day

PORTION: Final = 1_000
"""Postings read at a time for a file."""

_COLUMNS: Final = (
    "effective_on", "recorded_at", "journal", "kind", "subject", "other_account", "debit", "credit", "balance",
    "currency",
)  # fmt: skip
_PLACE: Final = (column("effective_on", Date), column("id", BigInteger))
_SUMS: Final = STATEMENTS.sums.columns().cte("sums")
_LINES: Final = STATEMENTS.lines.columns(*_PLACE).cte("line")
# Sums and lines in one statement, which sees one moment: whoever posts between two would make them differ. Without
# lines one row is left, which has the sums alone.
_PAGE: Final = (
    select(text("sums.*, line.*"))
    .select_from(_SUMS.outerjoin(_LINES, true()))
    .order_by(*(_LINES.c[key.name].desc() for key in _PLACE))
)
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """An account and what it was debited and credited; its postings are asked for by its `id`."""

    id: uuid.UUID
    ref: AccountRef
    debits: Money
    credits: Money

    @property
    def balance(self) -> Money:
        """On the side on which accounts of this code grow."""
        return on_its_side(self.ref.code, self.debits - self.credits)


@dataclass(frozen=True, slots=True)
class Line:
    """One posting as the account sees it; one of its amounts is nothing. `balance` is what the account held then."""

    journal_id: uuid.UUID
    kind: str
    subject: str
    effective_on: dt.date
    recorded_at: dt.datetime
    other: AccountRef
    debit: Money
    credit: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of an account's postings in the order of their days, the newest first, and the sums around it.

    Opening, plus what was moved in the range, is closing. `above` is what the account held after the first line of the
    page and `below` before its last one: on the last page that is the opening.
    """

    ref: AccountRef
    opening: Money
    debits: Money
    credits: Money
    closing: Money
    above: Money
    below: Money
    page: Page[Line]


def accounts(
    session: Session,
    actor: Actor,
    code: Code,
    currency: str,
    *,
    due_from: dt.date | None = None,
    due_until: dt.date | None = None,
    as_of: dt.date | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Held]:
    """The accounts of a code and currency with what they hold at the end of a market day, now unless it is given.

    The latest due date first where they have one, else the newest first. Raises forbidden without ledger.read, invalid
    for a range of due dates where accounts of the code have none.
    """
    actor.require("ledger.read")
    wanted = select(Account).where(Account.code == code, Account.currency == currency)
    if code in DATED_CODES:
        keys = [Account.due_on, Account.id]
        wanted = wanted.where(Account.due_on.is_not(None))
        if due_from is not None:
            wanted = wanted.where(Account.due_on >= due_from)
        if due_until is not None:
            wanted = wanted.where(Account.due_on <= due_until)
    else:
        for name, due in (("due_from", due_from), ("due_until", due_until)):
            if due is not None:
                message = "Accounts of this code have no due date."
                raise INVALID.error(message, errors=[FieldError(f"/{name}", "not_dated", message)])
        keys = [Account.id]
        wanted = wanted.where(Account.due_on.is_(None))
    page = paginate(session, wanted, keys=keys, cursor=cursor, limit=limit, descending=True)
    values = {
        "account_ids": [one.id for one in page.data],
        "last": as_of or dt.date.max,
        "kept": code not in NOT_KEPT,
    }
    sums = {row.account_id: (int(row.debited), int(row.credited)) for row in session.execute(STATEMENTS.held, values)}
    return Page(
        [
            Held(id_of(one), ref_of(one), *(Money(units, currency) for units in sums.get(one.id, (0, 0))))
            for one in page.data
        ],
        page.next_cursor,
    )


def owed_within(
    session: Session, actor: Actor, code: Code, currency: str, due_from: dt.date, due_until: dt.date
) -> Money:
    """What accounts of a code hold that fall due in a range, all together. Raises forbidden without ledger.read."""
    actor.require("ledger.read")
    sums = owed_by_day(session, [code], max(due_from, dt.date.min + _DAY) - _DAY, min(due_until, _LAST) + _DAY)
    of_days = [held for (of, _, due), held in sums.items() if of == currency and due_from <= due <= due_until]
    return Money(sum(of_days), currency)


def id_of(row: Account) -> uuid.UUID:
    """The number of an account as outsiders have ids."""
    return uuid.UUID(int=row.id)


def account(session: Session, actor: Actor, account_id: uuid.UUID) -> Account:
    """One account. Raises forbidden without ledger.read, not_found."""
    actor.require("ledger.read")
    found = session.get(Account, account_id.int) if account_id.int < 2**63 else None
    if found is None:
        raise NOT_FOUND.error("There is no account with this id.", noun="account")
    return found


def lines(
    session: Session,
    actor: Actor,
    account_id: uuid.UUID,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Lines:
    """The postings of an account that are effective from a day to a day, both included; all of them unless given.

    Raises forbidden without ledger.read, not_found, invalid when the range ends before it begins, cursor_invalid.
    """
    of = account(session, actor, account_id)
    days = range_of(session, first, last)
    place = _after(days[1]) if cursor is None else decode_cursor(cursor, _PLACE)
    found = session.execute(_PAGE, _asked(of, days, place, limit)).all()
    sums = found[0]
    made, below, following = _walked(of, [row for row in found if row.id is not None], int(sums.in_place), limit)

    def held(units: Any) -> Money:
        return on_its_side(Code(of.code), Money(int(units), of.currency))

    return Lines(
        ref=ref_of(of),
        opening=held(sums.debited_before - sums.credited_before),
        debits=Money(int(sums.debited_until - sums.debited_before), of.currency),
        credits=Money(int(sums.credited_until - sums.credited_before), of.currency),
        closing=held(sums.debited_until - sums.credited_until),
        above=held(sums.in_place),
        below=held(below),
        page=Page(made, None if following is None else encode_cursor(following)),
    )


def lines_csv(
    session: Session, actor: Actor, account_id: uuid.UUID, first: dt.date | None, last: dt.date | None
) -> Iterator[str]:
    """The postings of an account in a range as CSV, the newest first; sent as it is read. Needs ledger.read.

    What the account holds is summed once and carried on from line to line: the session must see one moment throughout.
    Raises invalid when the range ends before it begins.
    """
    of = account(session, actor, account_id)
    days = range_of(session, first, last)
    sums = session.execute(STATEMENTS.sums, _asked(of, days, _after(days[1]), PORTION)).one()
    debited = int(sums.in_place)
    place: Sequence[Any] | None = _after(days[1])
    yield csv_line(_COLUMNS)
    while place is not None:
        rows = session.execute(STATEMENTS.lines, _asked(of, days, place, PORTION)).all()
        made, debited, place = _walked(of, rows, debited, PORTION)
        for one in made:
            yield csv_line(
                (
                    day(one.effective_on), instant(one.recorded_at), public("journal", one.journal_id), one.kind,
                    one.subject, str(one.other), one.debit.text(), one.credit.text(), one.balance.text(), of.currency,
                )
            )  # fmt: skip


def range_of(session: Session, first: dt.date | None, last: dt.date | None) -> tuple[dt.date, dt.date]:
    """The range, from the beginning and until the market's today unless given. Raises as `check_range`."""
    days = first or dt.date.min, last or market_now(session).date()
    check_range(*days)
    return days


def check_range(first: dt.date | None, last: dt.date | None) -> None:
    """Raises invalid when a range of days ends before it begins."""
    if first is not None and last is not None and first > last:
        message = "The range ends before it begins."
        raise INVALID.error(message, errors=[FieldError("/last", "out_of_range", message)])


def on_its_side(code: Code, debited: Money) -> Money:
    """What was debited less what was credited, on the side on which accounts of the code grow."""
    return debited if code.side is Side.DEBIT else -debited


_LAST: Final = dt.date.max - 2 * _DAY


def _after(last: dt.date) -> tuple[dt.date, int]:
    """The place that is after every posting of a day and before those of the next."""
    return min(last, _LAST) + _DAY, 0


def _asked(of: Account, days: tuple[dt.date, dt.date], place: Sequence[Any], limit: int) -> dict[str, Any]:
    """The values of the statements; one posting more is asked for than is shown, to know whether more follow."""
    return {
        "account_id": of.id,
        "kept": Code(of.code) not in NOT_KEPT,
        "first": days[0],
        "last": days[1],
        "place_on": place[0],
        "place_id": place[1],
        "most": limit + 1,
    }


def _walked(
    of: Account, rows: Sequence[Row[Any]], debited: int, limit: int
) -> tuple[list[Line], int, Sequence[Any] | None]:
    """The lines of rows, what the account was debited more than credited before the last, and the place that follows.

    `debited` is that after the first.
    """
    code, made = Code(of.code), []
    for row in rows[:limit]:
        made.append(_line(row, code, debited))
        debited -= int(row.debited) - int(row.credited)
    return made, debited, (rows[limit - 1].effective_on, rows[limit - 1].id) if len(rows) > limit else None


def _line(row: Row[Any], code: Code, debited: int) -> Line:
    return Line(
        journal_id=row.journal_id,
        kind=row.kind,
        subject=public(row.subject_noun, row.subject_id),
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
        other=AccountRef(Code(row.code), row.currency, row.owner_id, row.contract_id, row.due_on, row.label),
        debit=Money(int(row.debited), row.currency),
        credit=Money(int(row.credited), row.currency),
        balance=on_its_side(code, Money(debited, row.currency)),
    )

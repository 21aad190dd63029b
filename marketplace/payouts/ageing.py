"""Ageing: what was owed to payees at the end of a market day, as it was known at a real moment, by time past due.

Bitemporal: known are the journals that the log's newest signed head by that moment has in it, and of these count those
effective by that day. Heads never change, so a figure asked for the same day and moment is always the same.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, and_, case, func, select, tuple_, union_all
from sqlalchemy.orm import Session

from marketplace.audit.queries import checkpoint_by, latest_checkpoint
from marketplace.audit.sealing import Checkpoint
from marketplace.db.clock import market_now, real_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, decode_cursor, paginate
from marketplace.db.streaming import stream
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day, instant
from marketplace.kernel.errors import INVALID, DomainError, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_line
from marketplace.payouts.age_rows import NAMES, parts
from marketplace.settlement.states import PAYEE_NOUNS

SEALED_WITHIN: Final = dt.timedelta(seconds=60)
"""Every event is sealed within so long: a head that is signed later than that after a moment is not of that moment."""

BUCKETS: Final = (
    "not_due",
    "days_0_30",
    "days_31_60",
    "days_61_90",
    "days_over_90",
    "held",
    "failed",
    "in_flight",
)
"""Days are those past due. Held is what only its payee, or who decides, can free; failed came back from a rail or was
refused by it for good, and waits for its payee; in flight is what a rail was asked to pay and has not shown."""

PAYEE_KINDS: Final = tuple(PAYEE_NOUNS)

_COLUMNS: Final = (
    "as_of", "known_at", "tree_size", "payee_kind", "payee", "contract", "payout", "bucket", "since", "reason",
    "amount", "currency",
)  # fmt: skip
_DAYS_PAST: Final[dict[str, tuple[int | None, int | None]]] = {
    "not_due": (None, -1),
    "days_0_30": (0, 30),
    "days_31_60": (31, 60),
    "days_61_90": (61, 90),
    "days_over_90": (91, None),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """Which figures are meant: the market day, and the signed head that holds what was known; None before the first."""

    as_of: dt.date
    head: Checkpoint | None

    @property
    def known_at(self) -> dt.datetime | None:
        """When the head was signed, real time: asked for again, it gives the same head."""
        return None if self.head is None else self.head.sealed_at


@dataclass(frozen=True, slots=True)
class AgeSum:
    """What was owed to one kind of payee in one currency and bucket, and to how many of them."""

    payee_kind: str
    currency: str
    bucket: str
    payees: int
    money: Money


@dataclass(frozen=True, slots=True)
class AgeLine:
    """One part of it: an account of a payee; of what was due, what had fallen due on one day (`since`).

    `since` is the due date of what was not due yet; None for what is held, failed or in flight, whose `reason` or
    payout is named instead.
    """

    account_id: int
    payee_kind: str
    payee_id: uuid.UUID
    contract_id: uuid.UUID | None
    payout_id: uuid.UUID | None
    bucket: str
    since: dt.date | None
    reason: str | None
    money: Money


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which lines: of a kind of payee, a currency, a bucket; each as far as it is named."""

    payee_kind: str | None = None
    currency: str | None = None
    bucket: str | None = None


def moment(session: Session, actor: Actor, as_of: dt.date | None = None, known_at: dt.datetime | None = None) -> Moment:
    """The day, today unless given, and the newest signed head by `known_at`, or the newest there is.

    Raises forbidden without ledger.read; invalid for a day that is not there yet, and for a moment of the last minute
    for which the log may still sign a head: figures of it would not stay the same.
    """
    actor.require("ledger.read")
    today = market_now(session).date()
    if as_of is not None and as_of > today:
        raise _invalid("as_of", f"The market's day is {today}; nothing is recorded yet of a later one.")
    head = checkpoint_by(session, known_at)
    if known_at is not None and (newest := latest_checkpoint(session)) is not None:
        settled = max(newest.sealed_at, real_now(session) - SEALED_WITHIN)
        if known_at > settled:
            raise _invalid("known_at", f"The log is settled up to {instant(settled)}.")
    return Moment(as_of or today, head)


def sums(session: Session, actor: Actor, when: Moment) -> list[AgeSum]:
    """What was owed by kind of payee, currency and bucket, in this order; what is nothing is left out.

    Raises forbidden without ledger.read.
    """
    actor.require("ledger.read")
    rows = _whole(session, when)
    key = (rows.c.currency, rows.c.payee_kind, _bucket(rows.c, when.as_of).label("bucket"))
    # By payee first: counting those who differ among all rows would sort them.
    each = select(*key, rows.c.payee_id, func.sum(rows.c.amount).label("amount")).group_by(*key, rows.c.payee_id)
    of = each.subquery("payee").c
    found = session.execute(
        select(of.currency, of.payee_kind, of.bucket, func.count(), func.sum(of.amount)).group_by(
            of.currency, of.payee_kind, of.bucket
        )
    )
    made = [
        AgeSum(kind, currency, bucket, count, Money(int(amount), currency))
        for currency, kind, bucket, count, amount in found
    ]
    return sorted(made, key=lambda one: (one.currency, PAYEE_KINDS.index(one.payee_kind), BUCKETS.index(one.bucket)))


def lines(
    session: Session,
    actor: Actor,
    when: Moment,
    chosen: Chosen,
    *,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[AgeLine]:
    """What the sums are made of, the longest due first. Raises forbidden without ledger.read."""
    actor.require("ledger.read")
    found, cut = parts(session, when.as_of, _size(when)), []
    for part in (found.kept, found.anew):
        columns = part.selected_columns
        keys = [columns.since, columns.account_id]
        wanted = part.where(*_chosen(columns, chosen, when.as_of)).order_by(*keys).limit(limit + 1)
        if cursor is not None:
            wanted = wanted.where(tuple_(*keys) > decode_cursor(cursor, keys))
        cut.append(wanted)
    # Each part is cut off by itself, so that what is kept is read by its index.
    rows = union_all(*cut).subquery("ageing")
    page = paginate(session, select(rows), keys=[rows.c.since, rows.c.account_id], cursor=cursor, limit=limit)
    return Page([_line(dict(zip(NAMES, row, strict=True)), when.as_of) for row in page.data], page.next_cursor)


def ageing_csv(session: Session, actor: Actor, when: Moment) -> Iterator[str]:
    """Every line as CSV, each with the day, the moment and the size of the log that it is of; sent as it is read.

    Needs ledger.read.
    """
    actor.require("ledger.read")
    yield csv_line(_COLUMNS)
    known = "" if when.known_at is None else instant(when.known_at)
    head = (day(when.as_of), known, 0 if when.head is None else when.head.tree_size)
    rows = _whole(session, when)
    wanted = select(rows).order_by(rows.c.since, rows.c.account_id)
    for row in stream(session, wanted):
        one = _line(row._asdict(), when.as_of)
        payee = public(PAYEE_NOUNS[one.payee_kind], one.payee_id)
        contract = None if one.contract_id is None else public("contract", one.contract_id)
        payout = None if one.payout_id is None else public("payout", one.payout_id)
        since = None if one.since is None else day(one.since)
        who = (one.payee_kind, payee, contract, payout)
        yield csv_line((*head, *who, one.bucket, since, one.reason, one.money.text(), one.money.currency))


def _whole(session: Session, when: Moment) -> Subquery:
    found = parts(session, when.as_of, _size(when))
    return union_all(found.kept, found.anew).subquery("ageing")


def _size(when: Moment) -> int:
    return 0 if when.head is None else when.head.tree_size


def _bucket(rows: Any, as_of: dt.date) -> ColumnElement[str]:
    days = [(and_(*_in_days(rows, bucket, as_of)), bucket) for bucket in _DAYS_PAST]
    return case((rows.kind != "dated", rows.kind), *days)


def _in_days(rows: Any, bucket: str, as_of: dt.date) -> list[ColumnElement[bool]]:
    """Whether what is dated is in a bucket of days, said so that an index finds it."""
    least, most = _DAYS_PAST[bucket]
    newest = [] if least is None else [rows.since <= _before(as_of, least)]
    return newest if most is None else [*newest, rows.since >= _before(as_of, most)]


def _before(as_of: dt.date, days: int) -> dt.date:
    return dt.date.fromordinal(max(as_of.toordinal() - days, 1))


def _chosen(rows: Any, chosen: Chosen, as_of: dt.date) -> list[ColumnElement[bool]]:
    wanted = [rows[name] == value for name in ("payee_kind", "currency") if (value := getattr(chosen, name))]
    if chosen.bucket is None:
        return wanted
    if chosen.bucket in _DAYS_PAST:
        return [*wanted, rows.kind == "dated", *_in_days(rows, chosen.bucket, as_of)]
    return [*wanted, rows.kind == chosen.bucket]


def _line(row: dict[str, Any], as_of: dt.date) -> AgeLine:
    money = Money(row.pop("amount"), row.pop("currency"))
    kind, since = row.pop("kind"), row.pop("since")
    bucket = _bucket_of(as_of - since) if kind == "dated" else kind
    return AgeLine(**row, bucket=bucket, money=money, since=since if kind == "dated" else None)


def _bucket_of(past: dt.timedelta) -> str:
    return next(
        bucket
        for bucket, (least, most) in _DAYS_PAST.items()
        if (least is None or past.days >= least) and (most is None or past.days <= most)
    )


def _invalid(name: str, message: str) -> DomainError:
    return INVALID.error(message, errors=[FieldError(f"/{name}", "out_of_range", message)])

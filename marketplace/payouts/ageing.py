"""Ageing: what was owed to payees at the end of a market day, as it was known at a real moment, by time past due.

Bitemporal: known are the journals that the log's newest signed head by that moment has in it, and of these count those
effective by that day. Heads never change, so a figure asked for the same day and moment is always the same.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Date, Numeric, Select, Subquery, Text, Uuid, column, func, select
from sqlalchemy.orm import Session

from marketplace.audit.queries import checkpoint_by, latest_checkpoint
from marketplace.audit.sealing import Checkpoint
from marketplace.db.clock import market_now, real_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.db.sql import load
from marketplace.db.streaming import stream
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day, instant
from marketplace.kernel.errors import INVALID, DomainError, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_line
from marketplace.ledger.chart import Code
from marketplace.settlement.states import DESTINATION_REFUSED, PAYEE_NOUNS, PAYOUT_RETURNED

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

_UNDATED: Final = frozenset({"held", "failed", "in_flight"})
_CODES: Final = (
    Code.PAY_DEFERRED,
    Code.MARGIN_DEFERRED,
    Code.PAY_DUE,
    Code.MARGIN_DUE,
    Code.HELD,
    Code.PAYOUTS_IN_FLIGHT,
)
_DUE: Final = (Code.PAY_DUE, Code.MARGIN_DUE)
_GIVES_BACK: Final = (
    Code.PAYOUTS_IN_FLIGHT,
    Code.TAX_WITHHELD,
    Code.RETURNED,
    Code.CURRENCY_POSITION,
    Code.ADVANCE_FEE,
)
_COLUMNS: Final = (
    "as_of", "known_at", "tree_size", "payee_kind", "payee", "contract", "payout", "bucket", "since", "reason",
    "amount", "currency",
)  # fmt: skip
_STATEMENTS = load(__file__, "ageing.sql")


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
    rows = _rows(when)
    key = (rows.c.currency, rows.c.payee_kind, rows.c.bucket)
    found = session.execute(
        select(*key, func.count(rows.c.payee_id.distinct()), func.sum(rows.c.amount)).group_by(*key)
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
    rows = _rows(when)
    wanted: Select[*tuple[Any, ...]] = select(rows)
    for name in ("payee_kind", "currency", "bucket"):
        if (value := getattr(chosen, name)) is not None:
            wanted = wanted.where(rows.c[name] == value)
    page = paginate(session, wanted, keys=[rows.c.since, rows.c.account_id], cursor=cursor, limit=limit)
    names = list(rows.c.keys())
    return Page([_line(dict(zip(names, row, strict=True))) for row in page.data], page.next_cursor)


def ageing_csv(session: Session, actor: Actor, when: Moment) -> Iterator[str]:
    """Every line as CSV, each with the day, the moment and the size of the log that it is of; sent as it is read.

    Needs ledger.read.
    """
    actor.require("ledger.read")
    yield csv_line(_COLUMNS)
    known = "" if when.known_at is None else instant(when.known_at)
    head = (day(when.as_of), known, 0 if when.head is None else when.head.tree_size)
    rows = _rows(when)
    wanted = select(rows).order_by(rows.c.since, rows.c.account_id)
    for row in stream(session, wanted):
        one = _line(row._asdict())
        payee = public(PAYEE_NOUNS[one.payee_kind], one.payee_id)
        contract = None if one.contract_id is None else public("contract", one.contract_id)
        payout = None if one.payout_id is None else public("payout", one.payout_id)
        since = None if one.since is None else day(one.since)
        who = (one.payee_kind, payee, contract, payout)
        yield csv_line((*head, *who, one.bucket, since, one.reason, one.money.text(), one.money.currency))


def _rows(when: Moment) -> Subquery:
    values = {
        "as_of": when.as_of,
        "size": 0 if when.head is None else when.head.tree_size,
        "codes": [int(code) for code in _CODES],
        "due_codes": [int(code) for code in _DUE],
        "gives_back": [int(code) for code in _GIVES_BACK],
        "failed_reasons": [PAYOUT_RETURNED, DESTINATION_REFUSED],
    }
    typed = _STATEMENTS.ageing.bindparams(**values).columns(
        column("account_id", BigInteger),
        column("currency", Text),
        column("payee_kind", Text),
        column("payee_id", Uuid),
        column("contract_id", Uuid),
        column("payout_id", Uuid),
        column("reason", Text),
        column("since", Date),
        column("amount", Numeric),
        column("bucket", Text),
    )
    return typed.subquery("ageing")


def _line(row: dict[str, Any]) -> AgeLine:
    money = Money(int(row.pop("amount")), row.pop("currency"))
    since = row.pop("since")
    return AgeLine(**row, money=money, since=None if row["bucket"] in _UNDATED else since)


def _invalid(name: str, message: str) -> DomainError:
    return INVALID.error(message, errors=[FieldError(f"/{name}", "out_of_range", message)])

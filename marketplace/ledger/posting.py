"""Posting: the only door into the books.

A journal is written whole or not at all, once for its key, and with its audit event; controlled accounts are locked
in the order of their ids and never fall below zero.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from marketplace.audit.recording import record
from marketplace.db.hot import HotStatement, array
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import ref_of
from marketplace.ledger.bodies import journal_body, payload_hash
from marketplace.ledger.chart import CONTROLLED, AccountRef, Code
from marketplace.ledger.errors import BALANCE_INSUFFICIENT, JOURNAL_KEY_REUSED, PERIOD_CLOSED_ALREADY
from marketplace.ledger.events import JOURNAL_POSTED
from marketplace.ledger.models import Account, Posting
from marketplace.ledger.routes import foreign_routes

_OF_WORKERS: Final = (Code.PAY_DEFERRED, Code.PAY_DUE)

_STATEMENTS = load(__file__, "posting.sql")
_POST = HotStatement(_STATEMENTS.post)


@dataclass(frozen=True, slots=True)
class Pair:
    """One debit and one credit of the same amount.

    Raises ValueError for a negative amount, an account against itself, or more than one currency.
    """

    debit: AccountRef
    credit: AccountRef
    amount: Money

    def __post_init__(self) -> None:
        if self.amount.amount < 0:
            raise ValueError(f"a posting is never negative: {self.amount}")
        if not self.debit.currency == self.credit.currency == self.amount.currency:
            raise ValueError(f"a posting has one currency: {self.debit}, {self.credit}, {self.amount}")
        if self.debit == self.credit:
            raise ValueError(f"a posting has two accounts: {self.debit}")

    def to_wire(self) -> dict[str, Any]:
        """`{"debit": {…}, "credit": {…}, "amount": {"amount": "0.90", "currency": "CNY"}}`."""
        return {"debit": self.debit.to_wire(), "credit": self.credit.to_wire(), "amount": self.amount.to_wire()}


@dataclass(frozen=True, slots=True)
class Posted:
    """The journal that now stands for the key; `replayed` when it had stood there before."""

    journal_id: uuid.UUID
    effective_on: dt.date
    replayed: bool


class _Outcome(NamedTuple):
    """What the database says of a posting, in the statement's order of columns."""

    effective_on: dt.date | None
    wanted_on: dt.date
    written: int
    accounts_exist: bool
    short_keys: list[str]

    @classmethod
    def of(cls, rows: list[tuple[Any, ...]]) -> Self:
        (row,) = rows
        return cls._make(row)


def post(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    key: str,
    pairs: Iterable[Pair],
    subject: tuple[str, uuid.UUID],
    effective_on: dt.date | None = None,
    reverses: uuid.UUID | None = None,
) -> Posted:
    """Post one journal, or find that it was posted before with the same key and content.

    `kind` is its line in the table of journals ("J3"); `key` names the business event for ever ("payout:…:1:submit");
    `subject` is (noun, id) of what it is about; `effective_on` is the market's day when not given. Amounts of zero are
    dropped and postings between the same two accounts are summed, in the order given. Two round trips, and two more
    when an account has its first posting. Authorization is the caller's: the ledger knows no roles.

    A refusal leaves nothing behind but locks. Raises balance_insufficient naming the account, journal_key_reused,
    period_closed when the day is in a closed month, and
    ValueError when no amount is left, when the kind has no such postings (`routes.py`), or when a journal that
    `reverses` another is not its mirror. A transaction that posts more than one journal calls `hold` first.
    """
    merged = _merge(pairs)
    if not merged:
        raise ValueError(f"journal {key} moves nothing")
    wire = [pair.to_wire() for pair in merged]
    if reverses is not None:
        _require_mirror(session, reverses, merged)
    elif foreign := foreign_routes(kind, {(pair.debit.code, pair.credit.code) for pair in merged}):
        raise ValueError(f"journal {key} moves money where it may not: {', '.join(foreign)}")
    digest = payload_hash(kind, subject, wire, effective_on, reverses)
    journal_id = new_id()
    values = {
        "id": journal_id,
        "kind": kind,
        "key": key,
        "payload_hash": digest,
        "subject_noun": subject[0],
        "subject_id": subject[1],
        "effective_on": effective_on,
        "actor": actor.label,
        "reverses_id": reverses,
        **_values(merged),
    }
    session.flush()
    row = _Outcome.of(_POST.rows(session, values))
    if not row.accounts_exist:
        _open_accounts(session, merged)
        row = _Outcome.of(_POST.rows(session, values))
        assert row.accounts_exist, f"journal {key}: the accounts are still missing"
    if row.effective_on is None:
        return _replayed(session, key, digest, merged, row)
    assert row.written == len(merged), f"journal {key}: {row.written} of {len(merged)} postings written"
    body = journal_body(kind, key, subject, wire, row.effective_on, reverses)
    record(session, JOURNAL_POSTED, actor, subject=("journal", journal_id), body=body)
    return Posted(journal_id, row.effective_on, replayed=False)


def hold(session: Session, refs: Collection[AccountRef]) -> None:
    """Lock these controlled accounts until the transaction ends, for one that will post more than one journal.

    Each journal locks its accounts in order; two in one transaction would not be in order together, and could wait in
    a circle with another. Accounts that do not exist yet are opened.
    """
    controlled = {ref.key: ref for ref in refs if ref.code.controlled}
    if controlled:
        _insert_accounts(session, controlled.values())
        session.execute(_STATEMENTS.hold, {"keys": list(controlled)})


def mirror_of(session: Session, journal_id: uuid.UUID) -> tuple[list[Pair], Money]:
    """The postings that reverse a journal, and how much of them the platform bears.

    Each posting backwards; but what came to a worker (2110, 2130) is never taken back (rule 10): the platform pays as
    much from its own money to where it came from. Raises ValueError for a journal without postings.
    """
    debit, credit = aliased(Account), aliased(Account)
    rows = session.execute(
        select(Posting.amount, debit, credit)
        .join(debit, debit.id == Posting.debit_account_id)
        .join(credit, credit.id == Posting.credit_account_id)
        .where(Posting.journal_id == journal_id)
        .order_by(Posting.id)
    ).all()
    if not rows:
        raise ValueError(f"{public('journal', journal_id)} has no postings")
    pairs, currency = [], rows[0][1].currency
    borne = Money.zero(currency)
    for units, debited, credited in rows:
        amount = Money(units, debited.currency)
        if credited.code in _OF_WORKERS:
            borne += amount
            pairs.append(Pair(AccountRef(Code.CORRECTION_BORNE, currency), ref_of(debited), amount))
        else:
            pairs.append(Pair(ref_of(credited), ref_of(debited), amount))
    own = Pair(AccountRef(Code.BANK_WAGES, currency), AccountRef(Code.BANK_OPERATING, currency), borne)
    return [*pairs, own], borne


def _require_mirror(session: Session, reverses: uuid.UUID, merged: Sequence[Pair]) -> None:
    expected, _ = mirror_of(session, reverses)
    if [pair.to_wire() for pair in _merge(expected)] != [pair.to_wire() for pair in merged]:
        raise ValueError(f"only its mirror reverses {public('journal', reverses)}")


def _merge(pairs: Iterable[Pair]) -> list[Pair]:
    sums: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        if not pair.amount.is_zero:
            route = (pair.debit.key, pair.credit.key)
            known = sums.get(route)
            sums[route] = pair if known is None else Pair(pair.debit, pair.credit, known.amount + pair.amount)
    return list(sums.values())


def _values(pairs: Sequence[Pair]) -> dict[str, Any]:
    keys = {ref.key for pair in pairs for ref in (pair.debit, pair.credit)}
    changes: dict[str, int] = {}
    for pair in pairs:
        # All controlled accounts are liabilities: a credit adds, a debit takes away.
        if pair.debit.code.controlled:
            changes[pair.debit.key] = changes.get(pair.debit.key, 0) - pair.amount.amount
        if pair.credit.code.controlled:
            changes[pair.credit.key] = changes.get(pair.credit.key, 0) + pair.amount.amount
    return {
        "debit_keys": array(pair.debit.key for pair in pairs),
        "credit_keys": array(pair.credit.key for pair in pairs),
        "amounts": array(pair.amount.amount for pair in pairs),
        "currencies": array(pair.amount.currency for pair in pairs),
        "keys": array(sorted(keys)),
        "controlled_keys": array(changes),
        "changes": array(changes.values()),
    }


def _open_accounts(session: Session, pairs: Sequence[Pair]) -> None:
    _insert_accounts(session, {ref.key: ref for pair in pairs for ref in (pair.debit, pair.credit)}.values())


def _insert_accounts(session: Session, refs: Collection[AccountRef]) -> None:
    ordered = sorted(refs, key=lambda ref: ref.key)
    session.execute(
        _STATEMENTS.open_accounts,
        {
            "codes": [int(ref.code) for ref in ordered],
            "currencies": [ref.currency for ref in ordered],
            "owner_ids": [ref.owner_id for ref in ordered],
            "contract_ids": [ref.contract_id for ref in ordered],
            "due_ons": [ref.due_on for ref in ordered],
            "labels": [ref.label for ref in ordered],
            "controlled_codes": sorted(int(code) for code in CONTROLLED),
        },
    )


def _replayed(session: Session, key: str, digest: bytes, pairs: Sequence[Pair], row: _Outcome) -> Posted:
    """Why nothing was written: the key had its journal already, a balance did not suffice, or the month is closed."""
    found = session.execute(_STATEMENTS.journal_by_key, {"key": key}).one_or_none()
    if found is not None and found.payload_hash == digest:
        return Posted(found.id, found.effective_on, replayed=True)
    if found is not None:
        raise JOURNAL_KEY_REUSED.error(
            f"The journal {key} was posted before with another content.", journal=public("journal", found.id), key=key
        )
    if not row.short_keys:
        raise PERIOD_CLOSED_ALREADY.error(f"The books are closed for {row.wanted_on}.", effective_on=day(row.wanted_on))
    ref = next(ref for pair in pairs for ref in (pair.debit, pair.credit) if ref.key == row.short_keys[0])
    wanted = sum(pair.amount.amount for pair in pairs if pair.debit.key == ref.key)
    raise BALANCE_INSUFFICIENT.error(
        f"Account {ref} holds less than {Money(wanted, ref.currency)}.", account=ref.to_wire(), code=int(ref.code)
    )

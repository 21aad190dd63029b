"""The bank as a rail: what is to be paid waits for a payment file, what statements say is what happened.

An accepted order waits in a table of the rail; `exporting` puts it into one file ever. It stays `sent` until a
statement shows it. Money comes in by transfers that quote the reference of a deposit.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.bank import details, finding
from marketplace.gateways.bank.filing import Filing
from marketplace.gateways.bank.pain001 import OwnAccount
from marketplace.gateways.bank.references import end_to_end_id
from marketplace.gateways.bank_models import BankExpectation, BankInstruction, BankStatement
from marketplace.kernel.bank_numbers import creditor_reference
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.money import Money
from marketplace.rails.errors import RAIL_SILENT
from marketplace.rails.port import (
    Accepted,
    CollectInstruction,
    CollectOutcome,
    Found,
    NotExecuted,
    PayIn,
    PayoutInstruction,
    PayoutOutcome,
    RailEvent,
    RailLine,
    RefundInstruction,
    RefundOutcome,
    Refused,
    Transactions,
    Unknown,
)

NAME: Final = "bank"

READ_BACK: Final = dt.timedelta(days=1)
"""How old, by market time, the last statement of each account may be when payouts are let go again."""

LINES_AT_ONCE: Final = 1_000
"""Lines of statements that are held at a time."""

Answer = Accepted | Refused
Order = TypeVar("Order", BankExpectation, BankInstruction)


class BankRail(Filing):
    """The rail over our own accounts, one for each currency; its files are those of `Filing`."""

    name = NAME
    form = details.FORM

    def __init__(self, transactions: Transactions, accounts: Mapping[str, OwnAccount], *, trial: bool = False) -> None:
        """`accounts` by currency. `trial` says that no file goes to a bank: then no real money moves."""
        super().__init__(accounts, trial=trial)
        self._transactions = transactions
        self.real_money = not trial

    def collect(self, instruction: CollectInstruction) -> CollectOutcome:
        """Expect money, and give the reference that the payer must quote."""
        values = {"payer": instruction.payer, **_amount(instruction.amount)}

        def order(session: Session) -> Answer:
            row = _once(session, BankExpectation, instruction.key, values, self._refusal(instruction.amount), {})
            if row.refusal_code is None and row.reference is None:
                # Drawn, not counted: a number given out after a backup must not be given to somebody else after it.
                row.reference = creditor_reference(1 + secrets.randbelow(10**9 - 1))
                session.flush()
            return _answer(row)

        return self._told(order)

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        """Keep the order for the next payment file."""
        wanted = {"transfer_group": instruction.transfer_group, **_amount(instruction.amount)}
        reference = end_to_end_id("payout", instruction.payout_id, instruction.attempt)

        def order(session: Session) -> Answer:
            refusal = self._refusal(instruction.amount)
            if refusal is None and details.understood(instruction.destination) is None:
                refusal = Refused("destination_invalid", "This is no account at a bank.")
            more = {"kind": "transfer", "reference": None if refusal else reference}
            row = _once(session, BankInstruction, instruction.key, wanted, refusal, more)
            _keep_destination(session, row, instruction.destination)
            return _answer(row)

        return self._told(order)

    def refund(self, instruction: RefundInstruction) -> RefundOutcome:
        """Send money back to the account that it came from, where the statement named one."""
        wanted = {"transfer_group": instruction.charge, **_amount(instruction.amount)}
        reference = end_to_end_id("refund", instruction.refund_id, instruction.attempt)

        def order(session: Session) -> Answer:
            refusal, payer = self._refusal(instruction.amount), finding.payer(session, instruction.charge)
            if refusal is None and payer is None:
                refusal = Refused("payer_unknown", "The statement does not say from which account the money came.")
            more = {"kind": "refund", "reference": None if refusal else reference}
            row = _once(session, BankInstruction, instruction.key, wanted, refusal, more)
            if payer is not None:
                _keep_destination(session, row, payer)
            return _answer(row)

        return self._told(order)

    def find_refund(self, instruction: RefundInstruction) -> str | None:
        """The order under this key, or what a statement shows of it."""
        attempts = range(instruction.attempt, 0, -1)
        references = [end_to_end_id("refund", instruction.refund_id, attempt) for attempt in attempts]
        with self._transactions() as session:
            return next((reference for reference in references if finding.is_known(session, reference)), None)

    def find_transfer(self, transfer_group: str) -> list[Found]:
        """The orders of one payout, refused ones too, and what only a statement shows of it."""
        with self._transactions() as session:
            return finding.transfers(session, transfer_group)

    def events(self, since: dt.datetime | None = None) -> list[RailEvent]:
        """One `charge.available` for each line that quotes the reference of a deposit."""
        with self._transactions() as session:
            return [finding.arrival(line) for line in finding.lines(session, since) if line.kind == "charge"]

    def lines(self, since: dt.datetime | None = None) -> Iterator[RailLine]:
        """The lines of all statements, by when they were imported; `LINES_AT_ONCE` are held at a time."""
        after = 0
        while True:
            with self._transactions() as session:
                some = finding.lines(session, since, after=after, most=LINES_AT_ONCE)
                told = [finding.rail_line(line) for line in some]
                after = some[-1].id if some else after
            yield from told
            if len(told) < LINES_AT_ONCE:
                return

    def pay_in(self, currency: str, reference: str) -> PayIn | None:
        """Our account in that currency."""
        own = self.accounts.get(currency)
        return None if own is None else PayIn(own.holder, own.number, own.bic, reference)

    def clean_account(self, text: str) -> str:
        """Check what a payee typed."""
        return details.read_details(text).text()

    def require_read_back(self) -> None:
        """Each of our accounts needs a statement of yesterday or today: a restored database knows of no file since."""
        newest = func.max(BankStatement.closed_on).label("closed_on")
        with self._transactions() as session:
            rows = session.execute(select(BankStatement.currency, newest).group_by(BankStatement.currency))
            latest = {row.currency: row.closed_on for row in rows}
            wanted = (market_now(session) - READ_BACK).date()
        for currency in sorted(self.accounts):
            if currency not in latest or latest[currency] < wanted:
                raise RAIL_SILENT.error(
                    f"No statement of the account in {currency} reaches up to {wanted}: import it first "
                    f"(`piecework bank import`)."
                )

    def _refusal(self, amount: Money) -> Refused | None:
        if amount.currency in self.accounts:
            return None
        return Refused("currency_not_held", f"We have no bank account in {amount.currency}.")

    def _told(self, order: Callable[[Session], Answer]) -> Accepted | Refused | NotExecuted | Unknown:
        """The outcome of an order, which is ours as soon as it is committed."""
        began = False
        try:
            with self._transactions() as session:
                began = True
                answer = order(session)
        except (InterfaceError, OperationalError) as problem:
            reason = type(problem).__name__
            return Unknown(reason) if began else NotExecuted(reason)
        return answer


def _amount(amount: Money) -> dict[str, object]:
    return {"minor_units": amount.minor_units(), "currency": amount.currency}


def _once(
    session: Session,
    model: type[Order],
    key: str,
    wanted: Mapping[str, object],
    refusal: Refused | None,
    more: Mapping[str, Any],
) -> Order:
    """The row of this key, made now unless it is there; a call with the same key at the same time is waited for."""
    digest = hashlib.sha256(canonical_bytes(dict(wanted))).digest()
    statement = insert(model).values(
        idempotency_key=key,
        request_hash=digest,
        refusal_code=refusal.code if refusal else None,
        refusal_message=refusal.message if refusal else None,
        **wanted,
        **more,
    )
    # No index is named: with one, a twin that comes at the same time is let pass there and fails on the next index.
    session.execute(statement.on_conflict_do_nothing())
    row = session.scalars(select(model).where(model.idempotency_key == key).with_for_update()).one_or_none()
    if row is None:
        raise ValueError(f"the reference that {key} would have belongs to another key")
    if row.request_hash != digest:
        raise ValueError(f"the key {key} was used before with other parameters")
    return row


def _keep_destination(session: Session, row: BankInstruction, destination: str) -> None:
    """Where it goes, sealed beside what else was asked: its key may not be used for another one."""
    if row.destination_id is None:
        row.destination_id = details.keep(session, destination)
        session.flush()
    elif details.read(session, row.destination_id) != destination:
        raise ValueError(f"the key {row.idempotency_key} was used before with other parameters")


def _answer(row: BankExpectation | BankInstruction) -> Answer:
    if row.refusal_code is not None:
        return Refused(row.refusal_code, row.refusal_message or "")
    assert row.reference is not None
    return Accepted(row.reference)

"""The sandbox rail: money that is not real, kept in tables of its own, with failures on order.

It behaves as a careful reading of Stripe Connect would have it: one key has one effect, a refusal is kept under its
key, a crash may hide whether anything happened. It opens transactions of its own and shares none with its caller.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.gateways import sandbox_disputes
from marketplace.gateways.models import (
    SandboxBalanceLine,
    SandboxCharge,
    SandboxFault,
    SandboxRefund,
    SandboxTransfer,
)
from marketplace.gateways.sandbox_faults import FaultKind, Operation, after_executing, before_executing, next_fault
from marketplace.gateways.sandbox_lines import Shown, show_line
from marketplace.gateways.sandbox_rates import cost, give, quoted
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.money import Money
from marketplace.kernel.rates import Rate
from marketplace.quotes.port import Quote
from marketplace.rails.port import (
    Accepted,
    CollectInstruction,
    CollectOutcome,
    Found,
    NotExecuted,
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

NAME = "sandbox"

Order = TypeVar("Order", SandboxCharge, SandboxRefund, SandboxTransfer)


class SandboxRail:
    """The embedded default rail."""

    name = NAME
    real_money = False

    def __init__(self, transactions: Transactions) -> None:
        """`transactions` opens the sandbox's own transactions; they commit whatever becomes of the caller's."""
        self._transactions = transactions

    def collect(self, instruction: CollectInstruction) -> CollectOutcome:
        """Take money from a payer; it shows in the balance at once, or after the delay of a fault."""
        values = {
            "deposit_id": instruction.key,
            "payer": instruction.payer,
            "minor_units": instruction.amount.minor_units(),
            "currency": instruction.amount.currency,
        }
        subject = f"{instruction.key} {instruction.payer}"
        shown = Shown("charge", instruction.amount, deposit_id=instruction.key)
        return self._execute("collect", subject, SandboxCharge, instruction.key, values, "ch", shown)

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        """Pay a payee out of our balance."""
        values = {
            "transfer_group": instruction.transfer_group,
            "destination": instruction.destination,
            "minor_units": instruction.amount.minor_units(),
            "currency": instruction.amount.currency,
        }
        subject = f"{instruction.transfer_group} {instruction.destination}"
        with self._transactions() as session:
            shown = Shown("transfer", -cost(session, instruction))
        return self._execute("pay_out", subject, SandboxTransfer, instruction.key, values, "tr", shown)

    def quote(self, sold: str, bought: str) -> Quote | None:
        """The newest scripted rate between the two."""
        with self._transactions() as session:
            return quoted(session, sold, bought)

    def script_rate(self, rate: Rate, *, valid_seconds: int = 3_600, changes: bool = True) -> None:
        """Give this rate from now on, for so long at a time; without `changes` see `SandboxRate`."""
        with self._transactions() as session:
            give(session, rate, valid_seconds, changes=changes)

    def refund(self, instruction: RefundInstruction) -> RefundOutcome:
        """Give a payer money back; it leaves the balance at once."""
        values = {
            "charge": instruction.charge,
            "minor_units": instruction.amount.minor_units(),
            "currency": instruction.amount.currency,
        }
        subject, shown = f"{instruction.key} {instruction.charge}", Shown("refund", -instruction.amount)
        return self._execute("refund", subject, SandboxRefund, instruction.key, values, "re", shown)

    def _execute(
        self,
        operation: Operation,
        subject: str,
        model: type[Order],
        key: str,
        values: dict[str, object],
        prefix: str,
        shown: Shown,
    ) -> Accepted | Refused | NotExecuted | Unknown:
        """Do what is ordered once for its key, show it in the balance, or play the failure that was ordered."""
        with self._transactions() as session:
            fault = next_fault(session, operation, subject)
            if (silence := before_executing(fault)) is not None:
                return silence
            made = _once(session, model, key, values, fault)
            reference = f"{prefix}_{made.id}"
            if made.is_new and made.refusal is None:
                show_line(session, fault, shown, reference)
        return after_executing(fault, made.refusal or Accepted(reference))

    def find_refund(self, instruction: RefundInstruction) -> str | None:
        """The refund under one of its keys, unless it was refused."""
        query = select(SandboxRefund.id).where(
            SandboxRefund.idempotency_key.in_(instruction.keys), SandboxRefund.refusal_code.is_(None)
        )
        with self._transactions() as session:
            row_id = session.scalars(query.order_by(SandboxRefund.id).limit(1)).one_or_none()
        return None if row_id is None else f"re_{row_id}"

    def find_transfer(self, transfer_group: str) -> list[Found]:
        """The transfers of one payout, refused ones too."""
        with self._transactions() as session:
            query = select(SandboxTransfer).where(SandboxTransfer.transfer_group == transfer_group)
            return [
                Found(
                    reference=f"tr_{row.id}",
                    key=row.idempotency_key,
                    amount=Money.from_minor_units(row.minor_units, row.currency),
                    destination=row.destination,
                    refused=_refusal(row.refusal_code, row.refusal_message),
                )
                for row in session.scalars(query.order_by(SandboxTransfer.id))
            ]

    def events(self, since: dt.datetime | None = None) -> list[RailEvent]:
        """One `charge.available` for each charge whose money may be used by now, and the disputes that were lost."""
        with self._transactions() as session:
            lost = sandbox_disputes.lost(session, since)
        return lost + [
            RailEvent(
                event_id=f"evt_{row.id}",
                kind="charge.available",
                payload={
                    "deposit": row.deposit_id,
                    "amount": Money.from_minor_units(row.minor_units, row.currency).to_wire(),
                    "reference": row.reference,
                },
            )
            for row in self._shown(since)
            if row.kind == "charge"
        ]

    def lines(self, since: dt.datetime | None = None) -> list[RailLine]:
        """The movements of the balance that are shown by now."""
        shown = self._shown(since)
        numbers = [int(row.reference.removeprefix("tr_")) for row in shown if row.kind == "transfer"]
        with self._transactions() as session:
            query = select(SandboxTransfer.id, SandboxTransfer.transfer_group).where(SandboxTransfer.id.in_(numbers))
            groups = {f"tr_{row_id}": group for row_id, group in session.execute(query)}
            disputes = sandbox_disputes.named(session, (row.reference for row in shown if row.kind == "dispute"))
        return [
            RailLine(
                external_id=f"bl_{row.id}",
                kind=row.kind,
                amount=Money.from_minor_units(row.minor_units, row.currency),
                occurred_at=row.occurred_at,
                reference=row.reference,
                transfer_group=groups.get(row.reference),
                **sandbox_disputes.shown_of(row, disputes.get(row.reference)),
            )
            for row in shown
        ]

    def dispute(self, charge: str, amount: Money, fee: Money) -> str:
        """Let a payer take a payment back, which costs us the fee too; returns the dispute's reference."""
        with self._transactions() as session:
            made = sandbox_disputes.reference_of(sandbox_disputes.open_dispute(session, charge, amount, fee))
            show_line(session, None, Shown("dispute", -(amount + fee)), made)
        return made

    def end_dispute(self, reference: str, outcome: sandbox_disputes.Outcome) -> None:
        """Decide it: won brings the payment back, without the fee; lost is told as an event."""
        with self._transactions() as session:
            ended = sandbox_disputes.end_dispute(session, reference, outcome)
            if outcome == "won":
                amount = Money.from_minor_units(ended.minor_units, ended.currency)
                show_line(session, None, Shown("dispute", amount), reference)

    def script(
        self,
        operation: Operation,
        kind: FaultKind,
        *,
        match: str = "",
        times: int = 1,
        delay_seconds: int = 0,
        code: str = "declined",
    ) -> None:
        """Order a failure: the next `times` calls whose key, payer or destination contains `match` go wrong so.

        `delay` executes, but shows the money only after that many seconds of market time; `refuse` gives the code.
        """
        with self._transactions() as session:
            fault = SandboxFault(
                operation=operation, kind=kind, match=match, remaining=times, delay_seconds=delay_seconds, code=code
            )
            session.add(fault)
            session.flush()

    def show(self, kind: str, amount: Money, reference: str) -> None:
        """Let the balance show a line that no order of ours began, such as "fee" or "transfer_return"."""
        with self._transactions() as session:
            show_line(session, None, Shown(kind, amount), reference)

    def _shown(self, since: dt.datetime | None) -> Sequence[SandboxBalanceLine]:
        shown = SandboxBalanceLine.available_at
        query = select(SandboxBalanceLine).where(shown <= func.market_now())
        if since is not None:
            query = query.where(shown >= since)
        with self._transactions() as session:
            return session.scalars(query.order_by(shown, SandboxBalanceLine.id)).all()


class _Kept:
    """What the sandbox holds under a key: the row's id, whether this call made it, and the refusal if it was one."""

    def __init__(self, row_id: int, refusal: Refused | None, *, is_new: bool) -> None:
        self.id = row_id
        self.refusal = refusal
        self.is_new = is_new


def _once(
    session: Session,
    model: type[Order],
    key: str,
    values: dict[str, object],
    fault: SandboxFault | None,
) -> _Kept:
    """Write the row of this key unless it is there; a concurrent call with the same key is waited for."""
    digest = hashlib.sha256(canonical_bytes(values)).digest()
    refusal = None
    if fault is not None and fault.kind == "refuse":
        refusal = Refused(fault.code, "The sandbox was told to refuse this.")
    statement = (
        insert(model)
        .values(
            idempotency_key=key,
            request_hash=digest,
            refusal_code=refusal.code if refusal else None,
            refusal_message=refusal.message if refusal else None,
            **values,
        )
        .on_conflict_do_nothing(index_elements=["idempotency_key"])
        .returning(model.id)
    )
    made = session.execute(statement).scalar_one_or_none()
    row = session.scalars(select(model).where(model.idempotency_key == key)).one()
    if row.request_hash != digest:
        raise ValueError(f"the key {key} was used before with other parameters")
    return _Kept(row.id, _refusal(row.refusal_code, row.refusal_message), is_new=made is not None)


def _refusal(code: str | None, message: str | None) -> Refused | None:
    return None if code is None else Refused(code, message or "")

"""Refunds: a client takes unspent money back to where it came from; the rail is called outside any transaction.

The money moves to 2030 with the order, so that nothing else can spend it, and leaves the books when a line of the
rail's balance shows it. A key is sent again only while the rail still knows it; after that the rail is asked.
"""

import uuid
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import market_now, real_now
from marketplace.invoicing.issuing import issue_credit_note
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import SCALE_EXTRA, Money
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import rail_available
from marketplace.ledger.recipes.funding import j12_refund_ordered, j12_refund_refused, j12_refunded
from marketplace.logs import get_logger
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.errors import CHARGEBACK_OWED, RAIL_SILENT, REFUND_AMOUNT
from marketplace.rails.events import REFUND_ORDERED, REFUND_REFUSED, REFUND_SETTLED
from marketplace.rails.freezing import current_freeze
from marketplace.rails.models import Deposit, Refund
from marketplace.rails.port import (
    REPLAY_UNTIL,
    Accepted,
    Rail,
    Rails,
    RefundInstruction,
    RefundOutcome,
    Refused,
    Transactions,
)
from marketplace.rails.refund_absence import note_not_found
from marketplace.rails.states import REFUND

_SENDER: Final = system_actor("send_refunds")
_LOG = get_logger(__name__)


def order_refund(session: Session, actor: Actor, deposit_id: uuid.UUID, amount: Money) -> Refund:
    """Order unspent money of a deposit of the actor's organization back: 2010 to 2030; nothing is called yet.

    Needs deposit.make. Raises not_found, refund_amount, chargeback_owed, balance_insufficient for what is tied to
    jobs.
    """
    actor.require("deposit.make")
    deposit = session.get(Deposit, deposit_id, with_for_update=True, populate_existing=True)
    if deposit is None or deposit.organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no deposit with this id.", noun="deposit")
    left = refundable(session, deposit)
    if deposit.state != "available" or amount.currency != deposit.currency:
        raise _refused_amount(f"This deposit is {deposit.state}, in {deposit.currency}; {amount} cannot be given back.")
    if amount.amount <= 0 or amount.amount % 10**SCALE_EXTRA or amount.amount > left.amount:
        raise _refused_amount(f"{amount} cannot be given back: of this deposit {left} can, in whole minor units.")
    if _owes(session, deposit):
        raise CHARGEBACK_OWED.error(f"Payments in {deposit.currency} were charged back and are owed.")
    refund = _new(deposit, amount)
    session.add(refund)
    session.flush()
    _post(session, actor, refund, "ordered", j12_refund_ordered(refund.organization_id, amount))
    _record(session, actor, refund, REFUND_ORDERED)
    return refund


def refundable(session: Session, deposit: Deposit) -> Money:
    """What of a deposit may still go back, if it is unspent: less what went back or was charged back before.

    Who orders holds the deposit's lock: two refunds at once may not give back more than was paid in.
    """
    before = session.scalar(
        select(func.coalesce(func.sum(Refund.amount), 0)).where(
            Refund.deposit_id == deposit.id, Refund.state != "refused"
        )
    )
    taken = session.scalar(
        select(func.coalesce(func.sum(Chargeback.amount - Chargeback.returned_amount), 0)).where(
            Chargeback.deposit_id == deposit.id
        )
    )
    return max(
        deposit.money - Money(int(before or 0) + int(taken or 0), deposit.currency), Money.zero(deposit.currency)
    )


def send_refund(transactions: Transactions, rails: Rails, refund_id: uuid.UUID) -> None:
    """Have the rail give the money back; any number of calls have one effect. Silence leaves it for the sweep.

    While payouts are frozen it waits: after a restore it may have been sent already.
    """
    with transactions() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)
        rail = rails.get(refund.rail)
        charge = session.get_one(Deposit, refund.deposit_id).reference
        if rail is None or charge is None or refund.state != "pending" or refund.reference is not None:
            return
        if current_freeze(session) is not None:
            return
        now = real_now(session)
        refund.first_asked_at = refund.first_asked_at or now
        young = now - refund.first_asked_at < REPLAY_UNTIL
        instruction = RefundInstruction(refund.id, charge, refund.money, refund.attempt)
    outcome = rail.refund(instruction) if young else _look(rail, instruction)
    with transactions() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)
        if refund.state == "pending" and refund.reference is None and refund.attempt == instruction.attempt:
            _apply(session, refund, outcome)


def send_pending(transactions: Transactions, rails: Rails, limit: int = 100) -> int:
    """Sweep: send refunds that have no answer yet; returns how many were asked for."""
    with transactions() as session:
        ids = session.scalars(
            select(Refund.id)
            .where(Refund.state == "pending", Refund.reference.is_(None), Refund.rail.in_(list(rails)))
            .order_by(Refund.created_at)
            .limit(limit)
        ).all()
    for refund_id in ids:
        try:
            send_refund(transactions, rails, refund_id)
        except Exception as problem:  # noqa: BLE001 - one that breaks must not keep the others waiting
            _LOG.error("refund_broke", refund=public("refund", refund_id), problem=repr(problem))
    return len(ids)


def adopt_sent(transactions: Transactions, rail: Rail) -> int:
    """Look at the rail for every refund that we believe was not sent, and adopt what it knows; returns how many.

    For the reading back after a restore. Raises rail_silent.
    """
    with transactions() as session:
        waiting = session.execute(
            select(Refund.id, Deposit.reference)
            .join(Deposit, Deposit.id == Refund.deposit_id)
            .where(Refund.state == "pending", Refund.reference.is_(None), Refund.rail == rail.name)
            .where(Deposit.reference.is_not(None))
            .order_by(Refund.id)
        ).all()
    adopted = 0
    for refund_id, charge in waiting:
        assert charge is not None
        with transactions() as session:
            waits = session.get_one(Refund, refund_id)
            instruction = RefundInstruction(refund_id, charge, waits.money, waits.attempt)
        try:
            reference = rail.find_refund(instruction)
        except Exception as problem:
            text = f"The rail {rail.name} does not say what it refunded ({type(problem).__name__})."
            raise RAIL_SILENT.error(text) from problem
        with transactions() as session:
            refund = session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)
            if reference is not None and refund.reference is None:
                refund.reference = reference
                adopted += 1
    return adopted


def waiting_refund(session: Session, deposit_id: uuid.UUID, rail: str, amount: Money) -> Refund | None:
    """The refund, locked, that the client ordered of a deposit and that waits for a line of so much; None if none does.

    The deposit is locked first, as whoever orders one does.
    """
    session.get(Deposit, deposit_id, with_for_update=True, populate_existing=True)
    wanted = select(Refund).where(Refund.deposit_id == deposit_id, Refund.rail == rail, Refund.state == "pending")
    wanted = wanted.where(Refund.amount == amount.amount, Refund.currency == amount.currency)
    # All of them: the first may be settled while this waits for it.
    oldest_first = wanted.order_by(Refund.created_at, Refund.id).with_for_update()
    return session.scalars(oldest_first.execution_options(populate_existing=True)).first()


def note_refunded(session: Session, deposit_id: uuid.UUID, amount: Money, reference: str) -> Refund:
    """Keep a refund that somebody made at the rail by hand, settled; the caller books it.

    Raises not_found, refund_amount for more than is left of the deposit.
    """
    deposit = session.get(Deposit, deposit_id, with_for_update=True, populate_existing=True)
    if deposit is None:
        raise NOT_FOUND.error("There is no deposit with this id.", noun="deposit")
    left = refundable(session, deposit)
    if deposit.state != "available" or amount.currency != deposit.currency or amount > left:
        raise _refused_amount(f"Of this deposit, which is {deposit.state}, {left} can have gone back, not {amount}.")
    refund = _new(deposit, amount)
    refund.state, refund.reference, refund.settled_at = "settled", reference, market_now(session)
    session.add(refund)
    session.flush()
    return refund


def _new(deposit: Deposit, amount: Money) -> Refund:
    return Refund(
        id=new_id(),
        organization_id=deposit.organization_id,
        deposit_id=deposit.id,
        rail=deposit.rail,
        amount=amount.amount,
        currency=amount.currency,
        state=REFUND.initial,
    )


def settle_refund(session: Session, actor: Actor, refund: Refund, source: AccountRef | None = None) -> uuid.UUID:
    """The rail's balance shows a locked refund: it is settled; returns the journal.

    `source` is where the money stands that the line took, unless it is what we have at the rail.
    """
    REFUND.check(refund.state, "settled")
    refund.state, refund.settled_at = "settled", market_now(session)
    session.flush()
    place = source or rail_available(refund.rail, refund.currency)
    journal_id = _post(session, actor, refund, "settled", j12_refunded(refund.organization_id, place, refund.money))
    credit_refund(session, actor, refund, journal_id)
    _record(session, actor, refund, REFUND_SETTLED, reference=refund.reference or "")
    return journal_id


def credit_refund(session: Session, actor: Actor, refund: Refund, journal_id: uuid.UUID) -> None:
    """Issue the credit note of a refund that is settled, in the transaction that booked it."""
    subject = ("refund", refund.id)
    issue_credit_note(session, actor, refund.organization_id, refund.money, journal_id, subject, refund.deposit_id)


def refuse_accepted(session: Session, actor: Actor, rail: str, reference: str, refusal: Refused) -> bool:
    """A rail says that it will not make a refund that it had taken: the client has the money again.

    False, and nothing changed, where no refund waits under that reference of the rail.
    """
    wanted = select(Refund).where(Refund.rail == rail, Refund.reference == reference).with_for_update()
    refund = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if refund is None or refund.state != "pending":
        return False
    _refuse(session, actor, refund, refusal)
    return True


def _refuse(session: Session, actor: Actor, refund: Refund, refusal: Refused) -> None:
    REFUND.check(refund.state, "refused")
    refund.state, refund.reason = "refused", f"{refusal.code}: {refusal.message}"
    session.flush()
    _post(session, actor, refund, "refused", j12_refund_refused(refund.organization_id, refund.money))
    _record(session, actor, refund, REFUND_REFUSED, reason=refund.reason)


def _look(rail: Rail, instruction: RefundInstruction) -> RefundOutcome | None:
    """Too old to be sent again: only what the rail knows of counts."""
    reference = rail.find_refund(instruction)
    return None if reference is None else Accepted(reference)


def _apply(session: Session, refund: Refund, outcome: RefundOutcome | None) -> None:
    if isinstance(outcome, Accepted):
        refund.reference = outcome.reference
    elif isinstance(outcome, Refused):
        _refuse(session, _SENDER, refund, outcome)
    elif outcome is None:
        note_not_found(session, refund)


def _owes(session: Session, deposit: Deposit) -> bool:
    """Whether the client owes for a chargeback more than is kept for it."""
    gone = Chargeback.collected_amount + Chargeback.written_off_amount + Chargeback.returned_amount
    owing = select(Chargeback.id).where(
        Chargeback.organization_id == deposit.organization_id,
        Chargeback.currency == deposit.currency,
        gone + Chargeback.frozen_amount < Chargeback.amount,
    )
    return session.scalar(owing.limit(1)) is not None


def _refused_amount(message: str) -> Exception:
    return REFUND_AMOUNT.error(message, errors=[FieldError("/amount/amount", "refund_amount", message)])


def _post(session: Session, actor: Actor, refund: Refund, step: str, pairs: list[Pair]) -> uuid.UUID:
    key = f"J12:{public('refund', refund.id)}:{step}"
    return post(session, actor, kind="J12", key=key, pairs=pairs, subject=("refund", refund.id)).journal_id


def _record(session: Session, actor: Actor, refund: Refund, kind: EventKind, **more: str) -> None:
    record(
        session,
        kind,
        actor,
        subject=("refund", refund.id),
        organizations=[refund.organization_id],
        body={
            "deposit": public("deposit", refund.deposit_id),
            "rail": refund.rail,
            "amount": refund.money.to_wire(),
            **more,
        },
    )

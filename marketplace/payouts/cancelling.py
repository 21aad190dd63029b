"""Giving payouts up: their installments are due again, or held with a reason."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import held
from marketplace.payouts.accounts import payable
from marketplace.payouts.events import PAYOUT_CANCELLED
from marketplace.payouts.history import move
from marketplace.payouts.models import Payout
from marketplace.settlement import holding
from marketplace.settlement.models import Installment


def cancel_payouts(session: Session, actor: Actor, payouts: Sequence[Payout], hold_reason: str | None = None) -> None:
    """Turn locked payouts in draft, approved or refused to cancelled; raises state_conflict for any other.

    Nothing of them is in flight then: the money stands in 2130 or 2140 of the payee, where the installments find it
    again. With `hold_reason` they are held and the sum of them moves on to 2150.
    """
    for payout in payouts:
        move(session, payout, "cancelled", "cancelled", person_id=actor.person_id, body={"held": hold_reason})
        payout.lease_id = payout.lease_until = None
    if hold_reason is None:
        holding.take_out_of_payouts(session, [payout.id for payout in payouts])
    for payout in payouts:
        if hold_reason is not None:
            _hold(session, actor, payout, hold_reason)
        body = {
            "run": public("payout_run", payout.run_id),
            "amount": payout.money.to_wire(),
            "attempt": payout.attempt,
            "held": hold_reason,
        }
        record(
            session,
            PAYOUT_CANCELLED,
            actor,
            subject=("payout", payout.id),
            body=body,
            **holding.audience(payout.payee_kind, payout.payee_id),
        )
    session.flush()


def _hold(session: Session, actor: Actor, payout: Payout, reason: str) -> None:
    rows = holding.lock_installments(session, Installment.payout_id == payout.id)
    if not rows:
        return  # of rests alone, which stay where they are
    owed = Money(sum(row.amount for row in rows), payout.currency)
    posted = post(
        session,
        actor,
        kind="J7",
        key=f"J7:{public('payout', payout.id)}:held",
        pairs=[Pair(payable(payout), held(payout.payee_id, reason, payout.currency), owed)],
        subject=("payout", payout.id),
    )
    holding.hold(session, actor, rows, source="in_payout", reason=reason, journal_id=posted.journal_id)

"""Payouts that come back after they were paid: the rail's balance shows the money again."""

import uuid

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import hold, post
from marketplace.ledger.recipes.accounts import held
from marketplace.ledger.recipes.changing import j8_change_returned
from marketplace.ledger.recipes.paying import j8_fee_given_back, j8_returned
from marketplace.payouts.accounts import payable
from marketplace.payouts.events import PAYOUT_CAME_BACK
from marketplace.payouts.history import move
from marketplace.payouts.models import Payout
from marketplace.payouts.outcomes import payout_fields
from marketplace.payouts.preparing import carried_over, key_of
from marketplace.payouts.withholding import withheld_by
from marketplace.settlement import holding
from marketplace.settlement.models import Installment
from marketplace.settlement.states import PAYOUT_RETURNED


def book_return(session: Session, actor: Actor, payout: Payout, back: Money) -> uuid.UUID:
    """The whole of a locked, settled payout came back, as so much: J8; returns the journal.

    Its installments are held for the payee until they set another payout method, and are then paid by another payout.
    Where the payout was changed, they are owed again what they were in their own currency, whatever came back.
    The fee of what was taken early goes back with it; the payout that pays before that day takes it again.
    Raises state_conflict for a payout that is not settled.
    """
    move(session, payout, "returned", "returned", body={"reference": payout.rail_reference})
    rows = holding.lock_installments(session, Installment.payout_id == payout.id)
    source, aside = payable(payout), held(payout.payee_id, PAYOUT_RETURNED, payout.currency)
    hold(session, [source, aside])
    owed = _owed_again(session, payout, sum(row.amount for row in rows))
    taxes, owed = withheld_by(session, payout), owed - payout.fee
    if payout.changed:
        pairs = j8_change_returned(payout.rail, source, aside, given=payout.given, back=back, owed=owed, taxes=taxes)
    else:
        pairs = j8_returned(payout.rail, source, aside, payout.paid, owed, taxes)
    posted = post(
        session,
        actor,
        kind="J8",
        key=f"J8:{public('payout', payout.id)}",
        pairs=[*pairs, *j8_fee_given_back(aside, payout.fee)],
        subject=("payout", payout.id),
    )
    holding.hold(session, actor, rows, source="paid", reason=PAYOUT_RETURNED, journal_id=posted.journal_id)
    record(
        session,
        PAYOUT_CAME_BACK,
        actor,
        subject=("payout", payout.id),
        body={
            **payout_fields(payout),
            "reference": payout.rail_reference,
            "journal": public("journal", posted.journal_id),
        },
        **holding.audience(payout.payee_kind, payout.payee_id),
    )
    return posted.journal_id


def _owed_again(session: Session, payout: Payout, lines: int) -> Money:
    """What the installments of a returned payout, `lines` together, are owed: all of it, or less by a rest that went.

    What the payout left over may have been paid by a later one, or be carried in by one that is under way.
    """
    left_over = payout.carried_out - payout.carried_in
    taken_along = carried_over(session, [payout.payee_id]).get(key_of(payout), 0)
    return Money(min(lines, payout.amount + payout.advance_fee + max(0, taken_along + left_over)), payout.currency)

"""Taking back that a payout arrived: the line that was taken for its line turned out to be of something else."""

import uuid

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.personal import ERASED
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.ledger.posting import mirror_of, post
from marketplace.payouts.events import PAYOUT_UNCONFIRMED
from marketplace.payouts.history import move
from marketplace.payouts.models import DESTINATION, Payout
from marketplace.payouts.outcomes import payout_fields
from marketplace.settlement import holding
from marketplace.settlement.models import Installment


def unconfirm(session: Session, actor: Actor, payout: Payout, journal_id: uuid.UUID) -> None:
    """Undo the J6 of a locked payout by its mirror: settled or reconciled -> sent, its installments being paid again.

    A later line, or two people, may confirm it anew. Raises state_conflict for a payout that came back since, and for
    one of a payee who was erased.
    """
    if DESTINATION.get(session, payout) == ERASED:
        # Nobody can be paid again there, and nobody would ask for it.
        raise STATE_CONFLICT.error("Its payee was erased once all was paid: it stays so.", current=payout.state)
    name = public("payout", payout.id)
    move(
        session,
        payout,
        "sent",
        "unconfirmed",
        person_id=actor.person_id,
        body={"journal": public("journal", journal_id)},
    )
    rows = holding.lock_installments(session, Installment.payout_id == payout.id)
    pairs, _ = mirror_of(session, journal_id)
    posted = post(
        session,
        actor,
        kind="J6",
        key=f"J6:{name}:{payout.attempt}:{payout.tries}:undone",
        pairs=pairs,
        subject=("payout", payout.id),
        reverses=journal_id,
    )
    # The journals of a try have its number: what confirms the payout next is another.
    payout.settled_at, payout.tries = None, payout.tries + 1
    holding.take_back_paid(session, rows)
    record(
        session,
        PAYOUT_UNCONFIRMED,
        actor,
        subject=("payout", payout.id),
        body={
            **payout_fields(payout),
            "reference": payout.rail_reference,
            "journal": public("journal", posted.journal_id),
        },
        **holding.audience(payout.payee_kind, payout.payee_id),
    )

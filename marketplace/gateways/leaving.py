"""The accounts of a person at the bank rail and at the sandbox, once nothing is owed to them any more."""

import uuid
from collections.abc import Sequence

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from marketplace.db.personal import ERASED
from marketplace.gateways.bank_models import CONTENT, BankDetail, BankInstruction, BankLine
from marketplace.gateways.models import SandboxTransfer
from marketplace.identity.departures import paid_off
from marketplace.kernel.ids import public
from marketplace.payouts.models import Payout


@paid_off("bank_detail")
def _details(session: Session, person_id: uuid.UUID) -> int:
    """The account of each order to the bank, and what the bank said of it; files to the bank stay as they were sent."""
    of_the_person = BankInstruction.transfer_group.in_(_transfers(session, person_id))
    lines = BankLine.reference.in_(select(BankInstruction.reference).where(of_the_person))
    ordered = select(BankInstruction.destination_id).where(of_the_person)
    found = select(BankDetail).where(
        or_(
            BankDetail.id.in_(ordered),
            BankDetail.id.in_(select(BankLine.said_id).where(lines)),
            BankDetail.id.in_(select(BankLine.other_id).where(lines)),
        )
    )
    details = session.scalars(found.order_by(BankDetail.id).with_for_update(key_share=True)).all()
    for detail in details:
        CONTENT.put(session, detail, ERASED)
    session.flush()
    return len(details)


@paid_off("sandbox_transfer")
def _transfers_at_the_sandbox(session: Session, person_id: uuid.UUID) -> int:
    changed = session.execute(
        update(SandboxTransfer)
        .where(SandboxTransfer.transfer_group.in_(_transfers(session, person_id)))
        .values(destination=ERASED),
        execution_options={"synchronize_session": False},
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


def _transfers(session: Session, person_id: uuid.UUID) -> Sequence[str]:
    """The names by which rails know the person's payouts."""
    paid = select(Payout.id).where(Payout.payee_kind == "worker", Payout.payee_id == person_id)
    return [public("payout", payout_id) for payout_id in session.scalars(paid)]

"""What a person who leaves is owed by installments, and what they proposed as staff."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity.departures import open_act, owed
from marketplace.kernel.texts import say
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.mirror_models import AcceptanceMirror
from marketplace.settlement.models import Installment
from marketplace.settlement.own_money_models import OwnMoneyMove
from marketplace.settlement.states import FINISHED


@owed("installments")
def _installments(session: Session, person_id: uuid.UUID) -> bool:
    unpaid = select(Installment.id).where(
        Installment.payee_kind == "worker", Installment.payee_id == person_id, Installment.state.not_in(FINISHED)
    )
    return session.scalar(unpaid.limit(1)) is not None


@owed("what a layer could not pay yet")
def _extras(session: Session, person_id: uuid.UUID) -> bool:
    unpaid = select(Extra.id).where(Extra.worker_id == person_id, Extra.unpaid_amount > 0)
    return session.scalar(unpaid.limit(1)) is not None


@open_act(say("an acceptance to be mirrored"))
def _mirrors(session: Session, person_id: uuid.UUID) -> bool:
    proposed = select(AcceptanceMirror.id).where(
        AcceptanceMirror.proposed_by_person_id == person_id, AcceptanceMirror.state == "proposed"
    )
    return session.scalar(proposed.limit(1)) is not None


@open_act(say("a move of the platform's own money"))
def _own_money(session: Session, person_id: uuid.UUID) -> bool:
    proposed = select(OwnMoneyMove.id).where(OwnMoneyMove.proposed_by == person_id, OwnMoneyMove.state == "proposed")
    return session.scalar(proposed.limit(1)) is not None

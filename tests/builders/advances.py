"""Workers with accrued pay, and what they take of it before its day."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.settlement import advancing
from marketplace.settlement.models import Installment
from tests.builders.settlement import Chain, accept, hand_in, make_chain

FEE_PPM = 10_000
"""One per cent."""


def make_accrued_chain(session: Session, **overrides: object) -> Chain:
    """A chain of which one worker's claim was accepted and nothing is due yet: 5 x 0.35 in two halves of 0.875."""
    chain = make_chain(session, **{"items": 20, "items_per_task": 5, **overrides})  # type: ignore[arg-type]
    handed = hand_in(session, chain)
    chain.workers.append(handed.worker)
    accept(session, chain, handed)
    return chain


def earn_more(session: Session, chain: Chain) -> None:
    """The chain's worker hands in another claim, and it is accepted."""
    accept(session, chain, hand_in(session, chain, chain.workers[0]))


def parts_of(session: Session, worker: Actor) -> list[Installment]:
    """The worker's installments, by date and age, as they are now."""
    mine = select(Installment).where(Installment.payee_kind == "worker", Installment.payee_id == worker.person)
    ordered = mine.order_by(Installment.due_on, Installment.id)
    return list(session.scalars(ordered.execution_options(populate_existing=True)))


def take(session: Session, worker: Actor, row: Installment, fee_ppm: int = FEE_PPM) -> Money:
    """Accept the offer for it as it is now; returns the fee."""
    offered = advancing.offer(session, worker, row.id, fee_ppm)
    advancing.take_advance(session, worker, row.id, fee=offered.fee, fee_ppm=fee_ppm)
    return offered.fee

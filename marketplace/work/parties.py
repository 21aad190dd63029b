"""Who is a party to what is said of an answer (rule 14), and which side comes next above a rejecting one."""

import uuid
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.contracts.models import Contract
from marketplace.identity.models import Membership
from marketplace.jobs.models import Job
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.work.dispute_models import Dispute
from marketplace.work.errors import REVIEW_OWN_ANSWER
from marketplace.work.models import Answer, Batch, Claim, Review
from marketplace.work.review_models import AnswerHold


def side_above(session: Session, contract_id: uuid.UUID, side: uuid.UUID) -> uuid.UUID | None:
    """The nearest organization above `side` on the way from a contract up to the client; None if there is no other.

    Then the platform's people decide.
    """
    contract: Contract | None = session.get_one(Contract, contract_id)
    assert contract is not None
    way = [contract.seller_organization_id]
    while contract is not None:
        way.append(contract.buyer_organization_id)
        contract = None if contract.parent_id is None else session.get_one(Contract, contract.parent_id)
    above = way[len(way) - way[::-1].index(side) :] if side in way else []
    return above[0] if above else None


def decided_by(actor: Actor, side: InstrumentedAttribute[uuid.UUID | None]) -> ColumnElement[bool]:
    """Whether what is for that side to decide is for the actor's; the platform's where there is none, or as caretaker.

    `side_above` says which side it is.
    """
    if EVERYTHING in actor.permissions:
        return true()
    if actor.organization_id is None:
        return false()
    ours = side == actor.organization_id
    return or_(side.is_(None), ours) if actor.organization_kind == "platform" else ours


def decides(actor: Actor, side: uuid.UUID | None) -> bool:
    """`decided_by` of one side at hand."""
    if side is None:
        return actor.organization_kind == "platform" or EVERYTHING in actor.permissions
    return side == actor.organization_id or EVERYTHING in actor.permissions


def is_member(session: Session, person_id: uuid.UUID | None, organizations: Collection[uuid.UUID]) -> bool:
    """Whether the person has a role in any of the organizations, whichever one they act for now."""
    if person_id is None or not organizations:
        return False
    wanted = exists().where(Membership.person_id == person_id, Membership.organization_id.in_(organizations))
    return bool(session.scalar(select(wanted)))


def rejection_of(session: Session, answer_id: uuid.UUID) -> Review | None:
    """The verdict that is contested: the newest that rejected the answer or sent it back."""
    return rejections_of(session, [answer_id]).get(answer_id)


def rejections_of(session: Session, answer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Review]:
    """`rejection_of` for many answers, by answer id."""
    wanted = select(Review).where(Review.answer_id.in_(answer_ids), Review.verdict.in_(["reject", "redo"]))
    newest_last = wanted.order_by(Review.created_at, Review.id)
    return {review.answer_id: review for review in session.scalars(newest_last)}


SIDES_OF_LATE: Final = (
    select(Job.organization_id, Contract.seller_organization_id)
    .select_from(Answer)
    .join(Claim, Claim.id == Answer.claim_id)
    .join(Batch, Batch.id == Claim.batch_id)
    .join(Contract, Contract.id == Batch.contract_id)
    .join(Job, Job.id == Claim.job_id)
    .where(Claim.kept_at.is_not(None))
)
"""Of answers that came too late: the client, and who sold the task."""


def rejecting_sides(session: Session, answer_id: uuid.UUID) -> set[uuid.UUID]:
    """The organizations behind the verdict that is contested.

    Where it was held first, the side that gave it, and the other side that confirmed it; the platform, which confirms
    where there is no other side, is none: it decides the dispute too, by other people. Where nobody gave one, because
    the answers came too late, it is who pays for them: the client, and who sold the task.
    """
    rejection = rejection_of(session, answer_id)
    if rejection is None:
        return {side for row in session.execute(SIDES_OF_LATE.where(Answer.id == answer_id)) for side in row}
    held = session.scalars(
        select(AnswerHold).where(AnswerHold.answer_id == answer_id, AnswerHold.attempt == rejection.attempt)
    ).all()
    sides = {hold.held_by_organization_id for hold in held}
    if rejection.reviewer_organization_id is not None and all(hold.for_organization_id is not None for hold in held):
        sides.add(rejection.reviewer_organization_id)
    return sides


def refuse_party(session: Session, actor: Actor, claim: Claim, dispute: Dispute) -> None:
    """Raise review_own_answer for who may not decide a dispute, or the appeal against that (rule 14).

    The worker; who acts for, or is a member of, the rejecting side; who gave or held a verdict on the answer, wherever
    they are now; who answered for the rejecting side.
    """
    if EVERYTHING in actor.permissions and actor.person_id is None:
        return
    sides = rejecting_sides(session, dispute.answer_id)
    if (
        actor.person_id in {claim.worker_id, dispute.responded_by_person_id}
        or actor.organization_id in sides
        or is_member(session, actor.person_id, sides)
        or _judged(session, actor.person, dispute.answer_id)
    ):
        raise REVIEW_OWN_ANSWER.error("You are a party to this dispute.")


def _judged(session: Session, person_id: uuid.UUID, answer_id: uuid.UUID) -> bool:
    reviewed = exists().where(Review.answer_id == answer_id, Review.reviewer_person_id == person_id)
    held = exists().where(AnswerHold.answer_id == answer_id, AnswerHold.held_by_person_id == person_id)
    return bool(session.scalar(select(or_(reviewed, held))))

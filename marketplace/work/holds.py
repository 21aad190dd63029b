"""Rejections that are held: made when the breaker says so, decided by another side, accepted when that is silent."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, false, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.work.errors import HELD_FOR_ANOTHER, REVIEW_OWN_ANSWER
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.parties import decided_by, decides, is_member, side_above
from marketplace.work.review_events import HELD_FOR
from marketplace.work.review_models import AnswerHold
from marketplace.work.verdicts import Verdict


def hold(
    session: Session,
    actor: Actor,
    batch: Batch,
    rejections: Sequence[tuple[Answer, Verdict]],
    now: dt.datetime,
) -> None:
    """Keep rejections from taking effect, with what was said; the caller has checked that they give their reasons."""
    decider = side_above(session, batch.contract_id, actor.organization)
    for answer, verdict in rejections:
        session.add(
            AnswerHold(
                answer_id=answer.id,
                attempt=answer.attempt,
                claim_id=answer.claim_id,
                job_id=answer.job_id,
                contract_id=batch.contract_id,
                category=verdict.category,
                comment=verdict.comment,
                rule=verdict.rule,
                held_by_person_id=actor.person_id,
                held_by_organization_id=actor.organization,
                for_organization_id=decider,
                held_at=now,
                deadline_at=now + HELD_FOR,
            )
        )


def decidable_by(actor: Actor) -> ColumnElement[bool]:
    """Over Claim: whether a rejection is held on it that the actor's side decides."""
    return exists().where(AnswerHold.claim_id == Claim.id, AnswerHold.ended_at.is_(None), for_side(actor))


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """Over Claim: whether a rejection on it is, or was, held for the actor's side."""
    return (
        false() if actor.organization_id is None else exists().where(AnswerHold.claim_id == Claim.id, for_side(actor))
    )


def for_side(actor: Actor) -> ColumnElement[bool]:
    """Over AnswerHold: whether the actor's side decides it."""
    return decided_by(actor, AnswerHold.for_organization_id)


def open_on(session: Session, claim_id: uuid.UUID) -> dict[uuid.UUID, AnswerHold]:
    """The holds on a claim that nobody has decided, by answer."""
    wanted = select(AnswerHold).where(AnswerHold.claim_id == claim_id, AnswerHold.ended_at.is_(None))
    return {row.answer_id: row for row in session.scalars(wanted.execution_options(populate_existing=True))}


def end(session: Session, actor: Actor, row: AnswerHold, now: dt.datetime) -> None:
    """Take a held rejection in hand to decide it; the caller holds the job's lock.

    Raises held_for_another unless the actor's side is the one that decides, and review_own_answer for members of the
    side that rejected (rule 14).
    """
    if EVERYTHING not in actor.permissions:
        if not decides(actor, row.for_organization_id):
            raise HELD_FOR_ANOTHER.error("This rejection is held until another side has decided on it.")
        if is_member(session, actor.person_id, [row.held_by_organization_id]):
            raise REVIEW_OWN_ANSWER.error("You are a member of the side that rejected this.")
    row.ended_at = now


def overdue(session: Session, limit: int = 100) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Held answers that nobody decided in time, as (claim id, answer id), the oldest first; nothing is locked."""
    late = (AnswerHold.ended_at.is_(None), AnswerHold.deadline_at <= market_now(session))
    wanted = select(AnswerHold.claim_id, AnswerHold.answer_id).where(*late).order_by(AnswerHold.deadline_at)
    return [(claim_id, answer_id) for claim_id, answer_id in session.execute(wanted.limit(limit))]

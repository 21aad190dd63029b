"""Acceptances that were a clerical mistake (J10a): proposed by operations, confirmed by another person, mirrored whole.

Fee and margins go back to the job's reserve. What the workers earned stays theirs on its days: the platform pays it to
the reserve from its own money. The answers are `accepted_in_error` from then on: nobody pays for them, so the client
reads none of them.
"""

import uuid
from collections import Counter

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.coverage import coverage
from marketplace.ledger.errors import COVERAGE_SHORT
from marketplace.ledger.posting import mirror_of, post
from marketplace.ledger.recipes.accounts import bank_operating
from marketplace.ledger.treasury import hold_own_money
from marketplace.settlement.errors import MIRROR_BY_ANOTHER, MIRROR_IMPOSSIBLE
from marketplace.settlement.holding import lock_installments
from marketplace.settlement.mirror_models import AcceptanceMirror
from marketplace.settlement.models import Earning, EarningShare, Installment
from marketplace.settlement.quality_events import ACCEPTANCE_MIRROR_DECIDED, ACCEPTANCE_MIRROR_PROPOSED
from marketplace.settlement.quality_models import QualityClaimAnswer
from marketplace.settlement.states import INSTALLMENT
from marketplace.settlement.vouching import vouched
from marketplace.work.accepting import ids_digest
from marketplace.work.models import Answer, Claim, Review
from marketplace.work.parties import is_member
from marketplace.work.states import ANSWER
from marketplace.work.texts import reason_of


def propose_mirror(session: Session, actor: Actor, answer_id: uuid.UUID, reason: str) -> AcceptanceMirror:
    """Propose to mirror the acceptance of an answer, with every answer that was accepted in the same journal.

    Raises forbidden, not_found, invalid, mirror_by_another, mirror_impossible, state_conflict where one is proposed.
    """
    actor.require("acceptance.mirror")
    found = session.execute(
        select(Earning.journal_id, Answer.job_id)
        .join(Answer, Answer.id == Earning.answer_id)
        .where(Earning.answer_id == answer_id)
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no accepted answer with this id.", noun="answer")
    reason = reason_of(reason, "/reason")
    lock_job(session, found.job_id)
    waiting = exists().where(AcceptanceMirror.journal_id == found.journal_id, AcceptanceMirror.state != "rejected")
    if session.scalar(select(waiting)):
        raise STATE_CONFLICT.error("This acceptance is mirrored, or proposed to be.", noun="acceptance_mirror")
    answers = _answers(session, found.journal_id)
    _refuse_party(session, actor, [answer.id for answer in answers])
    _require_possible(session, answers, _locked(session, found.journal_id))
    mirror = AcceptanceMirror(
        journal_id=found.journal_id,
        job_id=found.job_id,
        reason=reason,
        state="proposed",
        proposed_by_person_id=actor.person,
        proposed_at=market_now(session),
    )
    session.add(mirror)
    session.flush()
    record(
        session,
        ACCEPTANCE_MIRROR_PROPOSED,
        actor,
        subject=("acceptance_mirror", mirror.id),
        body={
            "job": public("job", mirror.job_id),
            "accepted_by": public("journal", mirror.journal_id),
            "answer_count": len(answers),
            "digest": ids_digest(sorted(answer.id for answer in answers)),
            "reason_commitment": said(reason),
        },
    )
    return mirror


def decide_mirror(session: Session, actor: Actor, mirror_id: uuid.UUID, *, confirm: bool) -> AcceptanceMirror:
    """Confirm what somebody else proposed, which mirrors the acceptance at once, or reject it.

    Raises forbidden, not_found, state_conflict, mirror_by_another, mirror_impossible, and coverage_short where the
    platform's own money does not reach for the workers' pay, or its fees were taken out already.
    """
    actor.require("acceptance.mirror")
    job_id = session.scalar(select(AcceptanceMirror.job_id).where(AcceptanceMirror.id == mirror_id))
    if job_id is None:
        raise NOT_FOUND.error("There is no mirror with this id.", noun="acceptance_mirror")
    job = lock_job(session, job_id)
    wanted = select(AcceptanceMirror).where(AcceptanceMirror.id == mirror_id).with_for_update(key_share=True)
    mirror = session.scalars(wanted.execution_options(populate_existing=True)).one()
    if mirror.state != "proposed":
        raise STATE_CONFLICT.error(f"This is {mirror.state}.", noun="acceptance_mirror", current=mirror.state)
    if actor.person == mirror.proposed_by_person_id:
        raise MIRROR_BY_ANOTHER.error("You proposed it.")
    answers = _answers(session, mirror.journal_id)
    _refuse_party(session, actor, [answer.id for answer in answers])
    told: set[uuid.UUID] = set()
    now, journal_id = market_now(session), None
    if confirm:
        journal_id, layers = _mirror(session, actor, mirror, answers)
        told = layers | {job.organization_id}
    mirror.state, mirror.mirror_journal_id = "confirmed" if confirm else "rejected", journal_id
    mirror.decided_by_person_id, mirror.decided_at = actor.person, now
    session.flush()
    workers = select(Claim.worker_id).where(Claim.id.in_({answer.claim_id for answer in answers}))
    record(
        session,
        ACCEPTANCE_MIRROR_DECIDED,
        actor,
        subject=("acceptance_mirror", mirror.id),
        organizations=told,
        people=set(session.scalars(workers)) if confirm else set(),
        body={
            "job": public("job", mirror.job_id),
            "accepted_by": public("journal", mirror.journal_id),
            "decision": mirror.state,
            "journal": None if mirror.mirror_journal_id is None else public("journal", mirror.mirror_journal_id),
        },
    )
    return mirror


def _mirror(
    session: Session, actor: Actor, mirror: AcceptanceMirror, answers: list[Answer]
) -> tuple[uuid.UUID, set[uuid.UUID]]:
    """The money and the answers; returns the journal, and the layers whose margin is taken back."""
    shares = _locked(session, mirror.journal_id)
    _require_possible(session, answers, shares)
    pairs, borne = mirror_of(session, mirror.journal_id)
    hold_own_money(session)
    own = balance(session, bank_operating(borne.currency))
    if own.amount < borne.amount:
        raise COVERAGE_SHORT.error(f"The operating account holds {own}: less than {borne}.")
    posted = post(
        session,
        actor,
        kind="J10a",
        key=f"J10a:{public('acceptance_mirror', mirror.id)}",
        pairs=pairs,
        subject=("acceptance_mirror", mirror.id),
        reverses=mirror.journal_id,
    )
    _require_covered(session, borne.currency)
    for row, amount in shares:
        if row.payee_kind == "layer":
            row.amount -= amount
            if row.amount == 0:
                INSTALLMENT.check(row.state, "cancelled")
                row.state = "cancelled"
    for answer in answers:
        ANSWER.check(answer.state, "accepted_in_error")
        answer.state = "accepted_in_error"
    return posted.journal_id, {row.payee_id for row, _ in shares if row.payee_kind == "layer"}


def _require_covered(session: Session, currency: str) -> None:
    found = coverage(session)[currency]
    if (found.cash + found.position).amount < found.owed.amount:
        raise COVERAGE_SHORT.error("Its fee was taken out of the wage account already; put as much back first.")


def _answers(session: Session, journal_id: uuid.UUID) -> list[Answer]:
    accepted = select(Earning.answer_id).where(Earning.journal_id == journal_id)
    wanted = select(Answer).where(Answer.id.in_(accepted)).order_by(Answer.id)
    return list(session.scalars(wanted.with_for_update(key_share=True).execution_options(populate_existing=True)))


def _locked(session: Session, journal_id: uuid.UUID) -> list[tuple[Installment, int]]:
    """Every installment that pays something of the journal, locked, and how much of the journal's it is."""
    sums: Counter[uuid.UUID] = Counter()
    for installment_id, amount in session.execute(
        select(EarningShare.installment_id, func.sum(EarningShare.amount))
        .join(Earning, Earning.id == EarningShare.earning_id)
        .where(Earning.journal_id == journal_id)
        .group_by(EarningShare.installment_id)
    ):
        sums[installment_id] = int(amount)
    return [(row, sums[row.id]) for row in lock_installments(session, Installment.id.in_(sums))]


def _require_possible(session: Session, answers: list[Answer], shares: list[tuple[Installment, int]]) -> None:
    today = market_now(session).date()
    if any(row.state != "scheduled" or row.due_on <= today for row, _ in shares):
        raise MIRROR_IMPOSSIBLE.error("Some of it is due, held, or was taken early.")
    if any(row.amount < amount for row, amount in shares):
        raise MIRROR_IMPOSSIBLE.error("Some of its margins were taken for a worker, or for its quality.")
    if any(answer.state != "accepted" for answer in answers):
        raise MIRROR_IMPOSSIBLE.error("Not every answer of it was simply accepted.")
    claimed = exists().where(
        QualityClaimAnswer.answer_id.in_([answer.id for answer in answers]), QualityClaimAnswer.stands
    )
    if session.scalar(select(claimed)):
        raise MIRROR_IMPOSSIBLE.error("The quality of some of it is claimed.")


def _refuse_party(session: Session, actor: Actor, answer_ids: list[uuid.UUID]) -> None:
    if EVERYTHING in actor.permissions and actor.person_id is None:
        return
    sides = {side for one in vouched(session, answer_ids) for side in one.sides}
    worked = exists().where(Answer.id.in_(answer_ids), Claim.id == Answer.claim_id, Claim.worker_id == actor.person_id)
    reviewed = exists().where(Review.answer_id.in_(answer_ids), Review.reviewer_person_id == actor.person_id)
    if is_member(session, actor.person_id, sides) or session.scalar(select(or_(worked, reviewed))):
        raise MIRROR_BY_ANOTHER.error("You or your organization had a part in this work.")


def refunded(session: Session, mirror: AcceptanceMirror) -> Money:
    """What a mirror gives back to the job's reserve: the price of its answers."""
    pairs, borne = mirror_of(session, mirror.journal_id)
    return sum((pair.amount for pair in pairs), Money.zero(borne.currency)) - borne

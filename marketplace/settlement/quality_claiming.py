"""Claiming quality (J10b): opened within the inspection window against the layer that vouched, and withdrawn.

Who vouched is said in `vouching`, how a claim ends in `quality_deciding`, what it brings back in `quality_collecting`;
the flow as a whole in docs/decisions/0023-quality-claims.md.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.contracts.chains import load
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.paydays import inspected_on
from marketplace.jobs.queries import guideline_of
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import PPM, Money
from marketplace.settlement.errors import INSPECTION_OVER, QUALITY_CLAIM_EXISTS, QUALITY_CLAIM_IMPOSSIBLE
from marketplace.settlement.quality_events import QUALITY_CLAIM_OPENED, QUALITY_CLAIM_WITHDRAWN
from marketplace.settlement.quality_models import QualityClaim, QualityClaimAnswer
from marketplace.settlement.quality_states import QUALITY_CLAIM
from marketplace.settlement.vouching import Vouched, vouched
from marketplace.work.accepting import ids_digest
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.texts import reason_of

ANSWER_WITHIN: Final = dt.timedelta(days=7)
"""How long the layer that vouched has to agree or to contest; after that the claim is upheld."""
ANSWERS_MAX: Final = 1_000
"""So many answers one claim may be about."""


def open_claim(
    session: Session,
    actor: Actor,
    answer_ids: Sequence[uuid.UUID],
    *,
    category: str,
    reason: str,
    asked: Money,
    rule: str | None = None,
) -> QualityClaim:
    """Claim the quality of accepted answers of one job, all vouched for by one layer, within the inspection window.

    Made by the client, which cites a rule of the guideline that the work had frozen, or by a layer above the one that
    vouched. `asked` is at most the job's share (`quality_share_ppm`) of what the claimant pays for these answers to the
    layers below it; upheld, it brings just that, whatever anybody earned. Raises forbidden, not_found, invalid,
    inspection_over, quality_claim_impossible, quality_claim_exists.
    """
    actor.require("quality_claim.open")
    claimant_id = actor.organization
    wanted = sorted(set(answer_ids))
    if not 1 <= len(wanted) <= ANSWERS_MAX:
        raise _invalid("/answer_ids", "out_of_range", f"Name 1 to {ANSWERS_MAX} answers.")
    found = vouched(session, wanted)
    if len(found) < len(wanted) or any(claimant_id not in one.sides for one in found):
        raise NOT_FOUND.error("There is no accepted answer of yours with this id.", noun="answer")
    if len({(one.job_id, one.contract_id, one.organization_id) for one in found}) > 1:
        raise _invalid("/answer_ids", "vouched_by_several", "Name answers of one job that one layer vouched for.")
    # Two who claim the same answers, or one who claims them while their acceptance is mirrored: one after the other.
    job = lock_job(session, found[0].job_id)
    found = vouched(session, wanted)
    _refuse_impossible(session, job, claimant_id, found)
    _refuse_late(session, job, found)
    _refuse_known(session, claimant_id, wanted)
    reason = reason_of(reason, "/reason")
    _check(session, job, actor, found, category, rule, asked)
    now = market_now(session)
    claim = QualityClaim(
        job_id=job.id,
        contract_id=found[0].contract_id,
        claimant_organization_id=claimant_id,
        against_organization_id=found[0].organization_id,
        category=category,
        rule=rule,
        reason=reason,
        asked_amount=asked.amount,
        currency=asked.currency,
        state=QUALITY_CLAIM.initial,
        opened_by_person_id=actor.person_id,
        opened_at=now,
        deadline_at=now + ANSWER_WITHIN,
    )
    session.add(claim)
    session.flush()
    session.add_all(QualityClaimAnswer(quality_claim_id=claim.id, answer_id=one.answer_id) for one in found)
    session.flush()
    _record_opened(session, actor, claim, wanted)
    return claim


def _record_opened(session: Session, actor: Actor, claim: QualityClaim, answer_ids: Sequence[uuid.UUID]) -> None:
    record(
        session,
        QUALITY_CLAIM_OPENED,
        actor,
        subject=("quality_claim", claim.id),
        organizations=parties(claim),
        body={
            "job": public("job", claim.job_id),
            "answer_count": len(answer_ids),
            "digest": ids_digest(answer_ids),
            "category": claim.category,
            "rule": claim.rule,
            "asked": claim.asked.to_wire(),
            "deadline_at": instant(claim.deadline_at),
            "reason_commitment": said(claim.reason),
        },
        at=claim.opened_at,
    )


def withdraw_claim(session: Session, actor: Actor, claim_id: uuid.UUID) -> QualityClaim:
    """Withdraw one's own claim before it is decided; others may claim the answers then, and oneself again.

    Raises forbidden, not_found, state_conflict.
    """
    actor.require("quality_claim.open")
    claim = locked_claim(session, claim_id)
    if actor.organization != claim.claimant_organization_id:
        raise NOT_FOUND.error("There is no quality claim with this id.", noun="quality_claim")
    end(session, claim, "withdrawn", actor)
    record(
        session,
        QUALITY_CLAIM_WITHDRAWN,
        actor,
        subject=("quality_claim", claim.id),
        organizations=parties(claim),
        body={"job": public("job", claim.job_id)},
    )
    return claim


def locked_claim(session: Session, claim_id: uuid.UUID) -> QualityClaim:
    """The claim, fresh, with its row locked, after its job; raises not_found."""
    job_id = session.scalar(select(QualityClaim.job_id).where(QualityClaim.id == claim_id))
    if job_id is None:
        raise NOT_FOUND.error("There is no quality claim with this id.", noun="quality_claim")
    # Two who end it at once: the second waits, and finds it ended.
    lock_job(session, job_id)
    locked = select(QualityClaim).where(QualityClaim.id == claim_id).with_for_update(key_share=True)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def end(session: Session, claim: QualityClaim, state: str, actor: Actor, *, decision: str | None = None) -> None:
    """Move a locked claim to its end; unless it is upheld its answers can be claimed again. Raises state_conflict."""
    QUALITY_CLAIM.check(claim.state, state)
    claim.state, claim.decided_at = state, market_now(session)
    claim.decided_by_person_id, claim.decision = actor.person_id, decision
    if state != "upheld":
        for row in session.scalars(select(QualityClaimAnswer).where(QualityClaimAnswer.quality_claim_id == claim.id)):
            row.stands = False
    session.flush()


def parties(claim: QualityClaim) -> set[uuid.UUID]:
    """The two organizations that a claim is between."""
    return {claim.claimant_organization_id, claim.against_organization_id}


def _refuse_impossible(session: Session, job: Job, claimant_id: uuid.UUID, found: Sequence[Vouched]) -> None:
    one = found[0]
    if any(answer.state != "accepted" for answer in found):
        raise QUALITY_CLAIM_IMPOSSIBLE.error("Only what was accepted, and not on appeal, can be claimed.")
    if any(answer.accepted_by == claimant_id for answer in found):
        raise QUALITY_CLAIM_IMPOSSIBLE.error("Your own reviewers accepted it.")
    kind = session.get_one(Organization, one.organization_id).kind
    if one.vouching == 0 or kind != "subcontractor" or one.organization_id == job.organization_id:
        raise QUALITY_CLAIM_IMPOSSIBLE.error("No layer vouched for it: the client's own tasks, or taken over.")
    if not job.quality_share_ppm:
        raise QUALITY_CLAIM_IMPOSSIBLE.error("By the job's terms a claim brings nothing.")
    if claimant_id not in one.sides[: one.vouching]:
        raise QUALITY_CLAIM_IMPOSSIBLE.error("Only the client, or a layer above the one that vouched, can claim it.")


def _refuse_late(session: Session, job: Job, found: Sequence[Vouched]) -> None:
    today = market_now(session).date()
    over = min(inspected_on(job, one.accepted_on) for one in found)
    if today >= over:
        raise INSPECTION_OVER.error(
            f"It could be claimed for {job.inspection_days} days, until {over}.", inspection_days=job.inspection_days
        )


def _refuse_known(session: Session, claimant_id: uuid.UUID, answer_ids: Sequence[uuid.UUID]) -> None:
    """One claim at a time is about an answer, none after one that was upheld, and no second one of whoever lost."""
    known = session.execute(
        select(QualityClaimAnswer.stands, QualityClaim.state, QualityClaim.claimant_organization_id)
        .join(QualityClaim, QualityClaim.id == QualityClaimAnswer.quality_claim_id)
        .where(QualityClaimAnswer.answer_id.in_(answer_ids))
    )
    for stands, state, by in known:
        if stands or (state == "dismissed" and by == claimant_id):
            raise QUALITY_CLAIM_EXISTS.error("A claim about one of these answers stands, or was dismissed before.")


def _check(
    session: Session,
    job: Job,
    actor: Actor,
    found: Sequence[Vouched],
    category: str,
    rule: str | None,
    asked: Money,
) -> None:
    if category not in REVIEW_CATEGORIES:
        raise _invalid("/category", "category_unknown", f"A category is one of {', '.join(REVIEW_CATEGORIES)}.")
    if rule is not None or actor.organization == job.organization_id:
        versions = {one.guideline_version for one in found}
        for version in sorted(versions):
            guideline = guideline_of(session, job.id, version)
            if guideline is None or rule not in {known["id"] for known in guideline.rules}:
                message = f"Cite a rule of guideline version {version}, which the work froze."
                raise _invalid("/rule", "rule_unknown", message)
    if asked.currency != job.currency:
        raise _invalid("/amount/currency", "currency_differs", f"The job is in {job.currency}.")
    if asked.amount <= 0:
        raise _invalid("/amount/amount", "not_positive", "Claim more than nothing.")
    paid = _paid_below(session, actor.organization, found)
    most = Money(paid.amount * job.quality_share_ppm // PPM, paid.currency)
    if asked > most:
        share = f"{job.quality_share_ppm} millionths"
        message = f"Claim at most {most}: {share} of the {paid} that you pay for these answers, by the job's terms."
        raise _invalid("/amount/amount", "above_share", message)


def _paid_below(session: Session, organization_id: uuid.UUID, found: Sequence[Vouched]) -> Money:
    """What an organization pays for these answers to the layers below it: what it knows itself, by its own prices."""
    chains = load(session, {one.price_chain_id for one in found})
    prices = []
    for one in found:
        chain = chains[one.price_chain_id]
        layer = one.sides.index(organization_id)
        prices.append(chain.client_price - chain.fee if layer == 0 else chain.lines[layer - 1].sells)
    return sum(prices[1:], prices[0])


def _invalid(pointer: str, code: str, message: str) -> Exception:
    return INVALID.error(message, errors=[FieldError(pointer, code, message)])

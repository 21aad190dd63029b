"""Making a job and changing it before it is published."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.jobs.consensus import ConsensusPolicy
from marketplace.jobs.drafts import GuidelineDraft, JobDraft, RateDraft, draft_errors
from marketplace.jobs.events import JOB_CHANGED, JOB_CREATED
from marketplace.jobs.guidelines import write_version
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job, JobRate, JobReserve
from marketplace.jobs.paydays import calendar_errors
from marketplace.jobs.practice import practice_of
from marketplace.jobs.queries import own_job, rates_of
from marketplace.jobs.review_policy import ReviewPolicy
from marketplace.jobs.screening import Screening, skill_errors
from marketplace.jobs.states import EDITABLE, JOB
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import INVALID, STALE, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public

FEE_PPM_DEFAULT: Final = 50_000

FROZEN_FIELDS: Final = frozenset({"kind", "currency", "guideline"})
"""Not among the changes: kind and currency make another job, guidelines have versions of their own."""

WORDING_FIELDS: Final = frozenset({"title", "instructions", "media_retention_days", "claims_held_max"})
"""What may still be changed after publication; the days of retention can only be lengthened then."""

_PLAIN_FIELDS: Final = (
    "title", "kind", "instructions", "label_schema", "currency", "redundancy", "layers_max", "worker_share_min_ppm",
    "deferral_months_max", "price_visibility", "acceptance_by", "auto_accept_seconds", "redo_max", "lease_seconds",
    "severity", "media_retention_days", "claims_held_max", "inspection_days",
    "quality_share_ppm", "late_answers_max",
)  # fmt: skip


def create_job(session: Session, actor: Actor, draft: JobDraft, *, fee_ppm: int = FEE_PPM_DEFAULT) -> Job:
    """Make a draft job of the actor's organization, with its rate card and an empty reserve.

    `fee_ppm` is the platform's fee, parts per million of the client price. Raises forbidden,
    and invalid with every field error at once.
    """
    actor.require("job.write")
    client_id = actor.organization
    errors = [*draft_errors(draft), *skill_errors(session, client_id, draft.screening)]
    errors += calendar_errors(session, draft.settlement_terms)
    if errors:
        raise INVALID.error("The job cannot be made like this.", errors=errors)
    job = Job(
        organization_id=client_id,
        state=JOB.initial,
        version=1,
        fee_ppm=fee_ppm,
        guideline_version=0,
        settlement_terms=draft.settlement_terms.to_wire(),
        allowance_amount=0 if draft.allowance is None else draft.allowance.amount,
        screening=draft.screening,
        review_policy=draft.review.to_wire(),
        overlap=draft.overlap,
        consensus_policy=draft.consensus.to_wire(),
        gold=draft.gold,
        protection=draft.protection,
        **{name: getattr(draft, name) for name in _PLAIN_FIELDS},
    )
    session.add(job)
    session.flush()
    session.add(JobReserve(job_id=job.id, currency=job.currency, committed_amount=0))
    _write_rates(session, job, draft.rates)
    if draft.guideline is not None:
        write_version(session, actor, job, draft.guideline)
    session.flush()
    body = {
        "client": public("organization", client_id),
        "kind": job.kind,
        "currency": job.currency,
        "redundancy": job.redundancy,
        "terms_digest": terms_digest(session, job),
    }
    record(session, JOB_CREATED, actor, subject=("job", job.id), organizations=[client_id], body=body)
    return job


def change_job(session: Session, actor: Actor, job_id: UUID, version: int, changes: Mapping[str, Any]) -> Job:
    """Change fields of a job, named and typed as in JobDraft, if it is still at `version`.

    Until publication everything but kind and currency may change; afterwards the wording only.
    Raises not_found, stale, state_conflict, invalid with every field error at once.
    """
    actor.require("job.write")
    own_job(session, actor, job_id)
    # Under the lock, for two who read the same version would otherwise both write.
    job = lock_job(session, job_id)
    if job.version != version:
        raise STALE.error(f"The job is at version {job.version}, not {version}.", version=job.version)
    _refuse_frozen(job, changes)
    before = draft_of(session, job)
    unknown = changes.keys() - {field.name for field in dataclasses.fields(JobDraft)}
    errors = [FieldError(f"/{name}", "unknown_field", "There is no such field.") for name in sorted(unknown)]
    if errors:
        raise INVALID.error("The job cannot be changed like this.", errors=errors)
    after = dataclasses.replace(before, **changes)
    errors = [
        *draft_errors(after),
        *_rates_in_use(session, job, after.rates),
        *_schema_in_use(session, job, after),
        *skill_errors(session, job.organization_id, after.screening),
        *calendar_errors(session, after.settlement_terms),
    ]
    if errors:
        raise INVALID.error("The job cannot be changed like this.", errors=errors)
    for name in _PLAIN_FIELDS:
        setattr(job, name, getattr(after, name))
    job.settlement_terms = after.settlement_terms.to_wire()
    job.allowance_amount = 0 if after.allowance is None else after.allowance.amount
    job.screening = after.screening
    job.review_policy = after.review.to_wire()
    job.overlap = after.overlap
    job.consensus_policy = after.consensus.to_wire()
    job.gold = after.gold
    job.protection = after.protection
    if after.rates != before.rates:
        _write_rates(session, job, after.rates)
    job.version += 1
    session.flush()
    body = {"changed": sorted(changes), "version": job.version, "terms_digest": terms_digest(session, job)}
    record(session, JOB_CHANGED, actor, subject=("job", job.id), organizations=[job.organization_id], body=body)
    return job


def _refuse_frozen(job: Job, changes: Mapping[str, Any]) -> None:
    if job.state not in EDITABLE and not changes.keys() <= WORDING_FIELDS:
        raise STATE_CONFLICT.error(
            f"This job is {job.state}; only {' and '.join(sorted(WORDING_FIELDS))} can still be changed.",
            noun="job",
            current=job.state,
        )
    if job.state not in EDITABLE and "media_retention_days" in changes:
        _refuse_shortening(job, changes["media_retention_days"])
    frozen = sorted(changes.keys() & FROZEN_FIELDS)
    if frozen:
        errors = [FieldError(f"/{name}", "not_changeable", "This stays as it was made.") for name in frozen]
        raise INVALID.error("The job cannot be changed like this.", errors=errors)


def _refuse_shortening(job: Job, days: int | None) -> None:
    """Media may be kept longer than was promised to whoever relies on it, never shorter; None is for ever."""
    if job.media_purged_at is not None:
        raise STATE_CONFLICT.error("The media of this job is purged already.", noun="job", current=job.state)
    before = job.media_retention_days
    if days is not None and (before is None or (type(days) is int and days < before)):
        message = "After publication media can only be kept longer."
        errors = [FieldError("/media_retention_days", "not_shortened", message)]
        raise INVALID.error("The job cannot be changed like this.", errors=errors)


def _rates_in_use(session: Session, job: Job, rates: tuple[RateDraft, ...]) -> list[FieldError]:
    kept = {rate.code for rate in rates}
    return [
        FieldError("/rates", "rate_in_use", f"{row.item_count} items have the rate {row.code!r}; it cannot be removed.")
        for row in rates_of(session, job.id)
        if row.item_count and row.code not in kept
    ]


def _schema_in_use(session: Session, job: Job, after: JobDraft) -> list[FieldError]:
    """Proposals and right answers were checked under the schema; under another one they might be no answers at all."""
    count = sum(row.prelabeled_item_count for row in rates_of(session, job.id))
    practised = len(practice_of(session, job.id))
    if not (count or practised) or after.label_schema == job.label_schema:
        return []
    message = f"{count} items have a pre-label made for this schema, {practised} practice items an answer."
    return [FieldError("/label_schema", "schema_in_use", message)]


def _write_rates(session: Session, job: Job, rates: tuple[RateDraft, ...]) -> None:
    rows = {row.code: row for row in rates_of(session, job.id)}
    gone = rows.keys() - {rate.code for rate in rates}
    session.execute(delete(JobRate).where(JobRate.job_id == job.id, JobRate.code.in_(gone)))
    for position, rate in enumerate(rates):
        row = rows.get(rate.code)
        if row is None:
            row = JobRate(job_id=job.id, code=rate.code, currency=job.currency, item_count=0)
            session.add(row)
        row.position = position
        row.price_amount = rate.price.amount
        row.worker_pay_min_amount = None if rate.worker_pay_min is None else rate.worker_pay_min.amount


def draft_of(session: Session, job: Job) -> JobDraft:
    """The job as the draft it could be made from again; without its guideline."""
    rates = tuple(RateDraft(row.code, row.price, row.worker_pay_min) for row in rates_of(session, job.id))
    plain = {name: getattr(job, name) for name in _PLAIN_FIELDS}
    return JobDraft(
        rates=rates,
        settlement_terms=job.terms,
        allowance=job.allowance,
        screening=job.screening,
        review=job.review,
        overlap=job.overlap,
        consensus=job.consensus,
        gold=job.gold,
        protection=job.protection,
        **plain,
    )


def terms_digest(session: Session, job: Job, *, redundancy: int | None = None) -> str:
    """SHA-256, hex, of everything that others rely on: caps, rates, schema, settlement terms, screening.

    `redundancy` is an earlier one, to tell what the digest was before it was raised.
    """
    draft = draft_of(session, job)
    draft = draft if redundancy is None else dataclasses.replace(draft, redundancy=redundancy)
    plain = {name: getattr(draft, name) for name in _PLAIN_FIELDS if name not in WORDING_FIELDS}
    rates = [
        {
            "code": rate.code,
            "price": rate.price.to_wire(),
            "worker_pay_min": None if rate.worker_pay_min is None else rate.worker_pay_min.to_wire(),
        }
        for rate in draft.rates
    ]
    body = {**plain, "rates": rates, "settlement_terms": draft.settlement_terms.to_wire(), "fee_ppm": job.fee_ppm}
    for name in ("inspection_days", "quality_share_ppm", "late_answers_max"):
        # Left out where there is none: digests written before jobs could have one still hold.
        if not body[name]:
            del body[name]
    if draft.screening != Screening():
        # As above.
        body["screening"] = draft.screening.to_wire()
    if draft.review != ReviewPolicy():
        body["review"] = draft.review.to_wire()
    if draft.overlap is not None:
        body["overlap"] = draft.overlap.to_wire()
    if draft.consensus != ConsensusPolicy():
        body["consensus"] = draft.consensus.to_wire()
    if draft.gold is not None:
        body["gold"] = draft.gold.to_wire()
    if draft.protection is not None:
        body["protection"] = draft.protection.to_wire()
    return hashlib.sha256(canonical_bytes(body)).hexdigest()


__all__ = ["FEE_PPM_DEFAULT", "GuidelineDraft", "JobDraft", "RateDraft", "change_job", "create_job", "terms_digest"]

"""Values of the core as the worker API sends them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from marketplace.contracts.access_queries import RuleView
from marketplace.identity.skills import Granted
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.scores.queries import Score
from marketplace.web.database import request_session
from marketplace.web.media import media_link
from marketplace.work.claiming import Claimed, ClaimItem
from marketplace.work.going_on import WentOn
from marketplace.work.late_seats import contest_until
from marketplace.work.models import Claim, Review
from marketplace.work.views import AnswerView, ClaimLine, ClaimView
from workers_portal.api.dispute_wire import dispute
from workers_portal.api.schemas import standing as s
from workers_portal.api.schemas import work as w


def claim_item(item: ClaimItem, actor: Actor) -> w.ClaimItemWire:
    """An item to label; `media_url` is a path good for fifteen minutes, `prelabel` a model's proposal or null."""
    wire: w.ClaimItemWire = {
        "id": public("item", item.id),
        "external_id": item.external_id,
        "ordinal": item.ordinal,
        "content": item.content,
        "prelabel": item.prelabel,
    }
    if item.content.keys() & {"media", "url"}:
        wire |= {
            "media_url": media_link(item.id, actor),
            "width": item.width,
            "height": item.height,
            "duration_ms": item.duration_ms,
            "point_count": item.point_count,
        }
    return wire


def claimed(claim: Claimed, actor: Actor) -> w.NewClaimWire:
    """A fresh claim."""
    return {
        "id": public("claim", claim.id),
        "state": claim.state,
        "attempt": claim.attempt,
        "batch_id": public("batch", claim.batch_id),
        "task_id": public("task", claim.task_id),
        "job_id": public("job", claim.job_id),
        "pay_per_answer": claim.pay.to_wire(),
        "guideline_version": claim.guideline_version,
        "settlement_terms": claim.settlement_terms.to_wire(),
        "claimed_at": instant(claim.claimed_at),
        "lease_until": instant(claim.lease_until),
        "lease_seconds_left": int((claim.lease_until - claim.claimed_at).total_seconds()),
        "items": [claim_item(item, actor) for item in claim.items],
    }


def claim_line(line: ClaimLine) -> w.ClaimLineWire:
    """A claim in a list."""
    return {
        **_claim(line.claim, line.job),
        "title": line.job.title,
        "pay_per_answer": line.batch.pay.to_wire(),
        "auto_accept_at": _instant(line.auto_accept_at),
    }


def claim_view(view: ClaimView, actor: Actor) -> w.WholeClaimWire:
    """A claim whole: items, answers with their verdicts, guideline, draft."""
    wanted = {item.id for item in view.items_to_answer} if view.claim.state == "claimed" else set()
    return {
        **_claim(view.claim, view.job),
        "title": view.job.title,
        "kind": view.job.kind,
        "instructions": view.job.instructions,
        "label_schema": view.job.label_schema,
        "pay_per_answer": view.batch.pay.to_wire(),
        "settlement_terms": view.batch.terms.to_wire(),
        "lease_seconds_left": view.seconds_left,
        "auto_accept_at": _instant(view.auto_accept_at),
        "guideline": None
        if view.guideline is None
        else {"version": view.guideline.version, "text": view.guideline.text, "rules": view.guideline.rules},
        "draft": view.claim.draft,
        "items": [
            {
                **claim_item(item, actor),
                "to_answer": item.id in wanted,
                "answer": _answer(view.answers[item.id]) if item.id in view.answers else None,
            }
            for item in view.items
        ],
    }


def claim(row: Claim) -> w.ClaimWire:
    """A claim after a change."""
    return _claim(row, request_session().get_one(Job, row.job_id))


def submitted(went: WentOn, actor: Actor) -> w.SubmittedWire:
    """What became of a submission, and of going on."""
    outcome = went.submitted
    return {
        "claim_id": public("claim", outcome.claim_id),
        "attempt": outcome.attempt,
        "state": outcome.state,
        "submitted_at": _instant(outcome.submitted_at),
        "answer_count": outcome.answer_count,
        "replayed": outcome.replayed,
        "next": None if went.claimed is None else claimed(went.claimed, actor),
        "next_refused": None if went.refusal is None else {"code": went.refusal.slug, "detail": went.refusal.detail},
    }


def score(found: Score) -> s.ScoreWire:
    """A score for a kind of labeling."""
    return {
        "kind": found.kind,
        "percent": found.percent,
        "answers_at_least": found.answers_at_least,
        "known_until": None if found.known_until is None else instant(found.known_until),
    }


def skill(granted: Granted) -> s.SkillWire:
    """A skill one was granted; `state` is live, expired or revoked."""
    revocation = granted.revocation
    return {
        "id": public("skill_grant", granted.grant.id),
        "skill_id": public("skill", granted.skill.id),
        "code": granted.skill.code,
        "name": granted.skill.name,
        "description": granted.skill.description,
        "organization_id": public("organization", granted.skill.organization_id),
        "organization_name": granted.organization_name,
        "state": granted.state,
        "reason": granted.grant.reason,
        "granted_at": instant(granted.grant.granted_at),
        "expires_at": instant(granted.grant.expires_at),
        "revoked_at": None if revocation is None else instant(revocation.revoked_at),
        "revocation_reason": None if revocation is None else revocation.reason,
    }


def block(view: RuleView) -> s.BlockWire:
    """A block against oneself; `contest` says how to object, null once one has."""
    rule = view.rule
    assert rule.expires_at is not None, "blocks end"
    path = f"/worker/v1/access-rules/{public('access_rule', rule.id)}/contest"
    return {
        "id": public("access_rule", rule.id),
        "organization_id": public("organization", rule.organization_id),
        "organization_name": view.organization_name,
        "scope": rule.scope,
        "job_title": view.job_title,
        "reason": rule.reason,
        "created_at": instant(rule.created_at),
        "expires_at": instant(rule.expires_at),
        "contested_at": None if view.contest is None else instant(view.contest.contested_at),
        "contest": None if view.contest is not None else f"POST {path} with your reason",
    }


def _claim(row: Claim, job: Job) -> w.ClaimWire:
    return {
        "id": public("claim", row.id),
        "state": row.state,
        "attempt": row.attempt,
        "batch_id": public("batch", row.batch_id),
        "task_id": public("task", row.task_id),
        "job_id": public("job", row.job_id),
        "item_count": row.items_shown,
        "guideline_version": row.guideline_version,
        "claimed_at": instant(row.claimed_at),
        "lease_until": _instant(row.lease_until),
        "submitted_at": _instant(row.submitted_at),
        "decided_at": _instant(row.decided_at),
        "contest_until": _instant(contest_until(row, job)),
    }


def _answer(view: AnswerView) -> w.AnswerWire:
    answer = view.answer
    return {
        "id": public("answer", answer.id),
        "state": answer.state,
        "attempt": answer.attempt,
        "content": answer.content,
        "reviews": [_review(review) for review in view.reviews],
        "correction": None if view.correction is None else view.correction.content,
        "held_until": None if view.hold is None else instant(view.hold.deadline_at),
        "dispute": dispute(view),
    }


def _review(review: Review) -> w.ReviewWire:
    return {
        "attempt": review.attempt,
        "verdict": review.verdict,
        "category": review.category,
        "comment": review.comment,
        "rule": review.rule,
        "at": instant(review.created_at),
        "by": review.decided_by,
        "by_timer": review.decided_by == "timer",
    }


def _instant(moment: dt.datetime | None) -> str | None:
    return None if moment is None else instant(moment)


def _public(noun: str, identifier: UUID | None) -> str | None:
    return None if identifier is None else public(noun, identifier)

"""Allowing and blocking: whom an organization works with, for how long, where, and why.

A block of a worker keeps them from finding and claiming, one of an organization from being offered parts. Where any
worker (or organization) is allowed by name, only those so allowed come in. A rule never touches what is held already:
live claims, accepted contracts, earned pay. Nothing is changed or removed: the end of a rule is a fact of its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.contracts.access_queries import RuleView, get_rule
from marketplace.contracts.errors import CONTESTED_ALREADY
from marketplace.contracts.events import ACCESS_RULE_CONTESTED, ACCESS_RULE_ENDED, ACCESS_RULE_MADE
from marketplace.contracts.models import AccessRule, AccessRuleContest, AccessRuleEnd, Contract
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization, Worker
from marketplace.identity.skills import end_errors, text_errors
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import named, say

EFFECTS: Final = ("allow", "block")
SCOPES: Final = ("job", "contract", "all")
BLOCK_DAYS_MAX: Final = 366
ALLOW_DAYS_MAX: Final = 10 * 366


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What an organization asks for: exactly one of worker and organization; job or contract as the scope says."""

    effect: str
    scope: str
    reason: str
    worker_id: UUID | None = None
    organization_id: UUID | None = None
    job_id: UUID | None = None
    contract_id: UUID | None = None
    expires_at: dt.datetime | None = None


def make_rule(session: Session, actor: Actor, draft: RuleDraft) -> RuleView:
    """Allow or block from now on; the one concerned reads the reason.

    `job` is for a job of one's own, `contract` for a contract one sells under, `all` for whatever the organization has
    and will have. Raises forbidden, and invalid with every field error at once.
    """
    actor.require("access.make")
    owner_id = actor.organization
    now = market_now(session)
    contract = _own_contract(session, owner_id, draft)
    errors = [
        *text_errors(draft.reason, "/reason"),
        *_choice_errors(draft),
        *_end_errors(draft, now),
        *_subject_errors(session, owner_id, draft),
        *_scope_errors(session, owner_id, draft, contract),
    ]
    if errors:
        raise INVALID.error("The rule cannot be made like this.", errors=errors)
    rule = AccessRule(
        organization_id=owner_id,
        effect=draft.effect,
        scope=draft.scope,
        scope_id=draft.contract_id or draft.job_id or owner_id,
        job_id=draft.job_id if contract is None else contract.job_id,
        contract_id=draft.contract_id,
        worker_id=draft.worker_id,
        subject_organization_id=draft.organization_id,
        reason=draft.reason.strip(),
        created_at=now,
        expires_at=draft.expires_at,
        created_by_person_id=actor.person_id,
    )
    session.add(rule)
    session.flush()
    ends = None if rule.expires_at is None else instant(rule.expires_at)
    _record(session, ACCESS_RULE_MADE, actor, rule, rule.reason, expires_at=ends)
    return get_rule(session, actor, rule.id)


def end_rule(session: Session, actor: Actor, rule_id: UUID, *, reason: str) -> RuleView:
    """End a rule of one's own before its time, or as operations any, as after a contest.

    Raises forbidden, not_found, invalid, state_conflict for one that is over.
    """
    actor.require("access.end")
    seen = get_rule(session, actor, rule_id)
    if not _owns(actor, seen.rule):
        raise NOT_FOUND.error("There is no access rule with this id.", noun="access_rule")
    _require_words(reason)
    _require_live(seen)
    values = {
        "rule_id": rule_id,
        "reason": reason.strip(),
        "ended_at": market_now(session),
        "ended_by_person_id": actor.person_id,
    }
    # Two may end it at once: the first one's reason stands.
    ended = insert(AccessRuleEnd).values(values).on_conflict_do_nothing().returning(AccessRuleEnd.rule_id)
    if session.execute(ended).scalar_one_or_none() is None:
        raise STATE_CONFLICT.error("This rule was ended before.", noun="access_rule", current="ended")
    _record(session, ACCESS_RULE_ENDED, actor, seen.rule, reason.strip())
    return get_rule(session, actor, rule_id)


def contest_rule(session: Session, actor: Actor, rule_id: UUID, *, reason: str) -> RuleView:
    """Say what speaks against a block of oneself or one's organization; its maker and operations read it.

    Raises forbidden, not_found, invalid, state_conflict for one that is over, contested_already.
    """
    actor.require("access.contest")
    seen = get_rule(session, actor, rule_id)
    concerned = seen.rule.worker_id if actor.organization_id is None else seen.rule.subject_organization_id
    if seen.rule.effect != "block" or concerned != (actor.organization_id or actor.person):
        raise NOT_FOUND.error(say("There is no access rule with this id."), noun="access_rule")
    _require_words(reason)
    _require_live(seen)
    values = {
        "rule_id": rule_id,
        "reason": reason.strip(),
        "contested_at": market_now(session),
        "contested_by_person_id": actor.person_id,
    }
    said = insert(AccessRuleContest).values(values).on_conflict_do_nothing().returning(AccessRuleContest.rule_id)
    if session.execute(said).scalar_one_or_none() is None:
        raise CONTESTED_ALREADY.error(say("You contested this block before."))
    _record(session, ACCESS_RULE_CONTESTED, actor, seen.rule, reason.strip())
    return get_rule(session, actor, rule_id)


def _owns(actor: Actor, rule: AccessRule) -> bool:
    return actor.is_staff or rule.organization_id == actor.organization_id


def _require_words(reason: str) -> None:
    errors = text_errors(reason, "/reason")
    if errors:
        raise INVALID.error(say("This needs a reason."), errors=errors)


def _require_live(seen: RuleView) -> None:
    if seen.state != "live":
        raise STATE_CONFLICT.error(
            say("This rule is %(state)s.", state=named(seen.state)), noun="access_rule", current=seen.state
        )


def _choice_errors(draft: RuleDraft) -> list[FieldError]:
    errors = []
    for name, allowed in (("effect", EFFECTS), ("scope", SCOPES)):
        if getattr(draft, name) not in allowed:
            errors.append(FieldError(f"/{name}", "unknown_choice", f"One of {', '.join(allowed)}."))
    for name in ("job", "contract"):
        given = getattr(draft, f"{name}_id") is not None
        if given != (draft.scope == name):
            message = f"The scope {draft.scope!r} {'takes no' if given else 'needs a'} {name}."
            errors.append(FieldError(f"/{name}_id", "scope_differs", message))
    return errors


def _end_errors(draft: RuleDraft, now: dt.datetime) -> list[FieldError]:
    if draft.expires_at is None:
        needed = draft.effect == "block"
        return [FieldError("/expires_at", "required", "Every block ends; say when.")] if needed else []
    return end_errors(now, draft.expires_at, BLOCK_DAYS_MAX if draft.effect == "block" else ALLOW_DAYS_MAX)


def _subject_errors(session: Session, owner_id: UUID, draft: RuleDraft) -> list[FieldError]:
    if (draft.worker_id is None) == (draft.organization_id is None):
        return [FieldError("", "one_subject", "A rule concerns either a worker or an organization.")]
    if draft.worker_id is not None:
        known = session.get(Worker, draft.worker_id) is not None
        return [] if known else [FieldError("/worker_id", "worker_unknown", "There is no worker with this id.")]
    subject = session.get(Organization, draft.organization_id)
    if subject is None or subject.kind != "subcontractor" or subject.id == owner_id:
        message = "There is no other subcontractor with this id."
        return [FieldError("/organization_id", "organization_unknown", message)]
    return []


def _own_contract(session: Session, owner_id: UUID, draft: RuleDraft) -> Contract | None:
    if draft.contract_id is None:
        return None
    own = (Contract.id == draft.contract_id, Contract.seller_organization_id == owner_id)
    return session.scalars(select(Contract).where(*own)).one_or_none()


def _scope_errors(session: Session, owner_id: UUID, draft: RuleDraft, contract: Contract | None) -> list[FieldError]:
    errors = []
    if draft.job_id is not None:
        job = session.get(Job, draft.job_id)
        if job is None or job.organization_id != owner_id:
            errors.append(FieldError("/job_id", "job_unknown", "There is no job of yours with this id."))
    if draft.contract_id is not None and contract is None:
        message = "There is no contract with this id under which you sell."
        errors.append(FieldError("/contract_id", "contract_unknown", message))
    return errors


def _record(session: Session, kind: EventKind, actor: Actor, rule: AccessRule, reason: str, **more: str | None) -> None:
    body: dict[str, Any] = {
        "organization": public("organization", rule.organization_id),
        "effect": rule.effect,
        "scope": rule.scope,
        "job": _public("job", rule.job_id),
        "contract": _public("contract", rule.contract_id),
        "worker": _public("person", rule.worker_id),
        "subject": _public("organization", rule.subject_organization_id),
        "reason_commitment": said(reason),
        **more,
    }
    subject = rule.subject_organization_id
    record(
        session,
        kind,
        actor,
        subject=("access_rule", rule.id),
        organizations=[rule.organization_id, *([] if subject is None else [subject])],
        people=[] if rule.worker_id is None else [rule.worker_id],
        body=body,
    )


def _public(noun: str, identifier: UUID | None) -> str | None:
    return None if identifier is None else public(noun, identifier)

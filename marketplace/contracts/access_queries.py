"""Reads of access rules, who may see which, and whom they keep from being offered parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, false, literal, or_, select, true
from sqlalchemy.orm import Session

from marketplace.contracts.models import AccessRule, AccessRuleContest, AccessRuleEnd, Contract
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.identity.models import Organization
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.texts import say

STATES: Final = ("live", "expired", "ended")


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with the names a reader needs, its end and its contest; `state` is live, expired or ended."""

    rule: AccessRule
    organization_name: str
    job_title: str | None
    end: AccessRuleEnd | None
    contest: AccessRuleContest | None
    state: str

    @property
    def id(self) -> UUID:
        """The rule's id."""
        return self.rule.id


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one row-level rule of access rules: who made it, whom it concerns, and the platform's staff."""
    if actor.is_staff:
        return true()
    if actor.organization_id is None:
        return false() if actor.person_id is None else AccessRule.worker_id == actor.person_id
    own = actor.organization_id
    return or_(AccessRule.organization_id == own, AccessRule.subject_organization_id == own)


def get_rule(session: Session, actor: Actor, rule_id: UUID) -> RuleView:
    """One rule; raises not_found also for one the actor may not see."""
    found = _views(session, [AccessRule.id == rule_id, visible_to(actor)], None, 1).data
    if not found:
        raise NOT_FOUND.error(say("There is no access rule with this id."), noun="access_rule")
    return found[0]


def list_rules(
    session: Session,
    actor: Actor,
    *,
    effect: str | None = None,
    live: bool | None = None,
    worker_id: UUID | None = None,
    organization_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[RuleView]:
    """Visible rules, newest first; `live` or not any more, about that worker or that organization."""
    actor.require("access.read")
    wanted = [visible_to(actor)]
    if effect is not None:
        wanted.append(AccessRule.effect == effect)
    if live is not None:
        wanted.append(_live(market_now(session)) if live else ~_live(market_now(session)))
    if worker_id is not None:
        wanted.append(AccessRule.worker_id == worker_id)
    if organization_id is not None:
        wanted.append(AccessRule.subject_organization_id == organization_id)
    return _views(session, wanted, cursor, limit)


def own_blocks(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[RuleView]:
    """The live blocks that concern the acting worker, newest first."""
    actor.require("access.read.own")
    now = market_now(session)
    wanted = [AccessRule.worker_id == actor.person, AccessRule.effect == "block", _live(now)]
    return _views(session, wanted, cursor, limit)


def blocks_on(session: Session, worker_id: UUID, scopes: Collection[UUID]) -> list[RuleView]:
    """The live blocks of a worker in any of the scopes, newest first, at most a page; knows no permissions."""
    mine = AccessRule.worker_id == worker_id
    return _views(session, [mine, _matching(scopes, "block", market_now(session))], None, LIMIT_DEFAULT).data


def seller_barred(session: Session, job: Job, parent: Contract, seller_id: UUID) -> str | None:
    """Why no part of `parent` can be offered to the organization: the sentence, None when nothing bars it.

    What holds are the rules of the client and of the seller of `parent`, for the job, the contract, or all they have.
    """
    scopes = {parent.id, job.id, job.organization_id, parent.seller_organization_id}
    now = market_now(session)
    if session.scalar(select(literal(1)).where(_rule(scopes, "block", now, seller_id)).limit(1)) is not None:
        return "An access rule of the client or of your own keeps this organization out."
    allowing = select(AccessRule.scope_id).distinct()
    anybody = AccessRule.subject_organization_id.is_not(None)
    gates = set(session.scalars(allowing.where(_matching(scopes, "allow", now), anybody)))
    mine = AccessRule.subject_organization_id == seller_id
    open_to_it = set(session.scalars(allowing.where(_matching(scopes, "allow", now), mine)))
    if gates - open_to_it:
        return "Access rules of the client or of your own allow other organizations only."
    return None


def _rule(scopes: Collection[UUID], effect: str, now: dt.datetime, seller_id: UUID) -> ColumnElement[bool]:
    mine = AccessRule.subject_organization_id == seller_id
    return select(AccessRule.id).where(_matching(scopes, effect, now), mine).exists()


def _matching(scopes: Collection[UUID], effect: str, now: dt.datetime) -> ColumnElement[bool]:
    return (AccessRule.scope_id.in_(scopes)) & (AccessRule.effect == effect) & _live(now)


def _live(now: dt.datetime) -> ColumnElement[bool]:
    ended = select(AccessRuleEnd.rule_id).where(AccessRuleEnd.rule_id == AccessRule.id).correlate(AccessRule).exists()
    return or_(AccessRule.expires_at.is_(None), AccessRule.expires_at > now) & ~ended


def _views(session: Session, wanted: Collection[ColumnElement[bool]], cursor: str | None, limit: int) -> Page[RuleView]:
    rows = (
        select(AccessRule, Organization.name, Job.title, AccessRuleEnd, AccessRuleContest)
        .join(Organization, Organization.id == AccessRule.organization_id)
        .outerjoin(Job, Job.id == AccessRule.job_id)
        .outerjoin(AccessRuleEnd, AccessRuleEnd.rule_id == AccessRule.id)
        .outerjoin(AccessRuleContest, AccessRuleContest.rule_id == AccessRule.id)
        .where(*wanted)
    )
    page = paginate(session, rows, keys=[AccessRule.id], cursor=cursor, limit=limit, descending=True)
    now = market_now(session)
    found = [
        RuleView(rule, name, title, end, contest, _state(rule, end, now))
        for rule, name, title, end, contest in page.data
    ]
    return Page(found, page.next_cursor)


def _state(rule: AccessRule, end: AccessRuleEnd | None, now: dt.datetime) -> str:
    if end is not None:
        return "ended"
    return "live" if rule.expires_at is None or rule.expires_at > now else "expired"

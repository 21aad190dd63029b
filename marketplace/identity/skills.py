"""Skills: what an organization says a worker can do, granted for a time and with a reason.

A job may ask for skills of its client (see `jobs.screening`); who lacks one neither finds nor claims its tasks. Claims
that a worker holds already stay theirs when a skill ends.
"""

import datetime as dt
import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.identity import events
from marketplace.identity.errors import SKILL_CODE_TAKEN, SKILL_HELD
from marketplace.identity.models import Organization, Skill, SkillGrant, SkillRevocation, Worker
from marketplace.identity.values import read_name
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.texts import say

TEXT_MAX: Final = 2000
GRANT_DAYS_MAX: Final = 5 * 366
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_DEFINING: Final = frozenset({"client", "subcontractor"})


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant with its skill, whose it is, and what became of it: `state` is live, expired or revoked."""

    grant: SkillGrant
    skill: Skill
    organization_name: str
    revocation: SkillRevocation | None
    state: str


def define_skill(session: Session, actor: Actor, *, code: str, name: str, description: str) -> Skill:
    """Define a skill of the actor's organization. Raises forbidden, invalid, skill_code_taken."""
    actor.require("skill.manage")
    organization_id = actor.organization
    errors = []
    if actor.organization_kind not in _DEFINING:
        errors.append(FieldError("", "kind_unknown", "Skills are defined by clients and subcontractors."))
    if not _CODE.fullmatch(code):
        errors.append(FieldError("/code", "code_invalid", "1 to 40 lower-case letters, digits, - or _."))
    errors.extend(text_errors(description, "/description"))
    if errors:
        raise INVALID.error("The skill cannot be defined like this.", errors=errors)
    values = {
        "id": new_id(),
        "organization_id": organization_id,
        "code": code,
        "name": read_name(name),
        "description": description.strip(),
    }
    # Two requests may define one code at once: the unique index decides, without an error in the transaction.
    made = insert(Skill).values(values).on_conflict_do_nothing(index_elements=["organization_id", "code"])
    skill_id = session.execute(made.returning(Skill.id)).scalar_one_or_none()
    if skill_id is None:
        message = f"There is a skill with the code {code!r} already."
        raise SKILL_CODE_TAKEN.error(message, errors=[FieldError("/code", SKILL_CODE_TAKEN.slug, message)])
    subject = ("skill", skill_id)
    record(session, events.SKILL_DEFINED, actor, subject=subject, organizations=[organization_id], body={"code": code})
    return session.get_one(Skill, skill_id)


def grant(
    session: Session, actor: Actor, skill_id: uuid.UUID, worker_id: uuid.UUID, *, expires_at: dt.datetime, reason: str
) -> Granted:
    """Say that the worker has the skill until `expires_at` by the market's clock; the worker reads the reason.

    Raises forbidden, not_found, invalid, skill_held while a grant of it to this worker is live.
    """
    actor.require("skill.manage")
    _own_skill(session, actor, skill_id)
    # Two grants at once would both find none: they follow each other on the skill's row.
    skill = session.scalars(select(Skill).where(Skill.id == skill_id).with_for_update(key_share=True)).one()
    now = market_now(session)
    errors = [*text_errors(reason, "/reason"), *end_errors(now, expires_at, GRANT_DAYS_MAX)]
    if session.get(Worker, worker_id) is None:
        errors.append(FieldError("/worker_id", "worker_unknown", "There is no worker with this id."))
    if errors:
        raise INVALID.error("The skill cannot be granted like this.", errors=errors)
    held = session.scalar(
        select(SkillGrant.id)
        .where(SkillGrant.skill_id == skill_id, SkillGrant.person_id == worker_id, SkillGrant.expires_at > now)
        .where(~_revoked())
        .limit(1)
    )
    if held is not None:
        raise SKILL_HELD.error("A grant of this skill to this worker is live.", grant=public("skill_grant", held))
    row = SkillGrant(
        skill_id=skill_id,
        person_id=worker_id,
        reason=reason.strip(),
        granted_at=now,
        expires_at=expires_at,
        granted_by_person_id=actor.person_id,
    )
    session.add(row)
    session.flush()
    _record(session, events.SKILL_GRANTED, actor, skill, row, row.reason, expires_at=instant(expires_at))
    return _one(session, row.id)


def revoke(session: Session, actor: Actor, grant_id: uuid.UUID, *, reason: str) -> Granted:
    """End a grant early; the worker reads the reason. Raises forbidden, not_found, invalid, state_conflict."""
    actor.require("skill.manage")
    row = session.get(SkillGrant, grant_id)
    skill = None if row is None else session.scalar(_skills(actor).where(Skill.id == row.skill_id))
    if row is None or skill is None:
        raise NOT_FOUND.error("There is no skill grant with this id.", noun="skill_grant")
    errors = text_errors(reason, "/reason")
    if errors:
        raise INVALID.error("The grant cannot be revoked like this.", errors=errors)
    now = market_now(session)
    if row.expires_at <= now:
        raise STATE_CONFLICT.error("This grant has expired.", noun="skill_grant", current="expired")
    values = {
        "grant_id": grant_id,
        "reason": reason.strip(),
        "revoked_at": now,
        "revoked_by_person_id": actor.person_id,
    }
    # Two may revoke it at once: the first one's reason stands.
    ended = insert(SkillRevocation).values(values).on_conflict_do_nothing().returning(SkillRevocation.grant_id)
    if session.execute(ended).scalar_one_or_none() is None:
        raise STATE_CONFLICT.error("This grant was revoked before.", noun="skill_grant", current="revoked")
    _record(session, events.SKILL_REVOKED, actor, skill, row, reason.strip())
    return _one(session, grant_id)


def get_skill(session: Session, actor: Actor, skill_id: uuid.UUID) -> Skill:
    """One skill; raises not_found for another organization's."""
    actor.require("skill.read")
    return _own_skill(session, actor, skill_id)


def list_skills(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Skill]:
    """The skills of the actor's organization, or all for the platform's staff, newest first."""
    actor.require("skill.read")
    return paginate(session, _skills(actor), keys=[Skill.id], cursor=cursor, limit=limit, descending=True)


def grants_of(
    session: Session, actor: Actor, skill_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Granted]:
    """Everybody who was ever granted the skill, newest first. Raises not_found."""
    get_skill(session, actor, skill_id)
    return _granted(session, SkillGrant.skill_id == skill_id, cursor, limit)


def own_grants(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Granted]:
    """What the acting worker was granted, newest first."""
    actor.require("skill.read.own")
    return _granted(session, SkillGrant.person_id == actor.person, cursor, limit)


def skill_names(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names for display; an unknown id is left out."""
    if not ids:
        return {}
    rows = session.execute(select(Skill.id, Skill.name).where(Skill.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def skills_of(session: Session, organization_id: uuid.UUID, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that are skills of the organization."""
    if not ids:
        return set()
    wanted = select(Skill.id).where(Skill.organization_id == organization_id, Skill.id.in_(set(ids)))
    return set(session.scalars(wanted))


def held_skills(session: Session, worker_id: uuid.UUID, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the skills that the worker has now, by the market's clock."""
    held = select(SkillGrant.skill_id).where(SkillGrant.person_id == worker_id, SkillGrant.skill_id.in_(set(ids)))
    return set(session.scalars(held.where(SkillGrant.expires_at > market_now(session), ~_revoked())))


def text_errors(text: str, pointer: str) -> list[FieldError]:
    """What is wrong with a required text that people read."""
    if not text.strip():
        return [FieldError(pointer, "required", say("This may not be empty."))]
    if len(text) > TEXT_MAX:
        return [FieldError(pointer, "too_long", say("At most %(most)s characters.", most=TEXT_MAX))]
    return [FieldError(pointer, "text_invalid", say("Text may not hold the character NUL."))] if "\x00" in text else []


def end_errors(now: dt.datetime, expires_at: dt.datetime, days_max: int) -> list[FieldError]:
    """What is wrong with an end: it lies ahead, and no further than so many days."""
    if now < expires_at <= now + dt.timedelta(days=days_max):
        return []
    message = say("A moment after now by the market's clock, at most %(most)s days ahead.", most=days_max)
    return [FieldError("/expires_at", "out_of_range", message)]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Over Skill: one's own organization's; the platform's staff see all."""
    if actor.is_staff:
        return true()
    return false() if actor.organization_id is None else Skill.organization_id == actor.organization_id


def _skills(actor: Actor) -> Select[Skill]:
    return select(Skill).where(visible_to(actor))


def _own_skill(session: Session, actor: Actor, skill_id: uuid.UUID) -> Skill:
    skill = session.scalar(_skills(actor).where(Skill.id == skill_id))
    if skill is None:
        raise NOT_FOUND.error("There is no skill with this id.", noun="skill")
    return skill


def _revoked() -> ColumnElement[bool]:
    revoked = select(SkillRevocation.grant_id).where(SkillRevocation.grant_id == SkillGrant.id)
    return revoked.correlate(SkillGrant).exists()


def _granted(session: Session, wanted: ColumnElement[bool], cursor: str | None, limit: int) -> Page[Granted]:
    rows = (
        select(SkillGrant, Skill, Organization.name, SkillRevocation)
        .join(Skill, Skill.id == SkillGrant.skill_id)
        .join(Organization, Organization.id == Skill.organization_id)
        .outerjoin(SkillRevocation, SkillRevocation.grant_id == SkillGrant.id)
        .where(wanted)
    )
    page = paginate(session, rows, keys=[SkillGrant.id], cursor=cursor, limit=limit, descending=True)
    now = market_now(session)
    found = [
        Granted(row, skill, name, revocation, _state(row, revocation, now))
        for row, skill, name, revocation in page.data
    ]
    return Page(found, page.next_cursor)


def _one(session: Session, grant_id: uuid.UUID) -> Granted:
    return _granted(session, SkillGrant.id == grant_id, None, 1).data[0]


def _state(row: SkillGrant, revocation: SkillRevocation | None, now: dt.datetime) -> str:
    if revocation is not None:
        return "revoked"
    return "live" if row.expires_at > now else "expired"


def _record(
    session: Session, kind: EventKind, actor: Actor, skill: Skill, row: SkillGrant, reason: str, **more: str
) -> None:
    body = {
        "skill": public("skill", skill.id),
        "worker": public("person", row.person_id),
        "reason_commitment": said(reason),
        **more,
    }
    record(
        session,
        kind,
        actor,
        subject=("skill_grant", row.id),
        organizations=[skill.organization_id],
        people=[row.person_id],
        body=body,
    )

"""Reads of jobs, and who may see what."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, cast, exists, false, func, literal, or_, select, true, type_coerce
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs.models import Guideline, Item, ItemWithdrawal, Job, JobParty, JobRate, Media, RemoteMedia
from marketplace.jobs.ordinals import Ordinals
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import NOT_FOUND


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one row-level rule of jobs.

    A client sees its own, a subcontractor those it has or was offered a contract of, the
    platform's staff all. A worker sees none here: `work` shows what is open to workers.
    """
    if EVERYTHING in actor.permissions:
        return true()
    if not actor.may("job.read") or actor.organization_id is None:
        return false()
    if actor.organization_kind == "platform":
        return true()
    if actor.organization_kind == "client":
        return Job.organization_id == actor.organization_id
    return exists().where(JobParty.job_id == Job.id, JobParty.organization_id == actor.organization_id)


def sees_caps(actor: Actor, job: Job) -> bool:
    """Whether the client's price caps may be named to them: to layers they are one pay floor for each rate (rule 1)."""
    return actor.organization_id == job.organization_id or actor.is_staff


def get_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """One job; raises not_found also for one the actor may not see."""
    job = session.scalars(select(Job).where(Job.id == job_id, visible_to(actor))).one_or_none()
    if job is None:
        raise NOT_FOUND.error("There is no job with this id.", noun="job")
    return job


def own_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """One job of the actor's own organization, or any for the system; else not_found, for other parties too."""
    job = get_job(session, actor, job_id)
    if EVERYTHING not in actor.permissions and job.organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no job with this id.", noun="job")
    return job


def list_jobs(
    session: Session,
    actor: Actor,
    *,
    states: Sequence[str] = (),
    archived: bool = False,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Job]:
    """Visible jobs, newest first; archived ones only with `archived`, or where `states` names them."""
    statement = select(Job).where(visible_to(actor))
    if states:
        statement = statement.where(Job.state.in_(states))
    elif not archived:
        statement = statement.where(Job.state != "archived")
    return paginate(session, statement, keys=[Job.id], cursor=cursor, limit=limit, descending=True)


def rates_of(session: Session, job_id: UUID) -> list[JobRate]:
    """The rate card in its order, as the database has it now."""
    statement = select(JobRate).where(JobRate.job_id == job_id).order_by(JobRate.position)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def standing_ordinals(session: Session, job_id: UUID) -> dict[str, Ordinals]:
    """By rate, the ordinals of the items that were not withdrawn."""
    everything = func.int8multirange(func.int8range(1, JobRate.item_count + 1))
    withdrawn = func.coalesce(func.range_agg(ItemWithdrawal.ordinals), cast(literal("{}"), INT8MULTIRANGE))
    statement = (
        select(JobRate.code, type_coerce(everything.op("-")(withdrawn), INT8MULTIRANGE))
        .outerjoin(
            ItemWithdrawal, and_(ItemWithdrawal.job_id == JobRate.job_id, ItemWithdrawal.rate_code == JobRate.code)
        )
        .where(JobRate.job_id == job_id)
        .group_by(JobRate.job_id, JobRate.code)
    )
    rows: Any = session.execute(statement).all()
    return dict(rows)


def withdrawn_counts(session: Session, job_id: UUID) -> dict[str, int]:
    """How many items were withdrawn, by rate; rates without any are left out."""
    statement = (
        select(ItemWithdrawal.rate_code, func.sum(ItemWithdrawal.item_count))
        .where(ItemWithdrawal.job_id == job_id)
        .group_by(ItemWithdrawal.rate_code)
    )
    return {code: int(count) for code, count in session.execute(statement)}


def withdrawn_of(session: Session, item_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these items were withdrawn."""
    of_item = exists().where(
        ItemWithdrawal.job_id == Item.job_id,
        ItemWithdrawal.rate_code == Item.rate_code,
        ItemWithdrawal.ordinals.op("@>")(Item.ordinal),
    )
    return set(session.scalars(select(Item.id).where(Item.id.in_(item_ids), of_item)))


def guideline_of(session: Session, job_id: UUID, version: int) -> Guideline | None:
    """One version of the job's guideline, None if there is none."""
    return session.get(Guideline, (job_id, version))


def item_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Whose items one sees outside a claim or a review: the client's own; the platform's with media.read."""
    if EVERYTHING in actor.permissions:
        return true()
    if not actor.may("job.read") or actor.organization_id is None:
        return false()
    if actor.organization_kind == "platform":
        return true() if actor.may("media.read") else false()
    return exists().where(Job.id == Item.job_id, Job.organization_id == actor.organization_id)


def list_items(
    session: Session,
    actor: Actor,
    job_id: UUID,
    *,
    rate_code: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Item]:
    """Items of a visible job by rate and ordinal; empty for who may not see items."""
    get_job(session, actor, job_id)
    statement = select(Item).where(Item.job_id == job_id, item_visible_to(actor))
    if rate_code is not None:
        statement = statement.where(Item.rate_code == rate_code)
    return paginate(session, statement, keys=[Item.rate_code, Item.ordinal], cursor=cursor, limit=limit)


def media_of_items(session: Session, items: Sequence[Item]) -> dict[UUID, Media]:
    """The stored media of items that have one, by item id, also of those that name a fetched address.

    Knows no permissions: whoever calls has decided that the reader may see these items.
    """
    if not items:
        return {}
    found = {item.id: item.media_id for item in items if item.media_id is not None}
    addresses = {
        item.id: hashlib.sha256(item.content["url"].encode()).digest() for item in items if "url" in item.content
    }
    if addresses:
        rows = session.execute(_remote_media_of(addresses)).all()
        found.update({row.id: row.media_id for row in rows})
    media = {row.id: row for row in session.scalars(select(Media).where(Media.id.in_(set(found.values()))))}
    return {item_id: media[media_id] for item_id, media_id in found.items()}


def _remote_media_of(addresses: dict[UUID, bytes]) -> Any:
    return (
        select(Item.id, RemoteMedia.media_id)
        .join(Job, Job.id == Item.job_id)
        .join(RemoteMedia, RemoteMedia.organization_id == Job.organization_id)
        .where(
            RemoteMedia.state.in_(["stored", "purged"]),
            or_(*(and_(Item.id == item_id, RemoteMedia.url_sha256 == digest) for item_id, digest in addresses.items())),
        )
    )


def media_of_item(session: Session, item: Item) -> Media | None:
    """The stored media of one item, None if it has none or its address is not fetched yet."""
    return media_of_items(session, [item]).get(item.id)


def get_media(session: Session, actor: Actor, media_id: UUID) -> Media:
    """Media of the actor's organization, or any for the platform with media.read; else not_found."""
    media = session.get(Media, media_id)
    allowed = (
        media is not None
        and actor.may("media.read")
        and (actor.is_staff or (actor.organization_id is not None and media.organization_id == actor.organization_id))
    )
    if media is None or not allowed:
        raise NOT_FOUND.error("There is no media with this id.", noun="media")
    return media

"""A person's notifications, as a worker or for the organization they act for."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.notifications.models import Notification


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The actor's own, for the organization they act for now; as a worker those for none."""
    return and_(
        Notification.person_id == actor.person,
        Notification.organization_id.is_not_distinct_from(actor.organization_id),
    )


def inbox(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Notification]:
    """The actor's notifications, newest first. Needs notification.read."""
    actor.require("notification.read")
    wanted = select(Notification).where(visible_to(actor))
    return paginate(session, wanted, keys=[Notification.id], cursor=cursor, limit=limit, descending=True)


def unread_count(session: Session, actor: Actor) -> int:
    """How many the actor has not read. Needs notification.read."""
    actor.require("notification.read")
    unread = select(func.count()).where(visible_to(actor), Notification.read_at.is_(None))
    return session.scalar(unread) or 0


def mark_read(session: Session, actor: Actor, notification_ids: Collection[uuid.UUID] | None = None) -> int:
    """Mark the given ones, or all, as read; returns how many were not. Others' ids are passed over."""
    actor.require("notification.read")
    change = update(Notification).where(visible_to(actor), Notification.read_at.is_(None))
    if notification_ids is not None:
        change = change.where(Notification.id.in_(notification_ids))
    marked = session.scalars(change.values(read_at=market_now(session)).returning(Notification.id))
    return len(marked.all())

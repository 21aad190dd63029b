"""Whom operations erase, and who was erased."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.identity.models import Person
from marketplace.kernel.actor import Actor


def person_at(session: Session, actor: Actor, address: str) -> Person | None:
    """The person with this very address, None without one. Raises forbidden."""
    actor.require("person.erase")
    return session.scalars(select(Person).where(Person.email == address.strip().lower())).one_or_none()


def erased_people(
    session: Session,
    actor: Actor,
    *,
    since: dt.datetime | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Person]:
    """Who was erased since a moment of real time, newest first: ids and states, for nothing else is left.

    Raises forbidden.
    """
    actor.require("person.erase")
    wanted = select(Person).where(Person.erasing_at.is_not(None))
    if since is not None:
        wanted = wanted.where(Person.erasing_at >= since)
    keys = [Person.erasing_at, Person.id]
    return paginate(session, wanted, keys=keys, cursor=cursor, limit=limit, descending=True)

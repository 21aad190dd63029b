"""How a worker wants pages shown: with how little data, and with how large letters. Nobody else is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.identity.models import Worker
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.texts import say

LOW_DATA: Final = ("as_browser", "always", "never")
TEXT_SIZES: Final = ("normal", "large", "very_large")


@dataclass(frozen=True, slots=True)
class PageSettings:
    """`low_data` is one of LOW_DATA, where `as_browser` follows the browser's own wish; `text_size` of TEXT_SIZES."""

    low_data: str
    text_size: str


def page_settings(session: Session, actor: Actor) -> PageSettings:
    """The acting worker's own. Raises forbidden, not_found for who is no worker."""
    actor.require("account.read.own")
    row = session.execute(
        select(Worker.low_data, Worker.text_size).where(Worker.person_id == actor.person)
    ).one_or_none()
    if row is None:
        raise NOT_FOUND.error(say("You are no worker here."), noun="worker")
    return PageSettings(row.low_data, row.text_size)


def set_page_settings(session: Session, actor: Actor, wanted: PageSettings) -> PageSettings:
    """Choose anew. Nothing is recorded of it. Raises forbidden, not_found, invalid."""
    actor.require("account.change.own")
    given = (("low_data", wanted.low_data, LOW_DATA), ("text_size", wanted.text_size, TEXT_SIZES))
    errors = [
        FieldError(f"/{name}", "choice", say("One of %(known)s.", known=known))
        for name, value, known in given
        if value not in known
    ]
    if errors:
        raise INVALID.error(say("This can not be chosen."), errors=errors)
    values = {"low_data": wanted.low_data, "text_size": wanted.text_size}
    changed = update(Worker).where(Worker.person_id == actor.person).values(values)
    if session.scalar(changed.returning(Worker.person_id)) is None:
        raise NOT_FOUND.error(say("You are no worker here."), noun="worker")
    return wanted

"""Erasing a person: their name, their address and every word of and about them go, what they earned stays payable.

What stays is amounts, days and ids, which law wants kept, and answers, which the client paid for. Where they are paid
stays too, sealed, until nothing is owed to them any more: then the sweep `finish_erasures` deletes it.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.personal import When, declared_personal
from marketplace.identity import departures, events
from marketplace.identity.errors import PERSON_NEEDED
from marketplace.identity.models import Person, SignInToken, WebSession
from marketplace.identity.passkey_models import Passkey
from marketplace.identity.states import PERSON
from marketplace.identity.stepping_up import require_recent_sign_in
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.texts import say

OWN_WISH: Final = "own_wish"
WRITTEN_SINCE: Final = "written_since"
REASONS: Final = ("asked_in_writing", "authority")
"""Why operations erase a person. One of a list: whatever they typed would be words about a person who wants none."""

LOOK_AGAIN: Final = dt.timedelta(days=1)
"""Market time between two looks at whether an erased person is still owed something."""


def erase_person(session: Session, actor: Actor, person_id: uuid.UUID, reason: str = OWN_WISH) -> Person:
    """Erase a person: oneself, after a sign-in of a moment ago, or as operations whoever asked for it.

    Open claims go back, roles, teams, keys, passkeys, sessions and invitations end. Nothing of it can be undone. Raises
    forbidden, step_up_required, not_found, invalid, state_conflict, person_needed, last_of_role.
    """
    if person_id == actor.person_id and reason == OWN_WISH:
        actor.require("account.erase.own")
        require_recent_sign_in(session, actor)
    else:
        actor.require("person.erase")
        if reason not in REASONS:
            message = say("A reason is one of: %(reasons)s.", reasons=", ".join(REASONS))
            raise INVALID.error(message, errors=[FieldError("/reason", "reason_unknown", message)])
    # As signing in locks them: the token or passkey, then the person.
    session.execute(delete(SignInToken).where(SignInToken.person_id == person_id))
    session.execute(delete(Passkey).where(Passkey.person_id == person_id))
    # A request of theirs may have stamped its session, and wait for the person.
    theirs = select(WebSession.id).where(WebSession.person_id == person_id)
    session.execute(theirs.order_by(WebSession.id).with_for_update())
    # Not their key: whoever writes a row that names them goes on, and is found by the steps below or by the sweep.
    person = session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if person is None:
        raise NOT_FOUND.error(say("There is no person with this id."), noun="person")
    PERSON.check(person.state, "erasing")
    waiting = departures.open_acts(session, person_id)
    if waiting:
        raise PERSON_NEEDED.error(
            say("Not decided yet, and begun by this person: %(what)s.", what=tuple(waiting)), open=waiting
        )
    look_at = market_now(session) + LOOK_AGAIN
    person.state, person.erasing_at, person.erasing_look_at = "erasing", func.statement_timestamp(), look_at
    session.flush()
    _record(session, events.PERSON_ERASED, actor, person_id, _take_away(session, person_id), reason=reason)
    session.refresh(person)
    return person


def finish_erasure(session: Session) -> int:
    """Sweep: look at one erased person again; whom nothing is owed any more loses where they were paid.

    What was written about them since, such as why their last answer was rejected, goes at each look. Returns how many
    were looked at. Any number of processes: one that another is at is passed over.
    """
    person = session.scalars(
        select(Person)
        .where(Person.state == "erasing", Person.erasing_look_at <= func.market_now())
        .order_by(Person.erasing_look_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if person is None:
        return 0
    actor, written_since = system_actor("finish_erasures"), _take_away(session, person.id)
    if any(written_since.values()):
        _record(session, events.PERSON_ERASED, actor, person.id, written_since, reason=WRITTEN_SINCE)
    if departures.what_is_owed(session, person.id):
        person.erasing_look_at = market_now(session) + LOOK_AGAIN
        session.flush()
        return 1
    PERSON.check(person.state, "erased")
    person.state, person.erasing_look_at = "erased", None
    session.flush()
    touched = Counter(departures.blank_paid_off(session, person.id))
    touched.update(_blank(session, person.id, "when nothing is owed"))
    _record(session, events.PERSON_FORGOTTEN, actor, person.id, touched)
    return 1


def _take_away(session: Session, person_id: uuid.UUID) -> Mapping[str, int]:
    """Everything that goes at once, in order: what goes on is ended, then rows are blanked; how many, by table."""
    touched = Counter(departures.end_all(session, person_id))
    touched.update(_blank(session, person_id, "at once"))
    return touched


def _blank(session: Session, person_id: uuid.UUID, when: When) -> Mapping[str, int]:
    # The person last: others' rows are found by the address.
    chosen = [one for one in declared_personal().values() if one.when == when]
    chosen.sort(key=lambda one: one.model is Person)
    touched = {one.table.name: one.erase(session, person_id) for one in chosen}
    session.expire_all()
    return touched


def _record(
    session: Session, kind: EventKind, actor: Actor, person_id: uuid.UUID, touched: Mapping[str, int], **more: str
) -> None:
    rows = [{"table": table, "rows": count} for table, count in sorted(touched.items()) if count]
    record(session, kind, actor, subject=("person", person_id), people=[person_id], body={"rows": rows, **more})

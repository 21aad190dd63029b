"""Changing where a payee is paid: after a sign-in of a moment ago, told to the payee at once, in force 48 hours later.

Real time: nobody brings it about by moving the market's clock.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sealed import masked
from marketplace.identity.models import Membership, Organization, Person
from marketplace.identity.permissions import ROLES
from marketplace.identity.stepping_up import require_recent_sign_in
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.ports import Mailer, Message
from marketplace.kernel.texts import say
from marketplace.rails.change_models import CHANGE, PayoutDestinationChange
from marketplace.rails.events import CHANGE_ASKED, CHANGE_CANCELLED
from marketplace.rails.states import DESTINATION_CHANGE

DELAY: Final = dt.timedelta(hours=48)
"""Time for the payee to notice a change that somebody else asked for in their name."""


@dataclass(frozen=True, slots=True)
class Notice:
    """How a payee is told of a change of where they are paid."""

    mailer: Mailer
    public_url: str


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid: a worker, or an organization for its margins."""

    kind: str
    id: uuid.UUID

    @property
    def subject(self) -> tuple[str, uuid.UUID]:
        """Whom an event is about."""
        return ("person" if self.kind == "worker" else "organization", self.id)

    @property
    def organizations(self) -> list[uuid.UUID]:
        """The organizations that may read what is written about it."""
        return [] if self.kind == "worker" else [self.id]

    @property
    def people(self) -> list[uuid.UUID]:
        """The people who may read what is written about it."""
        return [self.id] if self.kind == "worker" else []


def payee_of(actor: Actor) -> Payee:
    """The payee for whom the actor acts: their organization, else themselves."""
    if actor.organization_id is None:
        return Payee("worker", actor.person)
    return Payee("organization", actor.organization_id)


def lock_payee(session: Session, payee_id: uuid.UUID) -> None:
    """Let whoever says where this payee is paid follow each other, also where there is no row yet."""
    advisory_xact_lock(session, f"payout_destination {payee_id}")


def ask(
    session: Session, actor: Actor, payee: Payee, rail: str, destination: str, present: str | None, notice: Notice
) -> PayoutDestinationChange:
    """Write down that the payee wants to be paid there; whatever waits for the rail already is replaced by it.

    The same wish again changes nothing. The payee is mailed before anything is written for good: a change that nobody
    could be told of does not come about. The caller holds the payee's lock. Raises step_up_required, OSError.
    """
    require_recent_sign_in(session, actor)
    waiting = _waiting(session, payee.id, rail)
    if waiting is not None:
        if CHANGE.get(session, waiting) == destination:
            return waiting
        _cancel(session, actor, waiting)
    now = real_now(session)
    change = PayoutDestinationChange(
        id=new_id(),
        payee_id=payee.id,
        payee_kind=payee.kind,
        rail=rail,
        asked_by=actor.person,
        asked_at=now,
        takes_effect_at=now + DELAY,
    )
    CHANGE.put(session, change, destination)
    session.add(change)
    session.flush()
    note(session, CHANGE_ASKED, actor, change, takes_effect_at=instant(change.takes_effect_at))
    _tell(session, payee, change, destination, present, notice)
    return change


def cancel_change(session: Session, actor: Actor, change_id: uuid.UUID) -> PayoutDestinationChange:
    """Take a change back that waits, whoever asked for it. Raises forbidden, not_found, state_conflict."""
    actor.require("payout_method.set")
    payee = payee_of(actor)
    lock_payee(session, payee.id)
    found = session.get(PayoutDestinationChange, change_id, with_for_update=True, populate_existing=True)
    if found is None or found.payee_id != payee.id:
        raise NOT_FOUND.error(say("There is no change with this id."), noun="payout_method_change")
    _cancel(session, actor, found)
    return found


def waiting_changes(session: Session, payee_id: uuid.UUID) -> dict[str, PayoutDestinationChange]:
    """What waits for the payee, by rail."""
    rows = session.scalars(
        select(PayoutDestinationChange).where(
            PayoutDestinationChange.payee_id == payee_id, PayoutDestinationChange.state == "waiting"
        )
    )
    return {row.rail: row for row in rows}


def oldest_due(session: Session) -> PayoutDestinationChange | None:
    """A change whose time has come, locked together with its payee; None when there is none."""
    due = (
        select(PayoutDestinationChange.id, PayoutDestinationChange.payee_id)
        .where(
            PayoutDestinationChange.state == "waiting",
            PayoutDestinationChange.takes_effect_at <= func.statement_timestamp(),
        )
        .order_by(PayoutDestinationChange.takes_effect_at, PayoutDestinationChange.id)
    )
    for change_id, payee_id in session.execute(due.limit(10)).all():
        # The payee first, as everybody does: who holds the row then waits for nobody.
        lock_payee(session, payee_id)
        change = session.get_one(PayoutDestinationChange, change_id, with_for_update=True, populate_existing=True)
        if change.state == "waiting":
            return change
    return None


def note(session: Session, kind: EventKind, actor: Actor, change: PayoutDestinationChange, **more: str) -> None:
    """Write an event about the change; never where the payee is paid."""
    payee = Payee(change.payee_kind, change.payee_id)
    record(
        session,
        kind,
        actor,
        subject=payee.subject,
        organizations=payee.organizations,
        people=payee.people,
        body={"rail": change.rail, "change": public("payout_method_change", change.id), **more},
    )


def _waiting(session: Session, payee_id: uuid.UUID, rail: str) -> PayoutDestinationChange | None:
    return session.scalars(
        select(PayoutDestinationChange)
        .where(
            PayoutDestinationChange.payee_id == payee_id,
            PayoutDestinationChange.rail == rail,
            PayoutDestinationChange.state == "waiting",
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _cancel(session: Session, actor: Actor, change: PayoutDestinationChange) -> None:
    DESTINATION_CHANGE.check(change.state, "cancelled")
    change.state, change.ended_at, change.ended_by = "cancelled", real_now(session), actor.person_id
    session.flush()
    note(session, CHANGE_CANCELLED, actor, change)


def _tell(
    session: Session,
    payee: Payee,
    change: PayoutDestinationChange,
    destination: str,
    present: str | None,
    notice: Notice,
) -> None:
    page = f"{notice.public_url}/{'work/payout-method' if payee.kind == 'worker' else 'console/team'}"
    when = change.takes_effect_at
    until = (
        say("This takes effect on %(moment)s. Until then nothing is paid on that rail.", moment=when)
        if present is None
        else say(
            "This takes effect on %(moment)s. Until then payouts go on to %(present)s.",
            moment=when,
            present=masked(present),
        )
    )
    where = {"rail": change.rail, "destination": masked(destination)}
    for person, asked, language in _people(session, payee, where):
        text = say(
            "Hello %(name)s,\n\n%(asked)s\n\n%(until)s\n\n"
            "If it was not you, or not right, sign in and take the change back before then:\n%(page)s",
            name=person.name,
            asked=asked,
            until=until,
            page=page,
        )
        notice.mailer.send(Message(person.email, say("Where you are paid is about to change"), text, language))


def _people(session: Session, payee: Payee, where: dict[str, str]) -> Iterator[tuple[Person, str, str]]:
    """The worker, or everybody who may say where the organization is paid; what was asked, and the mail's language."""
    if payee.kind == "worker":
        person = session.get_one(Person, payee.id)
        asked = say(
            "somebody who signed in as you asked for you to be paid on the rail %(rail)s at %(destination)s.", **where
        )
        yield person, asked, person.language
        return
    name = session.get_one(Organization, payee.id).name
    told = (
        f"somebody who signed in as a member of {name} asked for {name} to be paid on the rail {where['rail']} at "
        f"{where['destination']}."
    )
    roles = [role for role, permissions in ROLES.items() if "payout_method.set" in permissions]
    members = select(Membership.person_id).where(Membership.organization_id == payee.id, Membership.role.in_(roles))
    for person in session.scalars(select(Person).where(Person.id.in_(members)).order_by(Person.id)):
        yield person, told, "en"

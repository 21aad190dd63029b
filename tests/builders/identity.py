"""People and organizations for tests."""

import datetime as dt
import itertools
import uuid
from dataclasses import replace

from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.identity import directory
from marketplace.identity.authentication import actor_of_person
from marketplace.identity.models import Organization, Person, WebSession
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ports import Message

_numbers = itertools.count(1)
TESTS = system_actor("tests")


class Mailbox:
    """A mailer that keeps what was sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def last(self) -> Message:
        return self.messages[-1]


def make_person(session: Session, *, name: str = "", email: str = "", verified: bool = True) -> Person:
    number = f"{next(_numbers)}-{uuid.uuid4().hex[:6]}"
    return directory.create_person(
        session, name=name or f"Person {number}", email=email or f"person-{number}@example.test", verified=verified
    )


def make_organization(
    session: Session, kind: str = "client", *, name: str = "", state: str = "approved", country: str = "CN"
) -> Organization:
    return directory.create_organization(
        session, TESTS, kind=kind, name=name or f"{kind.title()} {next(_numbers)}", country=country, state=state
    )


def make_member(session: Session, organization: Organization, role: str, *, person: Person | None = None) -> Actor:
    """A person with that role, as the actor they are."""
    person = person or make_person(session)
    directory.add_member(session, TESTS, person.id, organization.id, role)
    actor = actor_of_person(session, person.id, organization.id, via="session")
    assert actor is not None
    return actor


def make_worker(session: Session, *, country: str = "KE", name: str = "") -> Actor:
    """A worker, as the actor they are."""
    person = make_person(session, name=name)
    directory.create_worker(session, TESTS, person.id, country=country, languages=["en", "sw"])
    actor = actor_of_person(session, person.id, None, via="session")
    assert actor is not None
    return actor


def signed_in(session: Session, actor: Actor, *, minutes_ago: float = 0) -> Actor:
    """The same actor in a browser in which they signed in so long ago."""
    row = WebSession(
        secret_hash=uuid.uuid4().bytes,
        person_id=actor.person,
        organization_id=actor.organization_id,
        face="work" if actor.organization_id is None else "console",
        created_at=real_now(session) - dt.timedelta(minutes=minutes_ago),
        expires_at=real_now(session) + dt.timedelta(hours=12),
    )
    session.add(row)
    session.flush()
    return replace(actor, session_id=row.id)


def make_staff(session: Session, role: str) -> Actor:
    """A person of the platform with that role; the platform is made when there is none."""
    platform = session.query(Organization).filter_by(kind="platform").first()
    return make_member(session, platform or make_organization(session, "platform"), role)


def make_one(session: Session, kind: str | None, role: str) -> Actor:
    """Somebody with that role: a worker without a kind, else the platform's, or of an organization of their own."""
    if kind is None:
        return make_worker(session)
    if kind == "platform":
        return make_staff(session, role)
    return make_member(session, make_organization(session, kind), role)

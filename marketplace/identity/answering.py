"""Answering an invitation by its mailed link: who opens it reads mail at the address, which is all there is to show."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.identity import events
from marketplace.identity.directory import accept_terms, create_person, grant, refuse_staff
from marketplace.identity.errors import EMAIL_TAKEN, INVITATION_REFUSED
from marketplace.identity.models import Invitation, Organization, Person
from marketplace.identity.queries import invitation_is_open
from marketplace.identity.secrets import digest
from marketplace.identity.states import INVITATION
from marketplace.identity.terms import TERMS_VERSION
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say

_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Opened:
    """What an invitation says to whoever holds its link; `known` is whether the address has an account already."""

    invitation: Invitation
    organization: Organization
    inviter: str | None
    known: bool


def open_invitation(session: Session, token: str) -> Opened:
    """Read an invitation that waits for an answer. Raises invitation_refused, with the same words for every reason."""
    invitation = _find(session, token, lock=False)
    inviter = invitation.invited_by_person_id
    return Opened(
        invitation,
        session.get_one(Organization, invitation.organization_id),
        None if inviter is None else session.get_one(Person, inviter).name,
        _person_at(session, invitation.email) is not None,
    )


def accept(session: Session, token: str, *, name: str = "") -> Person:
    """Take the role: the person is made where the address is new (called `name`, or as the invitation says).

    The link shows that the address is theirs; the page says that accepting accepts the terms.
    Raises invitation_refused, invalid (also for the platform's staff, who take no side).
    """
    # Two browsers that accept at once, or a revocation in between, meet at the invitation's row: one of them is first.
    invitation = _find(session, token, lock=True)
    organization = session.get_one(Organization, invitation.organization_id)
    person = _person_at(session, invitation.email) or _new_person(session, name or invitation.name, invitation.email)
    # They may just be joining the platform by another link: under the lock of the person one of the two is seen.
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    refuse_staff(session, person.id, organization)
    actor = _as_invited(person)
    grant(session, actor, person.id, organization.id, invitation.role)
    accept_terms(session, person.id, TERMS_VERSION)
    if person.email_verified_at is None:
        person.email_verified_at = func.statement_timestamp()
    invitation.person_id = person.id
    _decide(session, invitation, "accepted")
    record(
        session,
        events.INVITATION_ACCEPTED,
        actor,
        subject=("invitation", invitation.id),
        organizations=[organization.id],
        people=[person.id],
        body={"role": invitation.role, "person": public("person", person.id)},
    )
    return person


def decline(session: Session, token: str) -> Invitation:
    """Refuse the role; nothing is kept of the address but the invitation itself. Raises invitation_refused."""
    invitation = _find(session, token, lock=True)
    _decide(session, invitation, "declined")
    record(
        session,
        events.INVITATION_DECLINED,
        Actor(None, None, None, frozenset(), frozenset(), "link", "invited"),
        subject=("invitation", invitation.id),
        organizations=[invitation.organization_id],
        body={"role": invitation.role},
    )
    return invitation


def _find(session: Session, token: str, *, lock: bool) -> Invitation:
    wanted = select(Invitation).where(Invitation.token_hash == digest(token), invitation_is_open())
    wanted = wanted.with_for_update() if lock else wanted
    found = None
    if token and len(token) <= _LENGTH_MAX:
        found = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise INVITATION_REFUSED.error(
            say("This invitation is unknown, answered or taken back already, or past its end.")
        )
    return found


def _decide(session: Session, invitation: Invitation, state: str) -> None:
    INVITATION.check(invitation.state, state)
    invitation.state = state
    invitation.decided_at = func.statement_timestamp()
    session.flush()
    session.refresh(invitation)


def _person_at(session: Session, email: str) -> Person | None:
    return session.scalars(select(Person).where(Person.email == email)).one_or_none()


def _new_person(session: Session, name: str, email: str) -> Person:
    try:
        return create_person(session, name=name, email=email, verified=True)
    except DomainError as error:
        # They signed up at the same moment; then they are known by now.
        person = _person_at(session, email)
        if error.spec is not EMAIL_TAKEN or person is None:
            raise
        return person


def _as_invited(person: Person) -> Actor:
    return Actor(person.id, None, None, frozenset(), frozenset(), "link", person.name)

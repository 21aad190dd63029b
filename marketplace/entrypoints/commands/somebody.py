"""Who answers for what a command does."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity.authentication import actor_of_person
from marketplace.identity.models import Membership, Organization, Person
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND


def platform_person(session: Session, email: str) -> Actor:
    """The person of the platform with this address; raises not_found, and later forbidden without the permission."""
    found = session.execute(
        select(Membership.person_id, Membership.organization_id)
        .join(Person, Person.id == Membership.person_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Person.email == email.strip().lower(), Organization.kind == "platform")
        .limit(1)
    ).one_or_none()
    actor = None if found is None else actor_of_person(session, *found, via="command_line")
    if actor is None:
        raise NOT_FOUND.error(f"Nobody of the platform has the address {email}.", noun="person")
    return actor

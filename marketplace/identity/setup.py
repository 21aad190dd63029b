"""The very first person: made once by whoever installs the service."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.db.locks import advisory_xact_lock
from marketplace.identity.directory import accept_terms, add_member, create_organization, create_person
from marketplace.identity.errors import SETUP_DONE
from marketplace.identity.models import Membership, Person
from marketplace.identity.queries import platform_organization
from marketplace.identity.terms import TERMS_VERSION
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FORBIDDEN


def create_first_operator(
    session: Session, actor: Actor, *, name: str, email: str, platform_name: str = "Piecework", country: str = "CH"
) -> Person:
    """Make the platform's organization and its first operations person.

    Only from the command line or the product itself. Raises setup_done when there is an operations person already.
    """
    if actor.via not in {"system", "command_line"}:
        raise FORBIDDEN.error("The first operations person is made on the machine itself.")
    advisory_xact_lock(session, "identity.setup")
    if session.scalar(select(exists().where(Membership.role == "operations"))):
        raise SETUP_DONE.error("There is an operations person already; ask them to add you.")
    platform = platform_organization(session)
    if platform is None:
        platform = create_organization(session, actor, kind="platform", name=platform_name, country=country)
    person = create_person(session, name=name, email=email)
    add_member(session, actor, person.id, platform.id, "operations")
    accept_terms(session, person.id, TERMS_VERSION)
    return person

"""Making people, organizations and memberships: for sign-up, setup, the team page and the demo."""

import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.identity import events
from marketplace.identity.errors import EMAIL_TAKEN, LAST_OF_ROLE, ROLE_UNKNOWN
from marketplace.identity.models import Membership, Organization, Person, TermsAcceptance, Worker
from marketplace.identity.permissions import ROLES_BY_KIND
from marketplace.identity.terms import TERMS_VERSION
from marketplace.identity.values import read_country, read_email, read_languages, read_name
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.texts import say

KINDS = ("client", "subcontractor", "platform")
_MANAGING_ROLES = frozenset({"requester", "manager", "operations"})


def create_person(session: Session, *, name: str, email: str, language: str = "en", verified: bool = False) -> Person:
    """A person, known by one address. Raises email_taken, email_invalid, invalid."""
    address, name = read_email(email), read_name(name)
    # Two sign-ups with one address may run at once: the unique index decides, without an error in the transaction.
    person_id = session.execute(
        insert(Person)
        .values(
            id=new_id(),
            name=name,
            email=address,
            language=language,
            email_verified_at=func.statement_timestamp() if verified else None,
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(Person.id)
    ).scalar_one_or_none()
    if person_id is None:
        message = say("There is an account with this address already.")
        raise EMAIL_TAKEN.error(message, errors=[FieldError("/email", "email_taken", message)])
    return session.get_one(Person, person_id)


def create_organization(
    session: Session, actor: Actor, *, kind: str, name: str, country: str, state: str = "approved"
) -> Organization:
    """An organization; sign-up makes them pending, the operator approved. Raises invalid."""
    if kind not in KINDS:
        message = say("An organization is a client, a subcontractor or the platform.")
        raise INVALID.error(message, errors=[FieldError("/kind", "kind_unknown", message)])
    organization = Organization(kind=kind, name=read_name(name), country=read_country(country), state=state)
    session.add(organization)
    session.flush()
    record(
        session,
        events.ORGANIZATION_CREATED,
        actor,
        subject=("organization", organization.id),
        organizations=[organization.id],
        body={"organization_kind": kind, "country": organization.country, "state": state},
    )
    return organization


def create_worker(
    session: Session,
    actor: Actor,
    person_id: uuid.UUID,
    *,
    country: str,
    languages: Sequence[str],
    terms_version: str = TERMS_VERSION,
) -> Worker:
    """Make a person a worker who is of age and accepted that version of the terms. Raises invalid."""
    worker = Worker(
        person_id=person_id,
        country=read_country(country),
        languages=read_languages(languages),
        adult_confirmed_at=func.statement_timestamp(),
    )
    session.add(worker)
    session.flush()
    accept_terms(session, person_id, terms_version)
    record(
        session,
        events.WORKER_SIGNED_UP,
        actor,
        subject=("person", person_id),
        people=[person_id],
        body={"country_commitment": said(worker.country), "terms_version": terms_version},
    )
    return worker


def accept_terms(session: Session, person_id: uuid.UUID, terms_version: str) -> None:
    """Note that the person accepted that version; a second time changes nothing."""
    session.execute(
        insert(TermsAcceptance).values(person_id=person_id, terms_version=terms_version).on_conflict_do_nothing()
    )


def add_member(session: Session, actor: Actor, person_id: uuid.UUID, organization_id: uuid.UUID, role: str) -> None:
    """Give a person a role in an organization; a second time changes nothing.

    Needs member.manage: for one's own organization, or for any as operations. Nobody is made a member without having
    agreed: who is none yet is invited; only the machine's operator and the product itself may do without.
    Raises role_unknown, not_found, invalid.
    """
    organization = managed(session, actor, organization_id)
    check_role(organization, role)
    if actor.via not in {"system", "command_line"}:
        refuse_stranger(session, person_id, organization_id)
    grant(session, actor, person_id, organization_id, role)


def grant(session: Session, actor: Actor, person_id: uuid.UUID, organization_id: uuid.UUID, role: str) -> None:
    """Write the role down; the caller has checked everything."""
    added = session.execute(
        insert(Membership)
        .values(person_id=person_id, organization_id=organization_id, role=role)
        .on_conflict_do_nothing()
        .returning(Membership.role)
    ).scalar_one_or_none()
    if added is not None:
        _record_member(session, events.MEMBER_ADDED, actor, person_id, organization_id, role)


def enlist_member(
    session: Session, actor: Actor, organization_id: uuid.UUID, *, name: str, email: str, role: str
) -> Person:
    """Give a role to whoever has that address, making the person first where there is none; for setup and the demo."""
    managed(session, actor, organization_id)
    address = read_email(email)
    person = session.scalars(select(Person).where(Person.email == address)).one_or_none()
    if person is None:
        person = create_person(session, name=name, email=address)
    add_member(session, actor, person.id, organization_id, role)
    return person


# With the last role goes what the organization's identity provider calls the person: invited again one connects anew.
_FORGET_CONNECTION: Final = text(
    """
    DELETE FROM provider_identity USING identity_provider
    WHERE identity_provider.id = provider_identity.provider_id
        AND identity_provider.organization_id = :organization_id AND provider_identity.person_id = :person_id
        AND NOT EXISTS (
            SELECT FROM membership
            WHERE membership.person_id = :person_id AND membership.organization_id = :organization_id
        )
    """
)


def remove_member(session: Session, actor: Actor, person_id: uuid.UUID, organization_id: uuid.UUID, role: str) -> None:
    """Take a role from a person. Raises last_of_role for the last one who can manage, not_found."""
    managed(session, actor, organization_id)
    # Two managers who remove each other at once would leave nobody: the organization's row is locked first.
    session.execute(select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True))
    holders = session.scalars(
        select(Membership.person_id).where(Membership.organization_id == organization_id, Membership.role == role)
    ).all()
    if person_id not in holders:
        raise NOT_FOUND.error("There is no such member.", noun="person")
    if role in _MANAGING_ROLES and len(holders) == 1:
        raise LAST_OF_ROLE.error("The last person who can manage the organization cannot be removed.")
    session.execute(
        delete(Membership).where(
            Membership.person_id == person_id,
            Membership.organization_id == organization_id,
            Membership.role == role,
        )
    )
    session.execute(_FORGET_CONNECTION, {"person_id": person_id, "organization_id": organization_id})
    _record_member(session, events.MEMBER_REMOVED, actor, person_id, organization_id, role)


def check_role(organization: Organization, role: str) -> None:
    """Refuse a role that this kind of organization has not. Raises role_unknown."""
    if role not in ROLES_BY_KIND[organization.kind]:
        message = f"A {organization.kind} organization has no role {role!r}."
        raise ROLE_UNKNOWN.error(message, errors=[FieldError("/role", "role_unknown", message)])


def refuse_stranger(session: Session, person_id: uuid.UUID, organization_id: uuid.UUID) -> None:
    """Refuse a person without any role in the organization. Raises not_found."""
    member = exists().where(Membership.person_id == person_id, Membership.organization_id == organization_id)
    if not session.scalar(select(member)):
        raise NOT_FOUND.error(say("There is no such member."), noun="person")


def refuse_staff(session: Session, person_id: uuid.UUID, organization: Organization) -> None:
    """Nobody draws the platform's staff into an organization of the market. Raises invalid.

    Members may not approve what pays it nor decide its disputes, and a layer that made every approver a member would
    stop all payouts.
    """
    works_here = exists().where(
        Membership.person_id == person_id,
        Organization.id == Membership.organization_id,
        Organization.kind == "platform",
    )
    if organization.kind != "platform" and session.scalar(select(works_here)):
        message = say("This person works for the platform and cannot take a side in an organization.")
        raise INVALID.error(message, errors=[FieldError("", "staff_take_no_side", message)])


def managed(session: Session, actor: Actor, organization_id: uuid.UUID) -> Organization:
    """An organization whose people the actor manages: the own one, or any as operations.

    Raises forbidden, not_found.
    """
    actor.require("member.manage")
    organization = session.get(Organization, organization_id)
    staff = actor.organization_kind == "platform" or actor.via in {"system", "command_line"}
    if organization is None or not (staff or actor.organization_id == organization_id):
        raise NOT_FOUND.error("There is no organization with this id.", noun="organization")
    return organization


def _record_member(
    session: Session,
    kind: EventKind,
    actor: Actor,
    person_id: uuid.UUID,
    organization_id: uuid.UUID,
    role: str,
) -> None:
    record(
        session,
        kind,
        actor,
        subject=("organization", organization_id),
        organizations=[organization_id],
        people=[person_id],
        body={"person": public("person", person_id), "role": role},
    )

"""Signing up: workers at once, organizations after operations have looked.

The address is verified by the mailed link: nobody has a session without having opened one.
"""

import uuid
from collections.abc import Callable, Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.identity import events
from marketplace.identity.directory import (
    accept_terms,
    add_member,
    create_organization,
    create_person,
    create_worker,
)
from marketplace.identity.errors import SIGN_UP_UNVERIFIED
from marketplace.identity.models import Membership, Organization, Person
from marketplace.identity.signin import mail_link, request_sign_in
from marketplace.identity.states import ORGANIZATION
from marketplace.identity.terms import TERMS_VERSION
from marketplace.identity.values import read_country, read_email, read_languages, read_name
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, DomainError, FieldError
from marketplace.kernel.ports import Mailer
from marketplace.kernel.texts import say

FIRST_ROLE = {"client": "requester", "subcontractor": "manager"}
REASON_LENGTH_MAX = 1000


def sign_up_worker(
    session: Session,
    mailer: Mailer,
    *,
    name: str,
    email: str,
    country: str,
    languages: Sequence[str],
    adult: bool,
    terms_version: str,
    public_url: str,
    language: str = "en",
) -> None:
    """Sign a person up as a worker and mail the link that verifies the address.

    For an address already known nothing changes and its owner gets an ordinary sign-in mail, so that nobody learns
    who has an account. Raises invalid with every field that is wrong, email_invalid.
    """
    errors = _field_errors(
        lambda: read_name(name),
        lambda: read_email(email),
        lambda: read_country(country),
        lambda: read_languages(languages),
        lambda: _confirmed(adult, "/adult", say("Piecework is for adults only; please confirm that you are one.")),
        lambda: _terms(terms_version),
    )
    if errors:
        raise INVALID.error(say("Some of the fields need another look."), errors=errors)
    if _known(session, email):
        request_sign_in(session, mailer, email, "work", public_url, language=language)
        return
    person = create_person(session, name=name, email=email, language=language)
    create_worker(
        session,
        system_actor("sign_up"),
        person.id,
        country=country,
        languages=languages,
        terms_version=terms_version,
    )
    mail_link(session, mailer, person, "work", public_url, language=language)


def sign_up_organization(
    session: Session,
    mailer: Mailer,
    *,
    kind: str,
    organization_name: str,
    country: str,
    name: str,
    email: str,
    terms_version: str,
    public_url: str,
    language: str = "en",
) -> None:
    """Sign up a client or a subcontractor with its first person; it waits for operations' approval.

    For an address already known nothing changes, as with workers. Raises invalid with every field that is wrong.
    """
    if kind not in FIRST_ROLE:
        message = say("A client or a subcontractor can sign up.")
        raise INVALID.error(message, errors=[FieldError("/kind", "kind_unknown", message)])
    errors = _field_errors(
        lambda: read_name(organization_name, "/organization_name"),
        lambda: read_country(country),
        lambda: read_name(name),
        lambda: read_email(email),
        lambda: _terms(terms_version),
    )
    if errors:
        raise INVALID.error(say("Some of the fields need another look."), errors=errors)
    if _known(session, email):
        request_sign_in(session, mailer, email, "console", public_url, language=language)
        return
    actor = system_actor("sign_up")
    person = create_person(session, name=name, email=email, language=language)
    organization = create_organization(
        session, actor, kind=kind, name=organization_name, country=country, state=ORGANIZATION.initial
    )
    add_member(session, actor, person.id, organization.id, FIRST_ROLE[kind])
    accept_terms(session, person.id, terms_version)
    mail_link(session, mailer, person, "console", public_url, language=language)


def decide_sign_up(
    session: Session, actor: Actor, organization_id: uuid.UUID, *, approve: bool, reason: str = ""
) -> Organization:
    """Approve or reject a waiting organization; or suspend one, or take it back.

    A refusal needs a reason. Raises forbidden, not_found, invalid, state_conflict, sign_up_unverified.
    """
    actor.require("signup.decide")
    organization = session.scalars(
        select(Organization).where(Organization.id == organization_id).with_for_update(key_share=True)
    ).one_or_none()
    if organization is None or organization.kind == "platform":
        raise NOT_FOUND.error("There is no organization with this id.", noun="organization")
    before = organization.state
    refused = "rejected" if before == ORGANIZATION.initial else "suspended"
    target = "approved" if approve else refused
    ORGANIZATION.check(before, target)
    text = reason.strip()[:REASON_LENGTH_MAX]
    if not approve and not text:
        message = "Say why: the organization reads it."
        raise INVALID.error(message, errors=[FieldError("/reason", "reason_missing", message)])
    if approve and before == ORGANIZATION.initial and not _someone_verified(session, organization_id):
        raise SIGN_UP_UNVERIFIED.error("Nobody of this organization has opened the mailed link yet.")
    organization.state = target
    organization.decided_at = func.statement_timestamp()
    organization.decided_by_person_id = actor.person_id
    organization.decision_reason = text or None
    organization.version += 1
    session.flush()
    session.refresh(organization)
    record(
        session,
        events.ORGANIZATION_DECIDED,
        actor,
        subject=("organization", organization_id),
        organizations=[organization_id],
        body={"from_state": before, "to_state": target, "reason_given": bool(text)},
    )
    return organization


def _known(session: Session, email: str) -> bool:
    return bool(session.scalar(select(exists().where(Person.email == read_email(email)))))


def _someone_verified(session: Session, organization_id: uuid.UUID) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    Membership.organization_id == organization_id,
                    Person.id == Membership.person_id,
                    Person.email_verified_at.is_not(None),
                )
            )
        )
    )


def _confirmed(given: bool, pointer: str, message: str) -> None:
    if not given:
        raise INVALID.error(message, errors=[FieldError(pointer, "not_confirmed", message)])


def _terms(version: str) -> None:
    message = say("Please read and accept the terms as they stand now.")
    if version != TERMS_VERSION:
        raise INVALID.error(message, errors=[FieldError("/terms_version", "terms_not_accepted", message)])


def _field_errors(*readers: Callable[[], object]) -> list[FieldError]:
    errors: list[FieldError] = []
    for read in readers:
        try:
            read()
        except DomainError as problem:
            errors.extend(problem.errors)
    return errors

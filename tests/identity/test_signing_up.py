import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.engine import transaction
from marketplace.identity import directory, setup, signin, signup
from marketplace.identity.models import Membership, Organization, Person, TermsAcceptance, Worker
from marketplace.identity.permissions import DESCRIPTIONS, ROLES, ROLES_BY_KIND
from marketplace.identity.terms import TERMS_VERSION
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from tests.builders.at_once import at_once
from tests.builders.identity import Mailbox, make_member, make_organization, make_person, make_staff

URL = "http://market.test"


def sign_up_worker(session: Session, mail: Mailbox, **changes: object) -> None:
    values: dict[str, object] = {
        "name": "Amina  Otieno",
        "email": "Amina@Example.test",
        "country": "ke",
        "languages": ["sw", "en"],
        "adult": True,
        "terms_version": TERMS_VERSION,
        "public_url": URL,
    }
    signup.sign_up_worker(session, mail, **{**values, **changes})  # type: ignore[arg-type]


def sign_up_client(session: Session, mail: Mailbox, **changes: object) -> None:
    values: dict[str, object] = {
        "kind": "client",
        "organization_name": "Street Maps",
        "country": "DE",
        "name": "Jo Kim",
        "email": "jo@example.test",
        "terms_version": TERMS_VERSION,
        "public_url": URL,
    }
    signup.sign_up_organization(session, mail, **{**values, **changes})  # type: ignore[arg-type]


def token_in(mail: Mailbox) -> str:
    return mail.last.text.split("/sign-in/")[1].split()[0]


def test_a_stranger_becomes_a_worker_by_opening_the_mailed_link(session: Session) -> None:
    mail = Mailbox()
    sign_up_worker(session, mail)
    person = session.scalars(select(Person).where(Person.email == "amina@example.test")).one()
    assert (person.name, person.email_verified_at) == ("Amina Otieno", None)
    worker = session.get_one(Worker, person.id)
    assert (worker.country, worker.languages) == ("KE", ["sw", "en"])
    assert session.scalars(select(TermsAcceptance.terms_version)).all() == [TERMS_VERSION]
    signin.consume(session, "work", token=token_in(mail))
    session.refresh(person)
    assert person.email_verified_at is not None


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"email": "nobody"}, "/email"),
        ({"email": "a@b@c.test"}, "/email"),
        ({"country": "XX"}, "/country"),
        ({"languages": []}, "/languages"),
        ({"languages": ["klingon"]}, "/languages"),
        ({"adult": False}, "/adult"),
        ({"terms_version": "1999"}, "/terms_version"),
    ],
)
def test_each_wrong_field_is_named(session: Session, changes: dict[str, object], pointer: str) -> None:
    with pytest.raises(DomainError) as refused:
        sign_up_worker(session, Mailbox(), **changes)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_signing_up_with_a_known_address_changes_nothing_and_tells_only_its_owner(session: Session) -> None:
    mail = Mailbox()
    sign_up_worker(session, mail)
    sign_up_worker(session, mail, name="Somebody Else")
    sign_up_client(session, mail, email="amina@example.test")
    assert [message.to for message in mail.messages] == ["amina@example.test"] * 3
    assert session.scalars(select(Person.name)).all() == ["Amina Otieno"]
    assert session.scalar(select(func.count()).select_from(Organization)) == 0


def test_an_organization_waits_for_operations_and_for_its_verified_address(session: Session) -> None:
    mail = Mailbox()
    operations = make_staff(session, "operations")
    sign_up_client(session, mail)
    organization = session.scalars(select(Organization).where(Organization.name == "Street Maps")).one()
    assert organization.state == "pending"
    with pytest.raises(DomainError) as refused:
        signup.decide_sign_up(session, operations, organization.id, approve=True)
    assert refused.value.slug == "sign_up_unverified"
    signin.consume(session, "console", token=token_in(mail))
    signup.decide_sign_up(session, operations, organization.id, approve=True)
    assert organization.state == "approved"
    assert organization.decided_by_person_id == operations.person_id
    kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id == organization.id)).all()
    assert set(kinds) == {"organization.created", "member.added", "organization.decided"}


def test_a_refusal_needs_a_reason_and_only_allowed_moves_happen(session: Session) -> None:
    operations = make_staff(session, "operations")
    organization = make_organization(session, state="pending")
    with pytest.raises(DomainError) as refused:
        signup.decide_sign_up(session, operations, organization.id, approve=False, reason="  ")
    assert refused.value.slug == "invalid"
    signup.decide_sign_up(session, operations, organization.id, approve=False, reason="Not reachable")
    assert organization.state == "rejected"
    with pytest.raises(DomainError) as refused:
        signup.decide_sign_up(session, operations, organization.id, approve=False, reason="again")
    assert refused.value.slug == "state_conflict"
    signup.decide_sign_up(session, operations, organization.id, approve=True)
    signup.decide_sign_up(session, operations, organization.id, approve=False, reason="Silent")
    assert organization.state == "suspended"


def test_only_operations_decide(session: Session) -> None:
    organization = make_organization(session, state="pending")
    for actor in (make_staff(session, "finance"), make_member(session, make_organization(session), "requester")):
        with pytest.raises(DomainError) as refused:
            signup.decide_sign_up(session, actor, organization.id, approve=True)
        assert refused.value.slug == "forbidden"


def test_the_first_operations_person_is_made_once_and_on_the_machine_itself(session: Session) -> None:
    machine = Actor(None, None, None, frozenset(), frozenset({"*"}), "command_line", "setup")
    person = setup.create_first_operator(session, machine, name="Ada", email="ada@example.test")
    assert session.scalars(select(Membership.role).where(Membership.person_id == person.id)).all() == ["operations"]
    with pytest.raises(DomainError) as refused:
        setup.create_first_operator(session, machine, name="Bob", email="bob@example.test")
    assert refused.value.slug == "setup_done"
    with pytest.raises(DomainError) as refused:
        setup.create_first_operator(session, make_staff(session, "operations"), name="C", email="c@example.test")
    assert refused.value.slug == "forbidden"


def test_a_manager_gives_roles_to_members_of_the_own_organization_only(session: Session) -> None:
    mine, other = make_organization(session, "subcontractor"), make_organization(session, "subcontractor")
    manager, reviewer = make_member(session, mine, "manager"), make_member(session, mine, "reviewer")
    directory.add_member(session, manager, reviewer.person, mine.id, "manager")
    for person_id, organization_id, role, slug in (
        (reviewer.person, other.id, "reviewer", "not_found"),
        (reviewer.person, mine.id, "finance", "role_unknown"),
        (make_person(session).id, mine.id, "reviewer", "not_found"),
    ):
        with pytest.raises(DomainError) as refused:
            directory.add_member(session, manager, person_id, organization_id, role)
        assert refused.value.slug == slug


def test_of_two_managers_who_remove_each_other_at_once_one_stays(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        organization = make_organization(session, "subcontractor")
        managers = [make_member(session, organization, "manager") for _ in range(2)]

    def remove(who: Actor, whom: Actor) -> None:
        with transaction(committing_engine) as session:
            directory.remove_member(session, who, whom.person, organization.id, "manager")

    first, second = managers
    assert at_once(lambda: remove(first, second), lambda: remove(second, first)) == {"done": 1, "last_of_role": 1}


def test_the_last_manager_stays(session: Session) -> None:
    organization = make_organization(session, "subcontractor")
    first = make_member(session, organization, "manager")
    with pytest.raises(DomainError) as refused:
        directory.remove_member(session, first, first.person, organization.id, "manager")
    assert refused.value.slug == "last_of_role"
    second = make_member(session, organization, "manager")
    directory.remove_member(session, second, first.person, organization.id, "manager")


def test_one_address_is_one_person(session: Session) -> None:
    make_person(session, email="one@example.test")
    with pytest.raises(DomainError) as refused:
        make_person(session, email="ONE@example.test")
    assert refused.value.slug == "email_taken"


def test_every_role_is_known_somewhere_and_uses_described_permissions() -> None:
    assert {role for roles in ROLES_BY_KIND.values() for role in roles} | {"worker"} == set(ROLES)
    assert frozenset().union(*ROLES.values()) == set(DESCRIPTIONS)


def test_the_auditor_only_reads() -> None:
    assert all(name.endswith(".read") for name in ROLES["auditor"])


def test_no_system_duty_is_a_person() -> None:
    assert system_actor("sign_up").person_id is None

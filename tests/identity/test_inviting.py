"""Nobody becomes a member without having accepted, once, by the newest mailed link, before its end."""

import datetime as dt
import re
import time
import uuid

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.engine import transaction
from marketplace.identity import answering, inviting, queries
from marketplace.identity.authentication import actor_of_person
from marketplace.identity.models import Invitation, Membership, Organization, Person, TermsAcceptance
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from tests.builders.at_once import at_once
from tests.builders.identity import Mailbox, make_member, make_organization, make_person, make_staff, make_worker

URL = "http://market.test"


def make_manager(session: Session) -> Actor:
    return make_member(session, make_organization(session, "subcontractor"), "manager")


def invite(
    session: Session, manager: Actor, mail: Mailbox, email: str = "lee@example.test", role: str = "reviewer"
) -> Invitation:
    return inviting.invite(
        session, manager, mail, manager.organization, name="Lee", email=email, role=role, public_url=URL
    )


def token_in(mail: Mailbox) -> str:
    return mail.last.text.split("/sign-up/invitation/")[1].split()[0]


def roles_of(session: Session, organization_id: uuid.UUID) -> list[str]:
    return sorted(session.scalars(select(Membership.role).where(Membership.organization_id == organization_id)))


def refused_with(session: Session, token: str) -> str:
    with pytest.raises(DomainError) as refused:
        answering.accept(session, token)
    return refused.value.slug


def test_an_invited_stranger_is_a_member_once_they_accept_and_not_before(session: Session) -> None:
    mail, manager = Mailbox(), make_manager(session)
    invitation = invite(session, manager, mail, "Lee@Example.test")
    assert session.scalars(select(Person.id).where(Person.email == "lee@example.test")).all() == []
    assert roles_of(session, manager.organization) == ["manager"]
    opened = answering.open_invitation(session, token_in(mail))
    assert (opened.inviter, opened.invitation.role, opened.known) == (manager.name, "reviewer", False)
    person = answering.accept(session, token_in(mail), name="Lee Njeri")
    assert (person.name, person.email_verified_at is None) == ("Lee Njeri", False)
    actor = actor_of_person(session, person.id, manager.organization)
    assert actor is not None
    assert actor.roles == {"reviewer"}
    assert queries.get_invitation(session, manager, invitation.id) == (invitation, "accepted")
    assert session.scalar(select(func.count()).where(TermsAcceptance.person_id == person.id)) == 1
    kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id == invitation.id)).all()
    assert sorted(kinds) == ["invitation.accepted", "invitation.created"]


def test_a_known_person_keeps_their_name_and_gets_the_role(session: Session) -> None:
    mail, manager, worker = Mailbox(), make_manager(session), make_worker(session, name="Amina")
    email = session.get_one(Person, worker.person).email
    invite(session, manager, mail, email)
    assert answering.open_invitation(session, token_in(mail)).known
    person = answering.accept(session, token_in(mail), name="Somebody Else")
    assert (person.id, person.name) == (worker.person, "Amina")


def test_inviting_a_known_and_an_unknown_address_looks_the_same(session: Session) -> None:
    known = session.get_one(Person, make_worker(session).person).email
    staff = session.get_one(Person, make_staff(session, "finance").person).email
    mail, manager = Mailbox(), make_manager(session)
    seen = []
    for email in (known, staff, "unknown@example.test"):
        invitation = invite(session, manager, mail, email)
        text = re.sub(r"/verify/\w+", "/verify/CODE", mail.last.text.replace(token_in(mail), "TOKEN"))
        seen.append((invitation.state, invitation.person_id, invitation.name, mail.last.subject, text))
    assert seen[0] == seen[1] == seen[2]


def test_a_declined_invitation_makes_nobody_and_cannot_be_accepted_any_more(session: Session) -> None:
    mail, manager = Mailbox(), make_manager(session)
    invitation = invite(session, manager, mail)
    answering.decline(session, token_in(mail))
    assert invitation.state == "declined"
    assert refused_with(session, token_in(mail)) == "invitation_refused"
    assert session.scalars(select(Person.id).where(Person.email == "lee@example.test")).all() == []
    invite(session, manager, mail)  # and may be asked again


def test_an_invitation_works_once_and_only_by_its_newest_link(session: Session) -> None:
    mail, manager = Mailbox(), make_manager(session)
    invitation = invite(session, manager, mail)
    first = token_in(mail)
    inviting.resend(session, manager, mail, invitation.id, public_url=URL)
    assert refused_with(session, first) == "invitation_refused"
    answering.accept(session, token_in(mail))
    assert refused_with(session, token_in(mail)) == "invitation_refused"
    for wrong in ("", "x", "x" * 1000):
        assert refused_with(session, wrong) == "invitation_refused"


def test_an_invitation_ends_by_real_time_and_can_be_sent_again(session: Session) -> None:
    mail, manager = Mailbox(), make_manager(session)
    invitation = invite(session, manager, mail)
    soon = func.statement_timestamp() + dt.timedelta(milliseconds=300)
    session.execute(update(Invitation).values(expires_at=soon))
    assert answering.open_invitation(session, token_in(mail)).invitation.id == invitation.id
    time.sleep(0.4)
    assert refused_with(session, token_in(mail)) == "invitation_refused"
    assert queries.get_invitation(session, manager, invitation.id)[1] == "expired"
    assert [row.id for row, _ in queries.invitations(session, manager, state="expired").data] == [invitation.id]
    assert queries.invitations(session, manager, state="pending").data == []
    inviting.resend(session, manager, mail, invitation.id, public_url=URL)
    answering.accept(session, token_in(mail))


def test_what_is_taken_back_cannot_be_accepted_and_what_is_accepted_not_taken_back(session: Session) -> None:
    mail, manager = Mailbox(), make_manager(session)
    invitation = invite(session, manager, mail)
    inviting.revoke(session, manager, invitation.id)
    assert refused_with(session, token_in(mail)) == "invitation_refused"
    second = invite(session, manager, mail)
    answering.accept(session, token_in(mail))
    with pytest.raises(DomainError) as refused:
        inviting.revoke(session, manager, second.id)
    assert refused.value.slug == "state_conflict"
    with pytest.raises(DomainError) as refused:
        inviting.resend(session, manager, mail, second.id, public_url=URL)
    assert refused.value.slug == "state_conflict"


def test_nobody_is_invited_twice_at_a_time_nor_to_a_role_they_have(session: Session) -> None:
    mail, manager = Mailbox(), make_manager(session)
    invite(session, manager, mail)
    with pytest.raises(DomainError) as refused:
        invite(session, manager, mail)
    assert refused.value.slug == "invitation_pending"
    invite(session, manager, mail, role="manager")
    answering.accept(session, token_in(mail))
    with pytest.raises(DomainError) as refused:
        invite(session, manager, mail, role="manager")
    assert refused.value.slug == "member_already"


def test_mails_are_bounded(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    mail, manager = Mailbox(), make_manager(session)
    monkeypatch.setattr(inviting, "MAILED_A_DAY_MAX", 2)
    first = invite(session, manager, mail)
    invite(session, manager, mail, "b@example.test")
    with pytest.raises(DomainError) as refused:
        invite(session, manager, mail, "c@example.test")
    assert refused.value.slug == "invitations_too_many"
    for _ in range(inviting.TIMES_SENT_MAX - 1):
        inviting.resend(session, manager, mail, first.id, public_url=URL)
    with pytest.raises(DomainError) as refused:
        inviting.resend(session, manager, mail, first.id, public_url=URL)
    assert refused.value.slug == "invitations_too_many"


def test_only_who_manages_the_organization_invites_and_sees_invitations(session: Session) -> None:
    mail, manager, other = Mailbox(), make_manager(session), make_manager(session)
    invitation = invite(session, manager, mail)
    organization = session.get_one(Organization, manager.organization)
    reviewer = make_member(session, organization, "reviewer")
    for actor, slug in ((other, "not_found"), (reviewer, "forbidden")):
        with pytest.raises(DomainError) as refused:
            inviting.revoke(session, actor, invitation.id)
        assert refused.value.slug == slug
        with pytest.raises(DomainError) as refused:
            inviting.resend(session, actor, mail, invitation.id, public_url=URL)
        assert refused.value.slug == slug
        with pytest.raises(DomainError) as refused:
            queries.get_invitation(session, actor, invitation.id)
        assert refused.value.slug == slug
    with pytest.raises(DomainError) as refused:
        inviting.invite(
            session, manager, mail, other.organization, name="X", email="x@x.test", role="reviewer", public_url=URL
        )
    assert refused.value.slug == "not_found"


def test_the_platforms_staff_take_no_side_though_they_may_be_asked(session: Session) -> None:
    mail, manager = Mailbox(), make_manager(session)
    approver = make_staff(session, "finance")
    invitation = invite(session, manager, mail, session.get_one(Person, approver.person).email)
    with pytest.raises(DomainError) as refused:
        answering.accept(session, token_in(mail))
    assert [error.code for error in refused.value.errors] == ["staff_take_no_side"]
    assert roles_of(session, manager.organization) == ["manager"]
    assert invitation.state == "pending"


def committed_invitation(engine: Engine) -> tuple[Actor, uuid.UUID, str]:
    with transaction(engine) as session:
        mail, manager = Mailbox(), make_manager(session)
        invitation = invite(session, manager, mail, make_person(session).email)
        return manager, invitation.id, token_in(mail)


def test_of_many_browsers_that_accept_at_once_one_does(committing_engine: Engine) -> None:
    manager, invitation_id, token = committed_invitation(committing_engine)

    def accept() -> None:
        with transaction(committing_engine) as session:
            answering.accept(session, token)

    assert at_once(*[accept] * 8) == {"done": 1, "invitation_refused": 7}
    with transaction(committing_engine) as session:
        assert roles_of(session, manager.organization) == ["manager", "reviewer"]
        kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id == invitation_id)).all()
        assert sorted(kinds) == ["invitation.accepted", "invitation.created"]


def test_taking_back_while_it_is_accepted_ends_one_way_or_the_other(committing_engine: Engine) -> None:
    for _ in range(5):
        manager, invitation_id, token = committed_invitation(committing_engine)

        def accept(token: str = token) -> None:
            with transaction(committing_engine) as session:
                answering.accept(session, token)

        def revoke(manager: Actor = manager, invitation_id: uuid.UUID = invitation_id) -> None:
            with transaction(committing_engine) as session:
                inviting.revoke(session, manager, invitation_id)

        outcome = at_once(accept, revoke)
        assert outcome["done"] == 1
        with transaction(committing_engine) as session:
            accepted = session.get_one(Invitation, invitation_id).state == "accepted"
            assert roles_of(session, manager.organization) == ["manager", *["reviewer"] * accepted]
            assert outcome["state_conflict" if accepted else "invitation_refused"] == 1


def test_two_invitations_of_one_stranger_accepted_at_once_make_one_person(committing_engine: Engine) -> None:
    tokens = []
    with transaction(committing_engine) as session:
        for _ in range(2):
            mail = Mailbox()
            invite(session, make_manager(session), mail, "new@example.test")
            tokens.append(token_in(mail))

    def accept(token: str) -> None:
        with transaction(committing_engine) as session:
            answering.accept(session, token)

    assert at_once(lambda: accept(tokens[0]), lambda: accept(tokens[1])) == {"done": 2}
    with transaction(committing_engine) as session:
        (person,) = session.scalars(select(Person).where(Person.email == "new@example.test")).all()
        assert session.scalar(select(func.count()).where(Membership.person_id == person.id)) == 2


def test_two_who_invite_one_person_at_once_send_one_link(committing_engine: Engine) -> None:
    mail = Mailbox()
    with transaction(committing_engine) as session:
        manager = make_manager(session)

    def send() -> None:
        with transaction(committing_engine) as session:
            invite(session, manager, mail)

    assert at_once(*[send] * 4) == {"done": 1, "invitation_pending": 3}
    assert len(mail.messages) == 1

"""Nobody is in a team who has not said yes; everybody may leave; work and pay know nothing of it."""

import datetime as dt
import re
import time
import uuid

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.engine import transaction
from marketplace.identity import directory, team_inviting, team_queries, teams
from marketplace.identity.models import Organization, Person
from marketplace.identity.team_models import Team, TeamInvitation, TeamMember
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from tests.builders.at_once import at_once
from tests.builders.identity import TESTS, Mailbox, make_member, make_organization, make_staff, make_worker
from tests.builders.teams import email_of, invite, join, make_leader, make_team


def teams_of(session: Session, worker: Actor) -> list[uuid.UUID]:
    return sorted(own.team.id for own in team_queries.own_teams(session, worker).data)


def refusal(refused: pytest.ExceptionInfo[DomainError]) -> str:
    return refused.value.slug


def test_a_worker_is_in_a_team_once_they_accept_and_not_before(session: Session) -> None:
    leader, worker, mail = make_leader(session), make_worker(session), Mailbox()
    team = make_team(session, leader)
    invitation = invite(session, leader, team.id, email_of(session, worker), mail)
    assert mail.last.to == email_of(session, worker)
    assert "/work/teams" in mail.last.text
    assert teams_of(session, worker) == []
    (offered,) = team_queries.offered_to(session, worker).data
    assert (offered.invitation.id, offered.team.id, offered.inviter) == (invitation.id, team.id, leader.name)
    team_inviting.accept(session, worker, invitation.id)
    assert teams_of(session, worker) == [team.id]
    assert team_queries.offered_to(session, worker).data == []
    assert [own.team.id for own in team_queries.own_teams(session, worker).data] == [team.id]
    (joined,) = team_queries.team_members(session, leader, team.id).data
    assert (joined.member.person_id, joined.name) == (worker.person, worker.name)
    kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id == team.id)).all()
    assert sorted(kinds) == ["team.created", "team.invited", "team.joined"]


def test_who_declines_is_in_no_team_and_may_be_asked_again(session: Session) -> None:
    leader, worker = make_leader(session), make_worker(session)
    team = make_team(session, leader)
    invitation = invite(session, leader, team.id, email_of(session, worker))
    team_inviting.decline(session, worker, invitation.id)
    with pytest.raises(DomainError) as refused:
        team_inviting.accept(session, worker, invitation.id)
    assert refusal(refused) == "state_conflict"
    assert teams_of(session, worker) == []
    join(session, leader, team.id, worker)
    assert teams_of(session, worker) == [team.id]


def test_an_invitation_is_answered_by_the_worker_with_its_address_alone(session: Session) -> None:
    leader, worker, other = make_leader(session), make_worker(session), make_worker(session)
    invitation = invite(session, leader, make_team(session, leader).id, email_of(session, worker))
    for answer in (team_inviting.accept, team_inviting.decline):
        with pytest.raises(DomainError) as refused:
            answer(session, other, invitation.id)
        assert refusal(refused) == "not_found"
        with pytest.raises(DomainError) as refused:
            answer(session, leader, invitation.id)
        assert refusal(refused) == "forbidden"
    session.execute(update(Person).where(Person.id == worker.person).values(email_verified_at=None))
    assert team_queries.offered_to(session, worker).data == []
    with pytest.raises(DomainError) as refused:
        team_inviting.accept(session, worker, invitation.id)
    assert refusal(refused) == "not_found"


def test_inviting_a_worker_a_stranger_and_staff_looks_the_same(session: Session) -> None:
    leader, mail = make_leader(session), Mailbox()
    team = make_team(session, leader)
    seen = set()
    for email in (
        email_of(session, make_worker(session)),
        email_of(session, make_staff(session, "finance")),
        "unknown@example.test",
    ):
        invitation = invite(session, leader, team.id, email, mail)
        seen.add((invitation.state, mail.last.subject, re.sub(r"/verify/\w+", "/verify/CODE", mail.last.text)))
    assert len(seen) == 1


def test_a_worker_leaves_at_any_time_and_a_leader_removes(session: Session) -> None:
    leader, first, second = make_leader(session), make_worker(session), make_worker(session)
    team = make_team(session, leader, first, second)
    teams.leave(session, first, team.id)
    assert (teams_of(session, first), teams_of(session, second)) == ([], [team.id])
    teams.remove_member(session, leader, team.id, second.person)
    assert teams_of(session, second) == []
    with pytest.raises(DomainError) as refused:
        teams.leave(session, first, team.id)
    assert refusal(refused) == "not_found"
    with pytest.raises(DomainError) as refused:
        teams.remove_member(session, leader, team.id, second.person)
    assert refusal(refused) == "not_found"
    join(session, leader, team.id, first)


def test_a_closed_team_holds_nobody_and_takes_nobody_in(session: Session) -> None:
    leader, member, invited = make_leader(session), make_worker(session), make_worker(session)
    team = make_team(session, leader, member)
    invitation = invite(session, leader, team.id, email_of(session, invited))
    teams.close_team(session, leader, team.id)
    assert teams_of(session, member) == []
    assert team_queries.own_teams(session, member).data == []
    assert team_queries.offered_to(session, invited).data == []
    with pytest.raises(DomainError) as refused:
        team_inviting.accept(session, invited, invitation.id)
    assert refusal(refused) == "state_conflict"
    with pytest.raises(DomainError) as refused:
        invite(session, leader, team.id, "x@example.test")
    assert refusal(refused) == "state_conflict"
    with pytest.raises(DomainError) as refused:
        teams.close_team(session, leader, team.id)
    assert refusal(refused) == "state_conflict"


def test_an_invitation_ends_by_real_time_and_may_be_taken_back(session: Session) -> None:
    leader, worker = make_leader(session), make_worker(session)
    team = make_team(session, leader)
    invitation = invite(session, leader, team.id, email_of(session, worker))
    soon = func.statement_timestamp() + dt.timedelta(milliseconds=300)
    session.execute(update(TeamInvitation).values(expires_at=soon))
    assert len(team_queries.offered_to(session, worker).data) == 1
    time.sleep(0.4)
    assert team_queries.offered_to(session, worker).data == []
    assert team_queries.get_team_invitation(session, leader, invitation.id)[1] == "expired"
    with pytest.raises(DomainError) as refused:
        team_inviting.accept(session, worker, invitation.id)
    assert refusal(refused) == "state_conflict"
    second = invite(session, leader, team.id, email_of(session, worker))
    team_inviting.revoke_invitation(session, leader, second.id)
    with pytest.raises(DomainError) as refused:
        team_inviting.accept(session, worker, second.id)
    assert refusal(refused) == "state_conflict"


def test_only_the_own_organization_decides_about_a_team(session: Session) -> None:
    leader, other, worker = make_leader(session), make_leader(session), make_worker(session)
    team = make_team(session, leader, worker)
    invitation = invite(session, leader, team.id, "x@example.test")
    for actor, slug in ((other, "not_found"), (make_staff(session, "auditor"), "forbidden"), (worker, "forbidden")):
        with pytest.raises(DomainError) as refused:
            teams.rename_team(session, actor, team.id, 1, name="Mine")
        assert refusal(refused) == slug
        with pytest.raises(DomainError) as refused:
            teams.close_team(session, actor, team.id)
        assert refusal(refused) == slug
        with pytest.raises(DomainError) as refused:
            teams.remove_member(session, actor, team.id, worker.person)
        assert refusal(refused) == slug
        with pytest.raises(DomainError) as refused:
            invite(session, actor, team.id, "y@example.test")
        assert refusal(refused) == slug
        with pytest.raises(DomainError) as refused:
            team_inviting.revoke_invitation(session, actor, invitation.id)
        assert refusal(refused) == slug
    assert team_queries.get_team(session, make_staff(session, "auditor"), team.id).id == team.id


def test_a_rename_needs_the_version_that_was_read(session: Session) -> None:
    leader = make_leader(session)
    team = make_team(session, leader)
    assert teams.rename_team(session, leader, team.id, 1, name=" Day  shift ").name == "Day shift"
    with pytest.raises(DomainError) as refused:
        teams.rename_team(session, leader, team.id, 1, name="Late shift")
    assert refusal(refused) == "stale"


def test_nobody_is_invited_twice_at_a_time_and_limits_hold(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, worker = make_leader(session), make_worker(session)
    team = make_team(session, leader, worker)
    email = email_of(session, worker)
    for address, slug in ((email, "member_already"), ("new@x.test", ""), ("new@x.test", "invitation_pending")):
        if not slug:
            invite(session, leader, team.id, address)
            continue
        with pytest.raises(DomainError) as refused:
            invite(session, leader, team.id, address)
        assert refusal(refused) == slug
    monkeypatch.setattr(team_inviting, "SIZE_MAX", 1)
    with pytest.raises(DomainError) as refused:
        invite(session, leader, team.id, "more@x.test")
    assert refusal(refused) == "team_full"
    monkeypatch.setattr(team_inviting, "MAILED_A_DAY_MAX", 2)
    with pytest.raises(DomainError) as refused:
        invite(session, leader, team.id, "more@x.test")
    assert refusal(refused) == "invitations_too_many"
    monkeypatch.setattr(teams, "OPEN_MAX", 1)
    with pytest.raises(DomainError) as refused:
        make_team(session, leader)
    assert refusal(refused) == "teams_too_many"


def test_staff_take_no_side_as_workers_either(session: Session) -> None:
    leader, worker = make_leader(session), make_worker(session)
    platform = make_organization(session, "platform")
    directory.add_member(session, TESTS, worker.person, platform.id, "finance")
    team = make_team(session, leader)
    invitation = invite(session, leader, team.id, email_of(session, worker))
    with pytest.raises(DomainError) as refused:
        team_inviting.accept(session, worker, invitation.id)
    assert [error.code for error in refused.value.errors] == ["staff_take_no_side"]


def committed(engine: Engine) -> tuple[Actor, Actor, uuid.UUID, uuid.UUID]:
    """A leader, a worker, a team and the worker's invitation to it."""
    with transaction(engine) as session:
        leader, worker = make_leader(session), make_worker(session)
        team = make_team(session, leader)
        return leader, worker, team.id, invite(session, leader, team.id, email_of(session, worker)).id


def test_an_invitation_accepted_twice_at_once_is_accepted_once(committing_engine: Engine) -> None:
    _leader, worker, team_id, invitation_id = committed(committing_engine)

    def accept() -> None:
        with transaction(committing_engine) as session:
            team_inviting.accept(session, worker, invitation_id)

    assert at_once(*[accept] * 8) == {"done": 1, "state_conflict": 7}
    with transaction(committing_engine) as session:
        kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id == team_id)).all()
        assert kinds.count("team.joined") == 1


def test_taking_back_or_closing_while_it_is_accepted_ends_one_way(committing_engine: Engine) -> None:
    for _ in range(4):
        leader, worker, team_id, invitation_id = committed(committing_engine)

        def accept(worker: Actor = worker, invitation_id: uuid.UUID = invitation_id) -> None:
            with transaction(committing_engine) as session:
                team_inviting.accept(session, worker, invitation_id)

        def revoke(leader: Actor = leader, invitation_id: uuid.UUID = invitation_id) -> None:
            with transaction(committing_engine) as session:
                team_inviting.revoke_invitation(session, leader, invitation_id)

        assert at_once(accept, revoke) == {"done": 1, "state_conflict": 1}
        with transaction(committing_engine) as session:
            accepted = session.get_one(TeamInvitation, invitation_id).state == "accepted"
            inside = select(func.count()).where(TeamMember.team_id == team_id)
            assert session.scalar(inside) == accepted


def test_nobody_gets_into_a_team_that_is_just_closed(committing_engine: Engine) -> None:
    for _ in range(4):
        leader, worker, team_id, invitation_id = committed(committing_engine)

        def accept(worker: Actor = worker, invitation_id: uuid.UUID = invitation_id) -> None:
            with transaction(committing_engine) as session:
                team_inviting.accept(session, worker, invitation_id)

        def close(leader: Actor = leader, team_id: uuid.UUID = team_id) -> None:
            with transaction(committing_engine) as session:
                teams.close_team(session, leader, team_id)

        assert set(at_once(accept, close)) <= {"done", "state_conflict"}
        with transaction(committing_engine) as session:
            assert session.get_one(Team, team_id).state == "closed"
            assert teams_of(session, worker) == []


def test_a_client_has_teams_too_and_a_reviewer_none(session: Session) -> None:
    client: Organization = make_organization(session, "client")
    make_team(session, make_member(session, client, "requester"))
    with pytest.raises(DomainError) as refused:
        make_team(session, make_member(session, client, "reviewer"))
    assert refusal(refused) == "forbidden"

from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.identity import team_queries
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from tests.builders.identity import make_worker
from tests.builders.teams import email_of, invite, make_leader, make_team
from tests.builders.web import Browser
from tests.workers_portal.conftest import Program

MakeProgram = Callable[[Actor], Program]


def test_a_worker_reads_who_invites_joins_and_leaves_on_the_page(
    session: Session, browser: Browser, worker: Actor
) -> None:
    leader = make_leader(session)
    team = make_team(session, leader, name="Night <b>shift</b>")
    invitation = invite(session, leader, team.id, email_of(session, worker))
    page = browser.get("/work/teams").text
    assert leader.name in page
    assert "Night &lt;b&gt;shift" in page
    path = f"/work/team-invitations/{public('team_invitation', invitation.id)}"
    joined = browser.post(f"{path}/accept", follow_redirects=True).text
    assert "You are in the team" in joined
    assert "Leave" in joined
    assert "is accepted and cannot become declined" in browser.post(f"{path}/decline", follow_redirects=True).text
    left = browser.post(f"/work/teams/{public('team', team.id)}/leave", follow_redirects=True).text
    assert "You have left the team" in left
    assert team_queries.own_teams(session, worker).data == []


def test_a_worker_answers_and_leaves_by_program(session: Session, worker: Actor, program_of: MakeProgram) -> None:
    leader, program = make_leader(session), program_of(worker)
    first, second = make_team(session, leader), make_team(session, leader)
    for team in (first, second):
        invite(session, leader, team.id, email_of(session, worker))
    offered = {one["team_id"]: one["id"] for one in program.get("/team-invitations").json["data"]}
    accepted = program.post(f"/team-invitations/{offered[public('team', first.id)]}/accept")
    assert (accepted.status_code, accepted.json["state"]) == (200, "accepted")
    declined = program.post(f"/team-invitations/{offered[public('team', second.id)]}/decline")
    assert (declined.status_code, declined.json["state"]) == (200, "declined")
    assert program.get("/team-invitations").json["data"] == []
    (own,) = program.get("/teams").json["data"]
    assert (own["id"], own["name"]) == (public("team", first.id), first.name)
    assert program.post(f"/teams/{own['id']}/leave").json["left"] is True
    again = program.post(f"/teams/{own['id']}/leave")
    assert (again.status_code, again.json["code"]) == (404, "not_found")


def test_anothers_invitation_is_not_there(session: Session, worker: Actor, program_of: MakeProgram) -> None:
    leader, other = make_leader(session), make_worker(session)
    team = make_team(session, leader, other)
    invitation = invite(session, leader, team.id, "somebody@example.test")
    program = program_of(worker)
    for path in (
        f"/team-invitations/{public('team_invitation', invitation.id)}/accept",
        f"/team-invitations/{public('team_invitation', invitation.id)}/decline",
        f"/teams/{public('team', team.id)}/leave",
    ):
        assert program.post(path).status_code == 404
    assert program.get("/teams").json["data"] == []

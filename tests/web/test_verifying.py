"""Verifiable invitations: open to all by a code that cannot be guessed, and telling nothing of who is invited."""

import json
import re

from flask import Flask
from sqlalchemy.orm import Session

import workers_portal
from marketplace.identity import team_inviting
from tests.builders.teams import invite, make_leader, make_team
from tests.builders.web import make_app


def app_of(session: Session) -> Flask:
    return make_app(session, workers_portal.register)


def test_anybody_with_the_code_sees_who_invites_for_what_and_that_it_is_free(session: Session) -> None:
    leader = make_leader(session)
    invitation = invite(session, leader, make_team(session, leader, name="Night shift").id, "amina@example.org")
    code = invitation.verify_code
    assert code is not None
    assert re.fullmatch("[0-9a-f]{32}", code)
    client = app_of(session).test_client()
    answer = client.get(f"/v1/verify/{code}")
    assert answer.status_code == 200
    said = json.loads(answer.text)
    assert (said["kind"], said["what"], said["state"]) == ("team", "Night shift", "pending")
    assert said["free_of_charge"] is True
    page = client.get(f"/verify/{code}").text
    assert "Night shift" in page
    for shown in (answer.text, page):
        assert "amina" not in shown


def test_an_invitation_that_was_taken_back_says_so(session: Session) -> None:
    leader = make_leader(session)
    invitation = invite(session, leader, make_team(session, leader).id, "amina@example.org")
    team_inviting.revoke_invitation(session, leader, invitation.id)
    answer = app_of(session).test_client().get(f"/v1/verify/{invitation.verify_code}")
    assert json.loads(answer.text)["state"] == "revoked"


def test_a_wrong_code_and_no_code_look_alike(session: Session) -> None:
    client = app_of(session).test_client()
    for code in ("0" * 32, "inv_01h455vb4pex5vsknk084sn02q", "x", "%00"):
        answer = client.get(f"/v1/verify/{code}")
        assert (answer.status_code, json.loads(answer.text)["code"]) == (404, "not_found")
        assert client.get(f"/verify/{code}").status_code == 404
    assert client.get("/verify").status_code == 200
    assert client.get("/verify?code=" + "0" * 32).status_code == 303


def test_looking_codes_up_is_limited_by_source(session: Session) -> None:
    client = app_of(session).test_client()
    statuses = [client.get(f"/v1/verify/{number:032x}").status_code for number in range(65)]
    assert statuses[:60] == [404] * 60
    assert statuses[60:] == [429] * 5

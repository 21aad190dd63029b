import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import console
from marketplace.audit.models import AuditEvent
from marketplace.audit.notes import Signer
from marketplace.audit.sealing import seal
from marketplace.db.clock import market_now
from marketplace.entrypoints.watching import WATCHED
from marketplace.identity import directory
from marketplace.identity.models import ApiKey, Invitation, Membership
from marketplace.kernel.ids import public
from marketplace.operations.sweep_runs import note_run
from marketplace.rails.changing import waiting_changes
from marketplace.rails.methods import destination_of
from marketplace.rails.models import PayoutDestination
from marketplace.settlement.accepting import decide_answers
from marketplace.work.dispute_models import Dispute
from marketplace.work.disputing import open_dispute
from marketplace.work.models import Answer
from tests.builders.identity import TESTS, Mailbox, make_member, make_organization, make_staff
from tests.builders.settlement import Handed, hand_in, make_chain, reject
from tests.builders.web import PUBLIC_URL, Browser, make_app
from tests.console.conftest import Enter
from tests.work.test_contested_late import agreed, contested


def test_operations_decide_on_a_sign_up(session: Session, enter: Enter) -> None:
    waiting = make_organization(session, "client", name="Street Maps", state="pending")
    make_member(session, waiting, "requester")
    browser = enter(make_staff(session, "operations"))
    assert "Street Maps" in browser.get("/console/organizations").text
    path = f"/console/organizations/{public('organization', waiting.id)}"
    browser.get(path)
    refused = browser.post(f"{path}/decide", {"decision": "refuse", "reason": ""})
    assert refused.status_code == 422
    assert 'id="e-reason"' in refused.text
    assert browser.post(f"{path}/decide", {"decision": "approve"}).status_code == 303
    session.expire_all()
    assert waiting.state == "approved"


def test_a_waiting_organization_can_look_but_not_act(session: Session, enter: Enter) -> None:
    waiting = make_organization(session, "client", state="pending")
    browser = enter(make_member(session, waiting, "requester"))
    assert "Waiting for approval" in browser.get("/console").text
    assert browser.get("/console/jobs").status_code == 200
    assert browser.get("/console/team").status_code == 403
    assert "Pay in" not in browser.get("/console/money").text
    assert browser.post("/console/money", {"rail": "sandbox", "amount": "1", "currency": "CNY"}).status_code == 403


def test_the_service_page_shows_the_checks_and_moves_the_clock_forward_only(session: Session, enter: Enter) -> None:
    browser = enter(make_staff(session, "operations"))
    assert "migrations" in browser.get("/console/service").text
    day = f"{market_now(session).year + 1}-02-28"
    assert browser.post("/console/service/clock", {"day": day}).status_code == 303
    assert market_now(session).date().isoformat() == day
    assert browser.post("/console/service/clock", {"day": "2020-01-01"}).status_code == 422
    assert browser.post("/console/service/clock", {"day": "soon"}).status_code == 422


def test_operations_see_how_each_sweep_goes(session: Session) -> None:
    app = make_app(session, console.register, sweeps=WATCHED)
    actor = make_staff(session, "operations")
    directory.add_member(session, TESTS, actor.person, actor.organization, "operations")
    browser = Browser(app).sign_in(session, actor, "console")
    note_run(session, "expire_leases", milliseconds=1250, rows=7)
    note_run(
        session, "fall_due", milliseconds=3, rows=0, error="OperationalError in fall_due, settlement/maturing.py:9"
    )
    page = browser.get("/console/service/sweeps").text
    assert all(sweep.meaning.split(",")[0].split("'")[0] in page for sweep in WATCHED)
    assert "1,250 ms" in page
    assert "OperationalError in fall_due" in page
    assert "failing" in page
    assert "/console/service/sweeps" in browser.get("/console/service").text


def test_a_dispute_is_answered_by_the_rejecting_side_and_decided_by_somebody_else(
    session: Session, enter: Enter
) -> None:
    chain = make_chain(session, items=2, prices=())
    handed: Handed = hand_in(session, chain)
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    dispute = open_dispute(session, handed.worker, handed.answer_ids[0], "It is a car, look at the wheels.")
    path = f"/console/disputes/{public('dispute', dispute.id)}"
    reviewer = enter(chain.reviewer)
    assert "look at the wheels" in reviewer.get(path).text
    assert reviewer.post(f"{path}/respond", {"response": "It has the length of a bus."}).status_code == 303
    assert reviewer.post(f"{path}/decide", {"decision": "upheld", "reason": "no"}).status_code == 403
    decider = enter(make_staff(session, "dispute_decider"))
    assert path in decider.get("/console/disputes").text
    assert "length of a bus" in decider.get(path).text
    assert decider.post(f"{path}/decide", {"decision": "overturned", "reason": "It is a car."}).status_code == 303
    session.expire_all()
    assert session.get_one(Dispute, dispute.id).state == "overturned"
    assert session.get_one(Answer, handed.answer_ids[0]).state == "accepted_on_appeal"
    assert "No disputes" in decider.get("/console/disputes").text
    assert path in decider.get("/console/disputes?all=1").text


def test_who_decides_reads_that_what_is_contested_came_too_late(session: Session, enter: Enter) -> None:
    _, _, dispute = contested(session, agreed(session))
    page = enter(make_staff(session, "dispute_decider")).get(f"/console/disputes/{public('dispute', dispute.id)}").text
    assert "when its seat was gone" in page
    assert "a redo lapsed" not in page


def test_a_stranger_sees_no_dispute(session: Session, enter: Enter) -> None:
    chain = make_chain(session, items=2, prices=())
    handed = hand_in(session, chain)
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    dispute = open_dispute(session, handed.worker, handed.answer_ids[0], "No.")
    stranger = enter(make_member(session, make_organization(session, "subcontractor"), "reviewer"))
    assert stranger.get(f"/console/disputes/{public('dispute', dispute.id)}").status_code == 404


def test_the_audit_log_lists_sealed_events_with_their_proof(session: Session, enter: Enter) -> None:
    organization = make_organization(session)
    auditor = enter(make_staff(session, "auditor"))
    assert "Nothing is sealed yet" in auditor.get("/console/audit").text
    seal(session, Signer("tests.example/audit", Ed25519PrivateKey.generate()))
    event = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == organization.id)).one()
    listed = auditor.get("/console/audit").text
    assert "organization.created" in listed
    page = auditor.get(f"/console/audit/{public('event', event.id)}").text
    assert "Leaf hash" in page
    assert json.loads(bytes(event.body))["id"] in page


def test_a_manager_runs_the_team_its_keys_and_its_payout_method(
    session: Session, app: Flask, enter: Enter, mail: Mailbox
) -> None:
    organization = make_organization(session, "subcontractor")
    manager = make_member(session, organization, "manager")
    browser = enter(manager)
    browser.get("/console/team")
    lee = {"name": "Lee", "email": "lee@example.test", "role": "reviewer"}
    assert browser.post("/console/team/invitations", lee).status_code == 303
    roles = select(Membership.role).where(Membership.organization_id == organization.id)
    assert session.scalars(roles).all() == ["manager"]
    waiting = browser.get("/console/team").text
    assert "lee@example.test" in waiting
    assert browser.post("/console/team/invitations", {**lee, "name": "", "email": "x"}).status_code == 422
    assert browser.post("/console/team/invitations", lee).status_code == 422
    invitation = public("invitation", session.scalars(select(Invitation.id)).one())
    assert browser.post(f"/console/team/invitations/{invitation}/resend").status_code == 303
    stranger = Browser(app)
    link = mail.last.text.split(PUBLIC_URL)[1].split()[0]
    assert organization.name in stranger.get(link).text
    assert "You are a member now" in stranger.post(link, {"decision": "accept", "name": "Lee Njeri"}).text
    assert sorted(session.scalars(roles)) == ["manager", "reviewer"]
    assert browser.post(f"/console/team/invitations/{invitation}/revoke").status_code == 422
    issued = browser.post("/console/team/keys", {"key_name": "robot", "scopes": ["contract.read"]})
    assert issued.text.count("pwk_") == 2  # the secret, and the hint of the list
    key = session.scalars(select(ApiKey)).one()
    assert key.scopes == ["contract.read"]
    page = browser.get("/console/team").text
    assert page.count("pwk_") == 1
    assert browser.post(f"/console/team/keys/{public('api_key', key.id)}/revoke").status_code == 303
    session.expire_all()
    assert key.revoked_at is not None
    kept = browser.post("/console/team/payout-method", {"rail": "sandbox", "destination": "acct_7"})
    assert kept.status_code == 303, kept.text
    assert destination_of(session, organization.id, "sandbox") == "acct_7"
    changed = browser.post("/console/team/payout-method", {"rail": "sandbox", "destination": "acct_of_another"})
    assert changed.status_code == 303, changed.text
    assert mail.messages.pop().subject == "Where you are paid is about to change"
    assert destination_of(session, organization.id, "sandbox") == "acct_7"
    page = browser.get("/console/team").text
    assert "…ther" in page
    change = waiting_changes(session, organization.id)["sandbox"]
    cancelled = f"/console/team/payout-method/changes/{public('payout_method_change', change.id)}/cancel"
    assert cancelled in page
    assert browser.post(cancelled).status_code == 303
    elsewhere = browser.post("/console/team/payout-method", {"rail": "nowhere", "destination": "acct_7"})
    assert elsewhere.status_code == 422
    assert {row.rail for row in session.scalars(select(PayoutDestination))} == {"sandbox"}
    last = browser.post("/console/team/members/remove", {"person": public("person", manager.person), "role": "manager"})
    assert last.status_code == 422
    assert [message.to for message in mail.messages] == ["lee@example.test"] * 2

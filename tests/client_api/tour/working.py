"""Scenes of the tour at the worker API: a task is found and done, and what it pays is looked at."""

from __future__ import annotations

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from marketplace.identity.authentication import actor_for_key
from marketplace.kernel.ids import parse, public
from marketplace.work.models import Claim
from tests.builders.identity import signed_in
from tests.builders.payees import ask_to_be_paid_at
from tests.client_api.conftest import Caller
from tests.client_api.story import Story, ok


def a_task_is_done(program: Caller, session: Session) -> str:
    """A worker gives one task back and does another; returns the id of its claim."""
    (batch,) = ok(program.get("/tasks")).json["data"]
    first = ok(program.post("/claims", {"batch_id": batch["id"]})).json
    path = f"/claims/{first['id']}"
    answers = {item["id"]: {"label": "bad"} for item in first["items"]}
    assert program.send("PUT", f"{path}/draft", json={"answers": answers}).status_code == 200
    ok(program.post(f"{path}/extend"))
    the_time_is_over(session, first["id"])
    ok(program.post(f"{path}/take-up"))
    ok(program.post(f"{path}/heartbeat"))
    ok(program.get(path))
    ok(program.post(f"{path}/submit", {"attempt": 1, "answers": answers}))
    assert program.send("PUT", "/time-factor", json={"time_factor_percent": 150}).status_code == 200
    ok(program.get("/time-factor"))
    terms = ok(program.get("/tasks")).json["data"][0]["terms"]
    second, *_ = ok(program.post("/claims/several", {"count": 1, "batch_id": batch["id"], "terms": terms})).json["data"]
    ok(program.post(f"/claims/{second['id']}/return"))
    again = ok(program.post("/claims", {"batch_id": batch["id"]})).json
    ok(program.post(f"/claims/{again['id']}/skip", {"reason": "broken_item", "item_id": again["items"][0]["id"]}))
    return str(first["id"])


def answers_come_late(program: Caller, session: Session, batch_id: str) -> str:
    """A worker's lease ends before the answers come, which are taken all the same; returns the id of the claim."""
    claim = ok(program.post("/claims", {"batch_id": batch_id})).json
    the_time_is_over(session, claim["id"])
    answers = {item["id"]: {"label": "bad"} for item in claim["items"]}
    late = ok(program.post(f"/claims/{claim['id']}/late-answers", {"attempt": 1, "answers": answers})).json
    assert late["state"] == "submitted"
    return str(claim["id"])


def the_time_is_over(session: Session, claim_id: str) -> None:
    """The lease of a claim ends."""
    session.execute(
        update(Claim)
        .where(Claim.state == "claimed", Claim.id == parse("claim", claim_id))
        .values(lease_until=func.market_now())
    )


def pay_is_looked_at(story: Story) -> None:
    """What was earned, when it is paid, where the price went, and what one was told."""
    program, session = story.program, story.session
    decided = ok(program.get("/claims?state=decided")).json["data"]
    items = ok(program.get(f"/claims/{decided[-1]['id']}")).json["items"]
    ok(program.get(f"/answers/{items[0]['answer']['id']}/price-chain"))
    ok(program.get("/earnings"))
    ok(program.get("/extras"))
    part = next(one for one in ok(program.get("/installments")).json["data"] if one["state"] == "scheduled")
    (month, *_) = ok(program.get("/statements")).json["data"]
    ok(program.get(f"/statement?month={month}"))
    ok(program.get(f"/statement-lines?month={month}"))
    ok(program.get(f"/statement-installments?month={month}"))
    ok(program.get(f"/statement-payouts?month={month}"))
    ok(program.get(f"/statement-pdf?month={month}"))
    method = {"rail": "sandbox", "destination": f"acct_{story.worker.person_id.hex[:8]}"}
    assert program.send("PUT", "/payout-method", json=method).status_code == 200
    ok(program.get("/payout-methods"))
    offered = ok(program.get(f"/installments/{part['id']}/advance")).json
    ok(program.post(f"/installments/{part['id']}/advance", {"fee": offered["fee"]}))
    change = ask_to_be_paid_at(session, actor_for_key(session, story.worker.secret), "acct_of_another")
    ok(program.post(f"/payout-method-changes/{public('payout_method_change', change.id)}/cancel"))
    ok(program.get("/notifications"))
    ok(program.get("/account/data"))
    chosen = {"low_data": "always", "text_size": "large"}
    assert program.send("PUT", "/page-settings", json=chosen).status_code == 200
    ok(program.get("/page-settings"))
    signed_in(session, actor_for_key(session, story.worker.secret))
    (device, *_) = ok(program.get("/sessions")).json["data"]
    ok(program.post(f"/sessions/{device['id']}/end"))


def hard_content_is_agreed_to(program: Caller) -> None:
    """What one will see, and how much of it a day."""
    assert program.send("PUT", "/exposure/consents", json={"severity": 3, "given": True}).status_code == 200
    assert (
        program.send("PUT", "/exposure/limits", json={"items_max": 50, "time_zone": "Asia/Manila"}).status_code == 200
    )
    ok(program.get("/exposure"))


def a_decision_is_contested(program: Caller) -> None:
    """What was decided about one, once the log is sealed, and what one says against it."""
    (decision, *_) = ok(program.get("/decisions")).json["data"]
    ok(program.post(f"/decisions/{decision['id']}/contest", {"reason": "I was never told what was wrong."}))


def a_fee_is_reported(program: Caller, organization_id: str) -> None:
    """Somebody asked for money in order to work."""
    report = {"organization_id": organization_id, "amount": "200 KES", "how": "By phone, before the first task."}
    ok(program.post("/fee-reports", report))
    ok(program.get("/fee-reports"))


def proofs_are_taken_home(program: Caller, job_id: str, month: str) -> None:
    """What the log holds about one, and what proves one's pay."""
    event = ok(program.get("/log/events")).json["data"][0]
    ok(program.get(f"/log/events/{event['id']}/proof"))
    claim = ok(program.get("/claims?state=decided")).json["data"][-1]
    ok(program.get(f"/log/receipts?subject={claim['id']}"))
    answer = ok(program.get(f"/claims/{claim['id']}")).json["items"][0]["answer"]
    ok(program.get(f"/answers/{answer['id']}/bundle"))
    ok(program.get(f"/jobs/{job_id}/bundle"))
    ok(program.get(f"/statement-bundle?month={month}"))

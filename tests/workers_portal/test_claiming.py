"""Claiming over HTTP: a given task, several, stale terms, frozen contracts, skipping, more time."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs import guidelines
from marketplace.jobs.drafts import GuidelineDraft
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.lifecycle.freezing import freeze_contract
from marketplace.work.models import Claim, Task
from tests.builders.settlement import make_chain
from tests.builders.web import Browser
from tests.builders.work import Market, make_market, open_batch
from tests.workers_portal.conftest import Program


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=8)


def pointers(reply: Any) -> list[str]:
    return [error["pointer"] for error in reply.json["errors"]]


def test_a_given_task_is_claimed_by_its_id(session: Session, market: Market, program: Program) -> None:
    batch = open_batch(session, market)
    task_id = public("task", session.scalars(select(Task.id).where(Task.position == 5)).one())
    claimed = program.post("/claims", {"task_id": task_id})
    assert (claimed.status_code, claimed.json["task_id"]) == (201, task_id)
    again = program.post("/claims", {"task_id": task_id})
    assert (again.status_code, again.json["code"]) == (409, "nothing_to_claim")
    both = program.post("/claims", {"task_id": task_id, "batch_id": public("batch", batch.id)})
    assert (both.status_code, pointers(both)) == (422, ["/task_id"])


def test_several_are_claimed_together_within_what_one_may_hold(
    session: Session, app: Flask, market: Market, program: Program
) -> None:
    open_batch(session, market, lease_seconds=600)
    several = program.post("/claims/several", {"count": 3})
    assert several.status_code == 201
    assert [claim["lease_seconds_left"] for claim in several.json["data"]] == [600, 1200, 1800]
    assert len(program.get("/claims").json["data"]) == 3
    for body, pointer in (({}, "/count"), ({"count": 0}, "/count"), ({"count": 21}, "/count")):
        refused = program.post("/claims/several", body)
        assert (refused.status_code, pointers(refused)) == (422, [pointer])


def test_a_claim_under_stale_terms_is_a_412_and_nothing_is_taken(
    session: Session, market: Market, program: Program
) -> None:
    open_batch(session, market, pay="0.50")
    (found,) = program.get("/tasks").json["data"]
    guidelines.add_version(session, market.requester, market.job.id, GuidelineDraft("Read it twice.", ()))
    for path, body in (("/claims", {}), ("/claims/several", {"count": 2})):
        refused = program.post(path, {**body, "batch_id": found["id"], "terms": found["terms"]})
        assert (refused.status_code, refused.json["code"]) == (412, "terms_stale")
        assert refused.json["data"]["guideline_version"] == found["terms"]["guideline_version"] + 1
    assert program.get("/claims").json["data"] == []
    (present,) = program.get("/tasks").json["data"]
    assert program.post("/claims", {"batch_id": found["id"], "terms": present["terms"]}).status_code == 201


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ([], "/terms"),
        ({"pay": "0.50"}, "/terms"),
        ({"pay_per_answer": {"amount": "x", "currency": "USD"}}, "/terms/pay_per_answer"),
        ({"terms_hash": "00"}, "/terms/terms_hash"),
        ({"guideline_version": True}, "/terms/guideline_version"),
    ],
)
def test_terms_that_cannot_be_read_are_refused_at_their_place(
    session: Session, market: Market, program: Program, terms: Any, pointer: str
) -> None:
    open_batch(session, market)
    refused = program.post("/claims", {"terms": terms})
    assert (refused.status_code, pointers(refused)) == (422, [pointer])


def test_a_claim_below_a_frozen_contract_is_a_423(session: Session, program: Program) -> None:
    chain = make_chain(session)
    freeze_contract(session, chain.client, chain.layers[0][1].id, "Let us talk first.")
    for path, body in (("/claims", {}), ("/claims/several", {"count": 2})):
        refused = program.post(path, {**body, "batch_id": public("batch", chain.batch.id)})
        assert (refused.status_code, refused.json["code"]) == (423, "contract_halted")


def test_a_skipped_task_is_not_offered_again(session: Session, market: Market, program: Program) -> None:
    open_batch(session, market, items=2, items_per_task=2)
    claim = program.post("/claims").json
    path = f"/claims/{claim['id']}/skip"
    for body, pointer in (({}, "/reason"), ({"reason": "boring"}, "/reason"), ({"reason": "broken_item"}, "/item_id")):
        refused = program.post(path, body)
        assert (refused.status_code, pointers(refused)) == (422, [pointer])
    skipped = program.post(path, {"reason": "broken_item", "item_id": claim["items"][0]["id"]})
    assert (skipped.status_code, skipped.json["state"]) == (200, "returned")
    assert program.post("/claims").json["code"] == "nothing_to_claim"


def test_who_needs_more_time_has_it_and_nobody_else_is_told(
    session: Session, market: Market, program: Program, worker: Actor
) -> None:
    batch = open_batch(session, market, lease_seconds=600)
    assert program.get("/time-factor").json == {"time_factor_percent": 100}
    changed = program.send("PUT", "/time-factor", {"time_factor_percent": 250})
    assert (changed.status_code, changed.json) == (200, {"time_factor_percent": 250})
    for wrong in (99, 301, 1.5, "200"):
        assert program.send("PUT", "/time-factor", {"time_factor_percent": wrong}).status_code == 422
    claim = program.post("/claims", {"batch_id": public("batch", batch.id)}).json
    assert claim["lease_seconds_left"] == 1500
    assert program.post(f"/claims/{claim['id']}/extend").status_code == 200
    row = session.scalars(select(Claim)).one()
    assert row.lease_until is not None
    assert row.lease_until - row.claimed_at > dt.timedelta(seconds=1490)


def test_a_broken_item_is_reported_and_more_time_is_chosen_on_pages(
    session: Session, market: Market, browser: Browser, worker: Actor
) -> None:
    batch = open_batch(session, market, items=4, items_per_task=2)
    browser.get("/work/tasks")
    browser.post(f"/work/tasks/{public('batch', batch.id)}/claim")
    claim_id = public("claim", session.scalars(select(Claim.id)).one())
    page = browser.get(f"/work/claims/{claim_id}").text
    assert "Skip it" in page
    refused = browser.post(f"/work/claims/{claim_id}/skip", {"reason": "broken_item", "item": ""})
    assert refused.status_code == 303
    assert "Name the item" in browser.get(f"/work/claims/{claim_id}").text
    assert browser.post(f"/work/claims/{claim_id}/skip", {"reason": "broken_item", "item": "2"}).status_code == 303
    session.expire_all()
    assert session.scalars(select(Claim.state)).all() == ["returned"]
    assert "never offered to you again" in browser.get("/work/tasks").text
    assert 'value="100" checked' in browser.get("/work/standing").text
    assert browser.post("/work/time-factor", {"percent": "150"}).status_code == 303
    assert 'value="150" checked' in browser.get("/work/standing").text
    assert browser.post("/work/time-factor", {"percent": "900"}).status_code == 303
    assert 'value="150" checked' in browser.get("/work/standing").text

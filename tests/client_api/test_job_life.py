"""The life of a job by REST: its cost, items that come and go, more answers, copies and the archive."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.lifecycle.completing import complete_jobs
from tests.builders.payouts import inside
from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import items, job, money
from tests.client_api.story import Story, ok


@pytest.fixture
def requester(market: Market) -> Caller:
    return market.requester()


@pytest.fixture
def story(market: Market, session: Session) -> Story:
    made = Story(market, session)
    made.publish()
    return made


def test_the_cost_of_a_draft_is_previewed_to_the_last_decimal(requester: Caller) -> None:
    rates = [{"code": "standard", "price": money("0.9999")}, {"code": "dense", "price": money("1.50")}]
    path = f"/jobs/{ok(requester.post('/jobs', job(redundancy=3, rates=rates, allowance=money('5')))).json['id']}"
    ok(requester.post(f"{path}/items", {"items": items(2)}))
    seen = ok(requester.get(f"{path}/cost-preview")).json
    assert seen["rates"][0] == {
        "code": "standard",
        "price": money("0.9999"),
        "fee": money("0.049995"),
        "items": 2,
        "answers": 6,
        "cost": money("5.9994"),
        "fees": money("0.29997"),
    }
    sums = {name: seen[name]["amount"] for name in ("cost", "fees", "allowance", "total", "funded", "missing")}
    assert sums == {
        "cost": "5.9994",
        "fees": "0.29997",
        "allowance": "5.00",
        "total": "10.9994",
        "funded": "0.00",
        "missing": "10.9994",
    }
    assert ok(requester.get(path)).json["allowance"] == money("5.00")


def test_a_layer_does_not_see_what_the_job_costs(story: Story) -> None:
    story.contract()
    assert story.upper.get(f"/jobs/{story.job_id}").status_code == 200
    assert story.upper.get(f"/jobs/{story.job_id}/cost-preview").status_code == 404
    assert ok(story.finance.get(f"/jobs/{story.job_id}/cost-preview")).json["total"] == money("3.60")


def test_items_come_and_go_while_the_job_is_open(story: Story) -> None:
    path = f"/jobs/{story.job_id}"
    added = ok(story.client.post(f"{path}/items", {"items": items(6)})).json
    assert (added["added"], added["skipped_existing"]) == (2, 4)
    done = ok(story.client.post(f"{path}/items/withdraw", {"external_ids": ["n-2", "n-6"]})).json
    assert done == {"items": 2, "rates": {"standard": 2}, "already": 0}
    listed = ok(story.client.get(f"{path}/items")).json["data"]
    assert [item["external_id"] for item in listed if item["withdrawn"]] == ["n-2", "n-6"]
    (root,) = ok(story.client.get(f"/contracts?job_id={story.job_id}")).json["data"]
    assert (root["rates"][0]["items"], root["rates"][0]["free_items"]) == (4, 4)
    ok(story.client.post(f"{path}/tasks", {"rate": "standard", "items": 1, "items_per_task": 1, "pay": money("0.5")}))
    refused = story.client.post(f"{path}/items/withdraw", {"ranges": [{"rate": "standard", "first": 1, "last": 3}]})
    assert (refused.status_code, refused.json["code"], refused.json["data"]["external_ids"]) == (
        409,
        "items_in_work",
        ["n-1"],
    )
    assert ok(story.client.post(f"{path}/items/withdraw", {"all_free": True})).json["items"] == 3
    wrong = story.client.post(f"{path}/items/withdraw", {"all_free": "yes"})
    assert [error["pointer"] for error in wrong.json["errors"]] == ["/all_free"]


def test_redundancy_is_raised_of_the_version_one_has_read(story: Story) -> None:
    path = f"/jobs/{story.job_id}"
    ok(story.client.post(f"{path}/tasks", {"rate": "standard", "items_per_task": 1, "pay": money("0.5")}))
    etag = ok(story.client.get(path)).headers["ETag"]
    body = {"redundancy": 2}
    assert story.client.post(f"{path}/raise-redundancy", body).status_code == 428
    raised = ok(story.client.post(f"{path}/raise-redundancy", body, headers={"If-Match": etag}))
    assert raised.json["redundancy"] == 2
    assert raised.headers["ETag"] != etag
    stale = story.client.post(f"{path}/raise-redundancy", {"redundancy": 3}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json["code"]) == (412, "stale")
    assert ok(story.client.get(f"{path}/cost-preview")).json["missing"] == money("3.60")
    ok(story.client.post(f"{path}/fund", {"amount": money("3.60")}))
    progress = ok(story.client.get(f"{path}/progress")).json
    assert (progress["seats_wanted"], progress["seats_released"]) == (8, 8)


def test_a_job_is_copied_as_a_draft_and_made_once_for_one_key(story: Story) -> None:
    path = f"/jobs/{story.job_id}"
    key = {"Idempotency-Key": "copy-1"}
    made = ok(story.client.post(f"{path}/duplicate", {"title": "Again", "items": True}, headers=key))
    again = story.client.post(f"{path}/duplicate", {"title": "Again", "items": True}, headers=key)
    assert (made.status_code, again.json["id"]) == (201, made.json["id"])
    assert made.headers["Location"] == f"/v1/jobs/{made.json['id']}"
    assert (made.json["state"], made.json["title"], made.json["rates"][0]["item_count"]) == ("draft", "Again", 4)
    assert len(ok(story.client.get("/jobs")).json["data"]) == 2


def test_a_settled_job_is_put_away_and_found_again(requester: Caller, session: Session) -> None:
    path = f"/jobs/{ok(requester.post('/jobs', job())).json['id']}"
    early = requester.post(f"{path}/archive")
    assert (early.status_code, early.json["code"]) == (409, "state_conflict")
    ok(requester.post(f"{path}/cancel"))
    assert complete_jobs(inside(session)) == 1
    assert ok(requester.post(f"{path}/archive")).json["state"] == "archived"
    assert ok(requester.get("/jobs")).json["data"] == []
    for query in ("include_archived=true", "state=archived"):
        assert len(ok(requester.get(f"/jobs?{query}")).json["data"]) == 1


@pytest.mark.parametrize("verb", ["publish", "pause", "resume", "close", "cancel", "archive", "duplicate"])
def test_every_verb_wants_a_key_so_that_it_is_safe_to_send_again(requester: Caller, verb: str) -> None:
    path = f"/jobs/{ok(requester.post('/jobs', job())).json['id']}/{verb}"
    refused = requester.send("POST", path, json={}, headers={"Idempotency-Key": ""})
    assert (refused.status_code, refused.json["code"]) == (400, "idempotency_key_required")


def test_a_repeated_pause_is_answered_as_the_first_was(story: Story) -> None:
    path, key = f"/jobs/{story.job_id}", {"Idempotency-Key": "pause-1"}
    first = ok(story.client.post(f"{path}/pause", headers=key))
    ok(story.client.post(f"{path}/resume"))
    again = story.client.post(f"{path}/pause", headers=key)
    assert (again.json["version"], again.headers["Idempotent-Replayed"]) == (first.json["version"], "true")
    assert ok(story.client.get(path)).json["state"] == "open"


def test_rows_with_a_proposal_are_listed_with_it_and_refused_at_its_place(requester: Caller) -> None:
    path = f"/jobs/{ok(requester.post('/jobs', job())).json['id']}/items"
    prelabel = {"answer": {"label": "good"}, "model": "critic", "confidence_ppm": 900000}
    ok(requester.post(path, {"items": [{**items(1)[0], "prelabel": prelabel}]}))
    assert ok(requester.get(path)).json["data"][0]["prelabel"] == prelabel
    wrong = {**items(2)[1], "prelabel": {**prelabel, "answer": {"label": "ugly"}}}
    refused = requester.post(path, {"items": [wrong]})
    assert [error["pointer"] for error in refused.json["errors"]] == ["/items/0/prelabel/answer/label"]

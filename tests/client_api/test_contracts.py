"""Contracts over the API: what an offer tells before it is accepted, recalling, freezing."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.identity.authentication import actor_for_key
from marketplace.kernel.ids import public
from marketplace.work.claiming import claim_next
from marketplace.work.skipping import skip
from tests.client_api.conftest import Market
from tests.client_api.examples import money
from tests.client_api.story import COUNT, Story, offer, ok


@pytest.fixture
def story(market: Market, session: Session) -> Story:
    made = Story(market, session)
    made.publish()
    return made


def _upper(story: Story) -> str:
    contracts = ok(story.client.get(f"/contracts?job_id={story.job_id}")).json["data"]
    return str(next(contract["id"] for contract in contracts if contract["layer"] == 1))


def test_an_offer_shows_policy_known_prices_floor_and_terms_before_it_is_accepted(story: Story) -> None:
    (root,) = ok(story.client.get("/contracts")).json["data"]
    upper = ok(story.upper.get("/me")).json["organization_id"]
    made = ok(story.client.post(f"/contracts/{root['id']}/offers", offer(upper, "0.60"))).json
    seen = ok(story.upper.get(f"/contracts/{made['id']}")).json
    (rate,) = seen["rates"]
    assert (rate["client_price"], rate["fee"], rate["price"]) == (money("0.90"), money("0.045"), money("0.60"))
    assert rate["pay_floor"] == money("0.00")
    assert seen["job_terms"] == {
        "price_visibility": "full",
        "acceptance_by": "layer",
        "auto_accept_seconds": 604800,
        "redo_max": 2,
        "inspection_days": 14,
        "quality_share_ppm": 300_000,
        "severity": 1,
        "redundancy": 1,
        "layers_left": 2,
        "deferral_months_max": None,
    }
    assert (seen["state"], seen["halted"], seen["frozen_reason"]) == ("offered", False, None)
    assert seen["settlement_terms"][1]["months"] == 6


def test_a_buyer_recalls_and_a_retry_with_the_same_key_is_answered_alike(story: Story) -> None:
    story.contract()
    story.open_tasks()
    path = f"/contracts/{_upper(story)}/recall"
    first = ok(story.client.post(path, {}, headers={"Idempotency-Key": "once"}))
    again = ok(story.client.post(path, {}, headers={"Idempotency-Key": "once"}))
    assert again.json == first.json
    assert (first.json["state"], first.json["rates"][0]["items"]) == ("recalled", 0)
    assert ok(story.lower.get(f"/contracts/{story.lower_contract}")).json["state"] == "recalled"
    (root,) = [one for one in ok(story.client.get("/contracts")).json["data"] if one["layer"] == 0]
    assert root["rates"][0]["free_items"] == COUNT
    refused = story.client.post(path, {})
    assert (refused.status_code, refused.json["code"]) == (409, "state_conflict")


def test_free_items_are_recalled_in_part(story: Story) -> None:
    story.contract()
    lower = f"/contracts/{story.lower_contract}/recall"
    recalled = ok(story.upper.post(lower, {"rates": {"standard": {"items": 3}}})).json
    assert (recalled["state"], recalled["rates"][0]["free_items"]) == ("active", COUNT - 3)
    short = story.upper.post(lower, {"rates": {"standard": {"items": 2}}})
    assert (short.status_code, short.json["code"]) == (422, "allotment_short")
    assert [error["pointer"] for error in short.json["errors"]] == ["/rates/standard/items"]
    wrong = story.upper.post(lower, {"rates": {}})
    assert wrong.status_code == 422


def test_below_a_frozen_contract_opening_is_a_423_until_it_goes_on(story: Story) -> None:
    story.contract()
    upper = _upper(story)
    assert story.client.post(f"/contracts/{upper}/freeze", {}).status_code == 422
    frozen = ok(story.client.post(f"/contracts/{upper}/freeze", {"reason": "Wait."})).json
    assert (frozen["state"], frozen["halted"], frozen["frozen_reason"]) == ("frozen", True, "Wait.")
    below = ok(story.lower.get(f"/contracts/{story.lower_contract}")).json
    assert (below["state"], below["halted"], below["frozen_reason"]) == ("active", True, None)
    body = {"rate": "standard", "items_per_task": 1, "pay": money("0.35")}
    refused = story.lower.post(f"/contracts/{story.lower_contract}/tasks", body)
    assert (refused.status_code, refused.json["code"]) == (423, "contract_halted")
    ok(story.client.post(f"/contracts/{upper}/unfreeze"))
    ok(story.lower.post(f"/contracts/{story.lower_contract}/tasks", body))


def test_tasks_are_opened_to_a_team_of_ones_own(story: Story) -> None:
    story.contract()
    own = ok(story.lower.post("/teams", {"name": "Night shift"})).json["id"]
    foreign = ok(story.upper.post("/teams", {"name": "Others"})).json["id"]
    path = f"/contracts/{story.lower_contract}/tasks"
    body = {"rate": "standard", "items_per_task": 1, "pay": money("0.35"), "team_ids": [foreign]}
    refused = story.lower.post(path, body)
    assert (refused.status_code, refused.json["code"]) == (422, "tasks_invalid")
    assert [error["pointer"] for error in refused.json["errors"]] == ["/team_ids/0"]
    opened = ok(story.lower.post(path, {**body, "team_ids": [own]})).json
    assert opened["team_ids"] == [own]
    assert [row["team_ids"] for row in ok(story.lower.get(path)).json["data"]] == [[own]]


def test_what_was_opened_is_put_before_other_tasks_by_who_opened_it(story: Story) -> None:
    story.contract()
    path = f"/contracts/{story.lower_contract}/tasks"
    body = {"rate": "standard", "items_per_task": 1, "items": 1, "pay": money("0.35")}
    plain, urgent = (ok(story.lower.post(path, {**body, "priority": priority})).json for priority in (0, 7))
    assert (plain["priority"], urgent["priority"]) == (0, 7)
    assert ok(story.lower.patch(f"/batches/{plain['id']}", {"priority": 9})).json["priority"] == 9
    for wrong in ({"priority": 10}, {"priority": -1}, {}):
        assert story.lower.patch(f"/batches/{plain['id']}", wrong).status_code == 422
    assert story.upper.patch(f"/batches/{plain['id']}", {"priority": 1}).status_code == 404
    assert story.lower.post(path, {**body, "priority": 10}).status_code == 422


def test_who_opened_tasks_reads_what_workers_skipped_of_them(story: Story) -> None:
    story.contract()
    story.open_tasks()
    actor = actor_for_key(story.session, story.worker.secret)
    claim = claim_next(story.session, actor)
    skip(story.session, actor, claim.id, "broken_item", claim.items[0].id)
    (line,) = ok(story.lower.get(f"/contracts/{story.lower_contract}/skips")).json["data"]
    assert (line["reason"], line["item_id"], line["skips"]) == ("broken_item", public("item", claim.items[0].id), 1)
    assert set(line) == {"reason", "item_id", "external_id", "skips", "last_at"}
    assert ok(story.upper.get(f"/contracts/{story.lower_contract}/skips")).json["data"] == []


def test_the_jobs_own_contract_is_neither_frozen_nor_recalled(story: Story) -> None:
    (root,) = ok(story.client.get("/contracts")).json["data"]
    for verb, body in (("freeze", {"reason": "Wait."}), ("recall", {})):
        refused = story.client.post(f"/contracts/{root['id']}/{verb}", body)
        assert (refused.status_code, refused.json["code"]) == (409, "contract_is_root")


def test_a_price_is_proposed_by_one_side_and_accepted_by_the_other(story: Story) -> None:
    story.contract()
    path = f"/contracts/{story.lower_contract}/amendments"
    body = {"rates": {"standard": {"price": money("0.65")}}, "reason": "The scenes are denser."}
    made = story.lower.post(path, body)
    assert (made.status_code, made.headers["Location"]) == (201, f"/v1/amendments/{made.json['id']}")
    assert made.json["rates"] == [{"code": "standard", "before": money("0.60"), "price": money("0.65")}]
    own = story.lower.post(f"/amendments/{made.json['id']}/accept")
    assert (own.status_code, own.json["code"]) == (403, "amendment_own")
    assert ok(story.upper.post(f"/amendments/{made.json['id']}/accept")).json["state"] == "accepted"
    seen = ok(story.lower.get(f"/contracts/{story.lower_contract}")).json
    assert seen["rates"][0]["price"] == money("0.65")
    (listed,) = ok(story.upper.get(path)).json["data"]
    assert (listed["proposed_by"], listed["reason"]) == ("seller", "The scenes are denser.")
    dear = story.lower.post(path, {"rates": {"standard": {"price": money("0.90")}}, "reason": "More."})
    assert (dear.status_code, [error["pointer"] for error in dear.json["errors"]]) == (
        422,
        ["/rates/standard/price/amount"],
    )

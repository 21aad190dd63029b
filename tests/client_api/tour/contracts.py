"""Scenes of the tour about contracts: offers that come to nothing, new prices, a recall."""

from __future__ import annotations

from marketplace.kernel.ids import public
from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import money
from tests.client_api.story import Story, offer, ok, published


def contracts_come_and_go(market: Market, story: Story) -> None:
    """Everything that becomes of contracts beside the way of a job."""
    _offers_come_to_nothing(market, story)
    _contract_is_frozen_and_recalled(market, story)
    _layer_is_in_default(market, story)


def _layer_is_in_default(market: Market, story: Story) -> None:
    seller = market.caller(market.organization("subcontractor", "Seventh"), "manager")
    assert seller.organization_id is not None
    (root, *_) = ok(story.client.get(f"/contracts?job_id={published(story.client)}")).json["data"]
    body = offer(public("organization", seller.organization_id), "0.60")
    body["rates"]["standard"]["items"] = 1
    offered = ok(story.client.post(f"/contracts/{root['id']}/offers", body)).json
    ok(seller.post(f"/contracts/{offered['id']}/accept"))
    reason = {"seller_organization_id": offered["seller_organization_id"], "reason": "We have to close the office."}
    told = ok(seller.post(f"/contracts/{offered['id']}/default", reason)).json
    ok(seller.get(f"/defaults/{told['id']}"))
    assert ok(story.client.get("/defaults")).json["data"][0]["taker"] == "client"
    _contract_is_handed_over(market, story, offered["id"])
    ok(story.finance.post(f"/defaults/{told['id']}/release", {"reason": "Nothing is owed to workers."}))


def _contract_is_handed_over(market: Market, story: Story, contract: str) -> None:
    other = market.caller(market.organization("subcontractor", "Eighth"), "manager")
    assert other.organization_id is not None
    body = {"to_organization_id": public("organization", other.organization_id), "expires_in_seconds": 604_800}
    for caller, verb in ((other, "decline"), (story.client, "withdraw"), (other, "accept")):
        made = ok(story.client.post(f"/contracts/{contract}/handovers", body)).json
        read = ok(other.get(f"/handovers/{made['id']}")).json["passes_over"]["terms_digest"]
        ok(caller.post(f"/handovers/{made['id']}/{verb}", {"terms_digest": read} if verb == "accept" else None))
    assert [row["state"] for row in ok(other.get("/handovers")).json["data"]] == ["accepted", "withdrawn", "declined"]


def _prices_are_amended(story: Story, seller: Caller, path: str) -> None:
    body = {"rates": {"standard": {"price": money("0.65")}}, "reason": "The scenes are denser than the samples were."}
    for caller, verb in ((story.client, "decline"), (seller, "withdraw"), (story.client, "accept")):
        made = ok(seller.post(f"{path}/amendments", body)).json
        ok(story.client.get(f"/amendments/{made['id']}"))
        ok(caller.post(f"/amendments/{made['id']}/{verb}"))
    ok(seller.get(f"{path}/amendments"))


def _offers_come_to_nothing(market: Market, story: Story) -> None:
    seller = market.caller(market.organization("subcontractor", "Third"), "manager")
    assert seller.organization_id is not None
    (root, *_) = ok(story.client.get(f"/contracts?job_id={published(story.client)}")).json["data"]
    body = offer(public("organization", seller.organization_id), "0.60")
    body["rates"]["standard"]["items"] = 1
    for caller, verb in ((seller, "decline"), (story.client, "withdraw")):
        made = ok(story.client.post(f"/contracts/{root['id']}/offers", body)).json
        ok(caller.post(f"/contracts/{made['id']}/{verb}"))
    ok(story.client.get(f"/contracts/{root['id']}"))


def _contract_is_frozen_and_recalled(market: Market, story: Story) -> None:
    seller = market.caller(market.organization("subcontractor", "Sixth"), "manager")
    assert seller.organization_id is not None
    (root, *_) = ok(story.client.get(f"/contracts?job_id={published(story.client)}")).json["data"]
    body = offer(public("organization", seller.organization_id), "0.60")
    body["rates"]["standard"]["items"] = 2
    offered = ok(story.client.post(f"/contracts/{root['id']}/offers", body)).json
    path = f"/contracts/{offered['id']}"
    ok(seller.post(f"{path}/accept"))
    _prices_are_amended(story, seller, path)
    ok(story.client.get(f"{path}/scorecard"))
    ok(story.client.get(f"/organizations/{public('organization', seller.organization_id)}/scorecard"))
    ok(story.client.post(f"{path}/freeze", {"reason": "The instructions have to be made clearer first."}))
    ok(story.client.post(f"{path}/unfreeze"))
    ok(story.client.post(f"{path}/recall", {}))

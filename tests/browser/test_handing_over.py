"""A contract that its client took over after a default is offered to another seller, who looks at it and accepts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import BROWSER
from tests.browser.kinds import pay_in
from tests.browser.looking import look
from tests.browser.market import Market
from tests.browser.tabs import Tabs, told

pytestmark = BROWSER
TITLE = "A job whose layer goes"


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


@pytest.fixture
def contract(market: Market) -> Iterator[str]:
    """A contract that the client sells under since a default; afterwards nobody is in default, and its job is over."""
    client, layer = market.caller("client"), market.caller("layer_1")
    named = {row["name"]: row["id"] for row in client.every("/v1/organizations")}
    pay_in(market)
    draft = {
        "title": TITLE,
        "kind": "text_classification",
        "instructions": "Choose the class.",
        "label_schema": {"classes": ["good", "bad"]},
        "currency": "CNY",
        "layers_max": 2,
        "rates": [{"code": "standard", "price": cny("0.10")}],
    }
    job = client.post("/v1/jobs", draft)["id"]
    item = {"external_id": "one", "rate": "standard", "content": {"text": "It works."}}
    client.post(f"/v1/jobs/{job}/items", {"items": [item]})
    client.post(f"/v1/jobs/{job}/fund", {"amount": cny("0.10")})
    client.post(f"/v1/jobs/{job}/publish", {})
    (root,) = client.every(f"/v1/contracts?job_id={job}")
    rates = {"standard": {"price": cny("0.08"), "items": 1}}
    offered = {"seller_organization_id": named["Meridian Data"], "rates": rates}
    made: str = client.post(f"/v1/contracts/{root['id']}/offers", offered)["id"]
    layer.post(f"/v1/contracts/{made}/accept")
    gone = {"seller_organization_id": named["Meridian Data"], "reason": "Our people fell ill."}
    default = layer.post(f"/v1/contracts/{made}/default", gone)["id"]
    yield made
    market.caller("finance_1").post(f"/v1/defaults/{default}/release", {"reason": "Nothing is owed."})
    client.post(f"/v1/jobs/{job}/cancel", {})


def test_a_contract_is_offered_looked_at_and_accepted(tabs: Tabs, market: Market, contract: str) -> None:
    holder, asked = tabs.open("client"), tabs.open("layer_2")
    asked.goto("/console/handovers")
    expect(asked.get_by_text("No contract is handed over")).to_be_visible()
    faults = look(asked, "handovers, none")
    holder.goto(f"/console/contracts/{contract}")
    holder.get_by_role("link", name="Hand it over").click()
    holder.get_by_label("To which subcontractor").select_option(label="Meridian Data (PT)")
    holder.get_by_role("button", name="Offer the contract").click()
    expect(holder.get_by_label("To which subcontractor")).to_have_attribute("aria-invalid", "true")
    faults += look(holder, "handing over, refused")
    holder.get_by_label("To which subcontractor").select_option(label="Riverbend Labeling (IN)")
    holder.get_by_role("button", name="Offer the contract").click()
    expect(holder.get_by_role("button", name="Withdraw the offer")).to_be_visible()

    asked.reload()
    asked.get_by_role("link", name=TITLE).click()
    expect(asked.get_by_text("What passes over: the rate card")).to_be_visible()
    faults += look(asked, "handover, asked")
    asked.get_by_role("button", name="Accept").click()
    expect(asked.get_by_role("status")).to_contain_text("your organization sells under this contract now")
    asked.get_by_role("link", name=contract).click()
    expect(asked.get_by_role("table", name="Who sold under it")).to_contain_text("Riverbend Labeling")
    faults += look(asked, "contract that was handed over")
    assert not faults, told(faults)

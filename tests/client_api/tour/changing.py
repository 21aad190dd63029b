"""A worker who is owed one currency and paid in another, at a rate that ends before it is sent."""

from __future__ import annotations

import datetime as dt

from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.rates import Rate
from marketplace.payouts.converting import pair_positions
from marketplace.reconciliation.matching import reconcile
from tests.builders.payouts import inside
from tests.builders.settlement import move_clock_to
from tests.client_api.story import Story, ok
from tests.client_api.tour.taxing import withhold


def she_is_paid_in_another_currency(story: Story, rail: SandboxRail) -> None:
    """The rate becomes worse than what she was shown: another person must approve it. Tax is withheld, too."""
    finance, session = story.finance, story.session
    withhold(story, market_now(session).date(), [{"authority": "KE-KRA", "rate_ppm": 100_000}])
    rate = {"sold": "CNY", "bought": "KES", "rate": "18.0537", "valid_hours": 1}
    ok(finance.post("/exchange-rates", rate))
    chosen = story.program.send("PUT", "/payout-currency", json={"rail": "sandbox", "currency": "KES"})
    assert chosen.status_code == 200, chosen.text
    run = ok(finance.post("/payout-runs", {"rail": "sandbox"})).json
    path = f"/payout-runs/{run['id']}"
    ok(story.second_finance.post(f"{path}/approve"))
    move_clock_to(session, market_now(session) + dt.timedelta(hours=2))
    ok(finance.post("/exchange-rates", {**rate, "rate": "17.9", "valid_hours": 24}))
    ok(story.second_finance.post(f"{path}/execute"))
    (waiting,) = ok(finance.get(f"/payouts?run_id={run['id']}&state=draft")).json["data"]
    shown = ok(story.program.get("/payouts")).json["data"][0]
    assert [quote["rate"] for quote in shown["quotes"]] == ["18.0537", "17.9"]
    ok(finance.get("/exchange-rates"))
    ok(story.second_finance.post(f"/payouts/{waiting['id']}/approve"))
    rail.script_rate(Rate.parse("17.9", "CNY", "KES"), changes=False)
    ok(story.second_finance.post(f"{path}/execute"))
    paid = ok(finance.get(f"/payouts/{waiting['id']}")).json
    assert (paid["state"], paid["paid"]["currency"]) == ("settled", "KES")
    ok(story.auditor.get("/ledger/currency-positions"))


def currencies_are_bought_back(story: Story, rail: SandboxRail) -> None:
    """The rail paid from our balance in KES; as much is bought at the bank, whose two lines show it."""
    session = story.session
    (pair,) = pair_positions(session)
    rail.show("other", -pair.owed.floor_to_minor(), "bank sold")
    rail.show("other", pair.paid, "bank bought")
    reconcile(inside(session), {"sandbox": rail})
    listed = ok(story.finance.get("/external-lines?state=unmatched")).json["data"]
    lines = {line["reference"]: line["id"] for line in listed}
    exchange = {"sold_line_id": lines["bank sold"], "bought_line_id": lines["bank bought"], "reason": "At our bank."}
    made = ok(story.finance.post("/currency-conversions", exchange)).json
    assert made["bought"] == pair.paid.to_wire()
    ok(story.auditor.get("/currency-conversions"))
    assert ok(story.auditor.get("/ledger/currency-positions")).json["pairs"] == []

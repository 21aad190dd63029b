"""A worker who is owed one currency and paid in another, at a rate that ends before it is sent."""

from __future__ import annotations

import datetime as dt

from marketplace.db.clock import market_now
from tests.builders.settlement import move_clock_to
from tests.client_api.story import Story, ok


def she_is_paid_in_another_currency(story: Story) -> None:
    """The rate becomes worse than what she was shown: another person must approve it."""
    finance, session = story.finance, story.session
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
    ok(story.second_finance.post(f"{path}/execute"))
    paid = ok(finance.get(f"/payouts/{waiting['id']}")).json
    assert (paid["state"], paid["paid"]["currency"]) == ("settled", "KES")
    ok(story.auditor.get("/ledger/currency-positions"))

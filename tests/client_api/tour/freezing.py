"""A scene of the tour: payouts are frozen by one person of finance, and sent again by two."""

from __future__ import annotations

import datetime as dt

from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.rails.port import PayoutInstruction
from tests.client_api.story import Story, ok


def payouts_are_frozen(story: Story, rail: SandboxRail) -> None:
    """A transfer that nothing explains keeps them frozen until it was looked into."""
    finance, other = story.finance, story.second_finance
    now = instant(market_now(story.session) - dt.timedelta(minutes=1))
    rail.pay_out(PayoutInstruction(new_id(), 1, "acct_of_nobody", Money.parse("1.00", "CNY")))
    ok(finance.post("/payout-freeze", {"reason": "The bank called about a payment.", "read_from": now}))
    assert finance.post("/payout-freeze/lift").status_code == 403
    ok(finance.post("/payout-freeze/ask", {"reason": "It was a mistake of theirs."}))
    assert finance.post("/payout-freeze/lift").status_code == 403
    (left,) = ok(other.post("/payout-freeze/lift")).json["left"]
    seen = {"line_id": left["line_id"], "reason": "Paid by hand, as agreed."}
    assert ok(finance.post("/payout-freeze/acknowledge", seen)).json["frozen"]
    assert ok(story.auditor.get("/payout-freeze")).json["lift_asked_by"]
    assert ok(other.post("/payout-freeze/lift")).json["left"] == []
    assert not ok(finance.get("/payout-freeze")).json["frozen"]

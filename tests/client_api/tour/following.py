"""A scene of the tour: a payout is followed from its answers to the rail's line, and found again by its reference."""

from __future__ import annotations

from tests.client_api.story import Story, ok


def a_payout_is_followed(story: Story) -> None:
    """One that was paid in another currency than it was owed in."""
    finance = story.finance
    paid = ok(finance.get("/payouts?state=reconciled")).json["data"][0]
    assert ok(finance.get(f"/payouts/{paid['id']}/history")).json["data"][-1]["state_after"] == "reconciled"
    path = f"/payouts/{paid['id']}/trail"
    trail = ok(finance.get(path)).json
    assert trail["adds_up"], trail["breaks"]
    assert [step["step"] for step in trail["steps"]][::5] == ["answers", "lines"]
    assert ok(finance.get(f"{path}/earnings")).json["data"]
    assert ok(finance.get(f"{path}/installments")).json["data"]
    reference = trail["lines"][0]["reference"]
    (place,) = ok(finance.get(f"/trails?of={reference}")).json["data"]
    assert place["payout_id"] == paid["id"]
    assert finance.get("/trails?of=nothing").status_code == 404

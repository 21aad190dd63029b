"""A scene of the tour about accepted answers that are not good, and who answers for them."""

from __future__ import annotations

from tests.client_api.conftest import Market
from tests.client_api.examples import money
from tests.client_api.story import Story, ok


def quality_is_claimed(market: Market, story: Story) -> None:
    """One claim is withdrawn, one contested and decided by operations, one agreed to."""
    answers = [row["answer_id"] for row in ok(story.client.get(f"/jobs/{story.job_id}/results")).json["data"]]
    body = {"category": "wrong_label", "rule": "G1", "reason": "These are buses.", "amount": money("0.01")}
    withdrawn, contested, agreed = (
        ok(story.client.post("/quality-claims", {**body, "answer_ids": [answer]})).json for answer in answers[:3]
    )
    ok(story.client.post(f"/quality-claims/{withdrawn['id']}/withdraw"))
    ok(story.lower.post(f"/quality-claims/{contested['id']}/contest", {"response": "They have four wheels."}))
    decider = market.caller(market.organization("platform"), "operations")
    decision = {"decision": "dismissed", "reason": "They are vans."}
    ok(decider.post(f"/quality-claims/{contested['id']}/decide", decision))
    done = ok(story.lower.post(f"/quality-claims/{agreed['id']}/agree")).json
    assert (done["state"], done["collected"]) == ("upheld", money("0.01"))
    assert story.upper.get(f"/quality-claims/{agreed['id']}").status_code == 404
    ok(story.client.get(f"/quality-claims/{agreed['id']}"))
    states = [claim["state"] for claim in ok(story.lower.get("/quality-claims")).json["data"]]
    assert states == ["upheld", "dismissed", "withdrawn"]

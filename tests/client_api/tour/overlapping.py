"""A scene of the tour: an item whose answers never agree, which a third person decides."""

from __future__ import annotations

from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import parse
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.submitting import submit
from tests.builders.consensus import find_consensus
from tests.builders.overlap import sweep
from tests.builders.settlement import payable_worker
from tests.builders.work import accept_all
from tests.client_api.conftest import Market
from tests.client_api.examples import items, job, money
from tests.client_api.story import Story, ok

OVERLAP = {"answers_max": 2, "agreement_min_ppm": 900_000}


def items_are_decided(market: Market, story: Story) -> None:
    """Two workers say two things of an item that gets no third answer."""
    client, session = story.client, story.session
    path = f"/jobs/{ok(client.post('/jobs', job(redundancy=2, overlap=OVERLAP))).json['id']}"
    ok(client.post(f"{path}/items", {"items": items(1)}))
    ok(client.post("/deposits", {"rail": "sandbox", "amount": money("1.80")}))
    ok(client.post(f"{path}/fund", {"amount": money("1.80")}))
    ok(client.post(f"{path}/publish"))
    tasks = {"rate": "standard", "items_per_task": 1, "pay": money("0.70")}
    batch_id = parse("batch", ok(client.post(f"{path}/tasks", tasks)).json["id"])
    for label in ("good", "bad"):
        worker = payable_worker(session)
        claim = claim_next(session, worker, batch_id)
        submit(session, worker, claim.id, {item.id: {"label": label} for item in claim.items}, 1)
        decide_answers(session, system_actor("tests"), claim.id, accept_all(session, claim.id))
    sweep(session)
    decider = market.caller(market.organization("platform"), "dispute_decider")
    (waiting,) = ok(decider.get("/adjudications")).json["data"]
    choice = {"answer_id": waiting["answers"][0]["answer_id"], "reason": "Irony counts as what is meant."}
    ok(decider.post(f"/adjudications/{waiting['item_id']}/decide", choice))
    find_consensus(session)
    assert {line["adjudicated"] for line in ok(client.get(f"{path}/results")).json["data"]} == {True}

"""A scene of the tour: gold items are added, given to a worker, and retired."""

from __future__ import annotations

from marketplace.kernel.ids import parse
from marketplace.work.claiming import claim_next
from marketplace.work.submitting import submit
from tests.builders.settlement import payable_worker
from tests.client_api.examples import items, job, money
from tests.client_api.story import Story, ok

_GOLD = {"external_id": "n-900", "rate": "standard", "content": {"text": "Sunshine."}, "expected": {"label": "good"}}


def gold_is_given(story: Story) -> None:
    """Every claim of the job gets the one gold item there is."""
    client, session = story.client, story.session
    sent = job(gold={"share_ppm": 1_000_000}, allowance=money("5.00"))
    path = f"/jobs/{ok(client.post('/jobs', sent)).json['id']}"
    ok(client.post(f"{path}/items", {"items": items(1)}))
    paid_in = ok(client.post("/deposits", {"rail": "sandbox", "amount": money("6.90")})).json
    back = ok(client.post(f"/deposits/{paid_in['id']}/refunds", {"amount": money("1.00")})).json
    ok(client.get(f"/refunds/{back['id']}"))
    ok(client.get("/deposits?state=available"))
    ok(client.get(f"/refunds?deposit_id={paid_in['id']}"))
    ok(client.post(f"{path}/fund", {"amount": money("5.90")}))
    ok(client.post(f"{path}/publish"))
    ok(client.post(f"{path}/gold", {"items": [_GOLD]}))
    tasks = {"rate": "standard", "items_per_task": 1, "pay": money("0.70")}
    batch_id = parse("batch", ok(client.post(f"{path}/tasks", tasks)).json["id"])
    worker = payable_worker(session)
    claim = claim_next(session, worker, batch_id)
    submit(session, worker, claim.id, {item.id: {"label": "good"} for item in claim.items}, 1)
    (line,) = ok(client.get(f"{path}/gold")).json["data"]
    assert (line["answers"], line["passed"]) == (1, 1)
    ok(client.post(f"/gold/{line['id']}/retire", {"reason": "Everybody knows it by now."}))

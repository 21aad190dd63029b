from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from tests.client_api.conftest import Market
from tests.client_api.examples import money
from tests.client_api.story import COUNT, Story, ok


@pytest.fixture
def story(market: Market, session: Session) -> Story:
    return Story(market, session)


def test_the_whole_way_of_a_job_over_the_api(story: Story) -> None:
    story.publish()
    story.contract()
    story.open_tasks()
    story.work()
    story.review()
    progress = ok(story.client.get(f"/jobs/{story.job_id}/progress")).json
    assert (progress["items"], progress["answers"]) == (COUNT, {"accepted": COUNT})
    results = ok(story.client.get(f"/jobs/{story.job_id}/results")).json["data"]
    assert [row["content"] for row in results] == [{"label": "good"}] * COUNT
    dated = ok(story.lower.get("/installments")).json["data"]
    assert [row["amount"] for row in dated] == [money("0.50"), money("0.50")]
    chain = ok(story.client.get(f"/answers/{results[0]['answer_id']}/price-chain")).json
    assert [(part["kind"], part["amount"]["amount"]) for part in chain["parts"]] == [
        ("fee", "0.045"),
        ("margin", "0.255"),
        ("margin", "0.25"),
        ("pay", "0.35"),
    ]
    assert chain["client_price"] == money("0.90")
    own = ok(story.lower.get(f"/items/{results[0]['item_id']}/price-chain")).json["data"]
    assert [part["own"] for part in own[0]["parts"]] == [False, False, True, False]
    margins = ok(story.client.get(f"/jobs/{story.job_id}/margins")).json
    assert (margins["total"], len(margins["lines"])) == (money("3.60"), 4)
    margin = ok(story.lower.get(f"/contracts/{story.lower_contract}/margin")).json
    assert (margin["earned"], margin["paid"]) == (money("1.00"), money("0.00"))
    story.mature()
    run = story.pay()
    assert run["state"] == "done"
    assert run["totals"] == [{"state": "settled", "count": 3, "amount": money("1.71")}]
    assert [row["state"] for row in ok(story.lower.get("/installments")).json["data"]] == ["paid", "scheduled"]
    (payout,) = ok(story.lower.get("/payouts")).json["data"]
    read = ok(story.lower.get(f"/payouts/{payout['id']}")).json
    assert (read["amount"], [line["amount"] for line in read["lines"]]) == (money("0.50"), [money("0.50")])
    assert story.upper.get(f"/payouts/{payout['id']}").status_code == 404
    assert public("person", story.worker.person_id) in {
        row["payee_id"] for row in ok(story.finance.get("/payouts")).json["data"]
    }
    trial = ok(story.auditor.get("/ledger/trial-balance")).json["data"]
    assert {line["code"]: line["balance"]["amount"] for line in trial}[4010] == "0.18"

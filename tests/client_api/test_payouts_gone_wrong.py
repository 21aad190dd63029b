from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.ids import parse
from marketplace.payouts.models import Payout
from marketplace.rails.port import Rails
from tests.builders.payouts import end_leases, note_looks
from tests.client_api.conftest import Market
from tests.client_api.story import Story, ok

HELD = {"hold_reason": "destination_refused"}


@pytest.fixture
def story(market: Market, session: Session) -> Story:
    told = Story(market, session)
    told.publish()
    told.contract()
    told.open_tasks()
    told.work()
    told.review()
    told.mature()
    return told


@pytest.fixture
def rail(rails: Rails) -> SandboxRail:
    found = rails["sandbox"]
    assert isinstance(found, SandboxRail)
    return found


def workers_payout(story: Story, run: dict[str, Any], state: str) -> str:
    """The path of the one payout of the run in that state, which is the worker's: the others wait for it."""
    (row,) = ok(story.finance.get(f"/payouts?run_id={run['id']}&state={state}")).json["data"]
    assert row["payee_kind"] == "worker"
    return f"/payouts/{row['id']}"


def totals(run: dict[str, Any]) -> dict[str, int]:
    return {line["state"]: line["count"] for line in run["totals"]}


def test_a_refused_payout_is_sent_again_after_a_second_person_says_so(story: Story, rail: SandboxRail) -> None:
    rail.script("pay_out", "refuse", match=f"acct_{story.worker.person_id.hex[:8]}")
    run = story.pay()
    assert totals(run) == {"approved": 2, "refused": 1}
    path = workers_payout(story, run, "refused")
    own = story.finance.post(f"{path}/retry")
    assert (own.status_code, own.json["code"]) == (403, "payout_two_people")
    key = {"Idempotency-Key": uuid.uuid4().hex}
    again = ok(story.second_finance.post(f"{path}/retry", headers=key)).json
    assert (again["state"], again["attempt"], again["refusal_code"]) == ("approved", 2, None)
    replayed = story.second_finance.post(f"{path}/retry", headers=key)
    assert (replayed.status_code, replayed.headers["Idempotent-Replayed"]) == (200, "true")
    twice = story.second_finance.post(f"{path}/retry")
    assert (twice.status_code, twice.json["data"]["current"]) == (409, "approved")
    assert totals(ok(story.second_finance.post(f"/payout-runs/{run['id']}/execute")).json) == {"settled": 3}
    assert ok(story.finance.get(path)).json["attempt"] == 2


@pytest.mark.parametrize(("fault", "state"), [("unknown_before_executing", "unknown"), ("delay", "sent")])
def test_what_may_have_reached_the_rail_is_neither_sent_again_nor_given_up(
    story: Story, rail: SandboxRail, fault: Any, state: str
) -> None:
    rail.script("pay_out", fault, delay_seconds=3600 if fault == "delay" else 0)
    path = workers_payout(story, story.pay(), state)
    for verb in ("retry", "cancel", "agree-absent"):
        assert story.second_finance.post(f"{path}/{verb}").status_code == 409, verb


def test_a_draft_is_not_approved_past_its_run(story: Story) -> None:
    run = ok(story.finance.post("/payout-runs", {})).json
    row = ok(story.finance.get(f"/payouts?run_id={run['id']}")).json["data"][0]
    assert story.second_finance.post(f"/payouts/{row['id']}/retry").status_code == 409


def test_a_refused_payout_is_given_up_and_its_installment_held_until_the_payee_acts(
    story: Story, rail: SandboxRail
) -> None:
    rail.script("pay_out", "refuse", match=f"acct_{story.worker.person_id.hex[:8]}")
    run = story.pay()
    path = workers_payout(story, run, "refused")
    wrong = story.second_finance.post(f"{path}/cancel", {"hold_reason": "because"})
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/hold_reason")
    assert ok(story.second_finance.post(f"{path}/cancel", HELD)).json["state"] == "cancelled"
    (held,) = ok(story.finance.get("/installments?state=held")).json["data"]
    assert (held["payee_kind"], held["held_reason"], held["payout_id"]) == ("worker", "destination_refused", None)
    assert totals(ok(story.second_finance.post(f"/payout-runs/{run['id']}/execute")).json) == {
        "cancelled": 1,
        "settled": 2,
    }


def test_given_up_without_a_reason_the_installment_is_due_again(story: Story, rail: SandboxRail) -> None:
    rail.script("pay_out", "refuse", match=f"acct_{story.worker.person_id.hex[:8]}")
    path = workers_payout(story, story.pay(), "refused")
    assert ok(story.second_finance.post(f"{path}/cancel")).json["state"] == "cancelled"
    (due,) = ok(story.finance.get("/installments?state=due")).json["data"]
    assert due["payee_kind"] == "worker"


def test_a_run_without_a_payout_that_was_given_up_goes_on_and_can_be_called_off(story: Story) -> None:
    run = ok(story.finance.post("/payout-runs", {})).json
    path = f"/payout-runs/{run['id']}"
    rows = ok(story.finance.get(f"/payouts?run_id={run['id']}")).json["data"]
    early = story.finance.post(f"/payouts/{rows[0]['id']}/cancel", HELD)
    assert (early.status_code, early.json["data"]["current"]) == (409, "draft")
    ok(story.finance.post(f"/payouts/{rows[0]['id']}/cancel"))
    assert totals(ok(story.second_finance.post(f"{path}/approve")).json) == {"approved": 2, "cancelled": 1}
    called_off = ok(story.finance.post(f"{path}/cancel"))
    assert (called_off.json["state"], totals(called_off.json)) == ("cancelled", {"cancelled": 3})
    assert len(ok(story.finance.get("/installments?state=due")).json["data"]) == 3
    assert story.finance.post(f"{path}/cancel").status_code == 409


def test_two_people_agree_that_an_unknown_payout_never_was(story: Story, rail: SandboxRail, session: Session) -> None:
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{story.worker.person_id.hex[:8]}")
    run = story.pay()
    path = workers_payout(story, run, "unknown")
    assert story.finance.post(f"{path}/agree-absent").status_code == 409
    end_leases(session, asked_hours_ago=25)
    note_looks(session, session.get_one(Payout, parse("payout", path.rpartition("/")[2])))
    assert ok(story.finance.post(f"{path}/agree-absent")).json["state"] == "unknown"
    same = story.finance.post(f"{path}/agree-absent")
    assert (same.status_code, same.json["code"]) == (403, "payout_two_people")
    agreed = ok(story.second_finance.post(f"{path}/agree-absent")).json
    assert (agreed["state"], agreed["refusal_code"]) == ("refused", "not_found_at_rail")
    ok(story.second_finance.post(f"{path}/retry"))
    assert totals(ok(story.second_finance.post(f"/payout-runs/{run['id']}/execute")).json) == {"settled": 3}

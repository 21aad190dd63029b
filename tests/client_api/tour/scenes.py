"""The scenes of the tour: the whole way of a job, and beside it what that way does not touch."""

from __future__ import annotations

from sqlalchemy.orm import Session

from client_api.resources.imports import LABEL_STUDIO_EXAMPLE, MTURK_EXAMPLE
from marketplace.audit.notes import Signer
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.ids import parse, public
from marketplace.lifecycle.completing import complete_jobs
from marketplace.payouts.models import Payout
from marketplace.rails.port import Rails
from marketplace.work.quality_reports import report_one_job
from tests.builders.consensus import find_consensus
from tests.builders.exports import run_exports
from tests.builders.media import MemoryStorage
from tests.builders.payouts import end_leases, inside, note_looks
from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import items, job, money
from tests.client_api.story import Story, ok, published
from tests.client_api.test_media import picture
from tests.client_api.tour.banking import the_bank_pays
from tests.client_api.tour.changing import currencies_are_bought_back, she_is_paid_in_another_currency
from tests.client_api.tour.claiming import (
    a_bank_refuses,
    a_payment_is_charged_back,
    a_refund_has_no_answer,
    pay_is_held,
)
from tests.client_api.tour.contracts import contracts_come_and_go
from tests.client_api.tour.explaining import a_line_is_explained_by_two
from tests.client_api.tour.following import a_payout_is_followed
from tests.client_api.tour.freezing import payouts_are_frozen
from tests.client_api.tour.golden import gold_is_given
from tests.client_api.tour.inspecting import quality_is_claimed
from tests.client_api.tour.invoicing import documents_are_read
from tests.client_api.tour.overlapping import items_are_decided
from tests.client_api.tour.people import people_and_keys
from tests.client_api.tour.practising import workers_can_practise
from tests.client_api.tour.protecting import workers_are_protected
from tests.client_api.tour.reading_books import books_and_log_are_read
from tests.client_api.tour.reviewing import answers_are_judged, many_claims_are_accepted
from tests.client_api.tour.standing import people_are_chosen
from tests.client_api.tour.taxing import (
    own_money_is_moved,
    sales_tax_goes_to_its_authority,
    tax_goes_to_its_authority,
    tax_is_withheld,
)
from tests.client_api.tour.webhooks import webhooks_are_tried_out
from tests.client_api.tour.working import (
    a_decision_is_contested,
    a_fee_is_reported,
    a_task_is_done,
    hard_content_is_agreed_to,
    pay_is_looked_at,
)


def play(market: Market, session: Session, rails: Rails, signer: Signer) -> Story:
    """Play every scene, in the order of a market's life."""
    story = Story(market, session)
    story.publish()
    _job_is_looked_after(story)
    story.contract()
    contracts_come_and_go(market, story)
    story.open_tasks()
    story.work()
    story.review()
    quality_is_claimed(market, story)
    _results_are_read(story)
    _files_are_made(story, session)
    documents_are_read(story)
    story.mature()
    people_and_keys(story)
    _payouts_go_wrong(story, rails)
    rail = rails["sandbox"]
    assert isinstance(rail, SandboxRail)
    she_is_paid_in_another_currency(story, rail)
    currencies_are_bought_back(story, rail)
    a_payout_is_followed(story)
    tax_is_withheld(story)
    tax_goes_to_its_authority(story, rail)
    sales_tax_goes_to_its_authority(story)
    own_money_is_moved(story)
    payouts_are_frozen(story, rail)
    _rejection_is_contested(market, story)
    answers_are_judged(market, story)
    items_are_decided(market, story)
    many_claims_are_accepted(market, story)
    gold_is_given(story)
    workers_can_practise(story)
    a_payment_is_charged_back(market, story, rails)
    a_refund_has_no_answer(market, story, rails)
    a_bank_refuses(story)
    pay_is_held(story)
    people_are_chosen(market, story)
    pay_is_looked_at(story)
    hard_content_is_agreed_to(story.program)
    stranger = market.organization("subcontractor")
    a_fee_is_reported(story.program, public("organization", stranger.id))
    workers_are_protected(market, story)
    books_and_log_are_read(story, session, signer)
    the_bank_pays(market, story)
    a_line_is_explained_by_two(story)
    a_decision_is_contested(story.program)
    webhooks_are_tried_out(story, session)
    return story


def _job_is_looked_after(story: Story) -> None:
    client, path = story.client, f"/jobs/{story.job_id}"
    ok(client.get("/me"))
    ok(client.post("/media", data=picture(), content_type="image/png"))
    ok(client.get("/jobs"))
    etag = client.get(path).headers["ETag"]
    ok(client.patch(path, {"title": "Street scenes, winter"}, headers={"If-Match": etag}))
    versions = client.get(f"{path}/guidelines").headers["ETag"]
    guideline = {"text": "Read it first. Then look twice.", "rules": [{"id": "G1", "text": "One class."}]}
    ok(client.post(f"{path}/guidelines", guideline, headers={"If-Match": versions}))
    ok(client.get(f"{path}/items"))
    ok(client.get(f"{path}/cost-preview"))
    _uploads_are_read(client)
    ok(client.get(f"{path}/cost-preview"))
    ok(client.post(f"{path}/pause"))
    ok(client.post(f"{path}/resume"))
    other = published(client)
    ok(client.post(f"/jobs/{other}/tasks", {"rate": "standard", "items_per_task": 2, "pay": money("0.70")}))
    etag = client.get(f"/jobs/{other}").headers["ETag"]
    ok(client.post(f"/jobs/{other}/raise-redundancy", {"redundancy": 3}, headers={"If-Match": etag}))
    ok(client.post(f"/jobs/{other}/close"))
    _job_comes_to_nothing(story, published(client))


def _job_comes_to_nothing(story: Story, job_id: str) -> None:
    client, path = story.client, f"/jobs/{job_id}"
    ok(client.post(f"{path}/items/withdraw", {"ranges": [{"rate": "standard", "first": 2, "last": 2}]}))
    ok(client.post(f"{path}/duplicate", {"title": "Street scenes, second batch", "items": True}))
    ok(client.post(f"{path}/cancel"))
    assert complete_jobs(inside(story.session)) >= 1
    ok(client.post(f"{path}/archive"))


def _uploads_are_read(client: Caller) -> None:
    job_id = str(ok(client.post("/jobs", job())).json["id"])
    ok(client.post(f"/jobs/{job_id}/items?on_error=skip", {"items": [*items(1), {**items(2)[1], "rate": "gold"}]}))
    (upload,) = ok(client.get(f"/jobs/{job_id}/uploads")).json["data"]
    ok(client.get(f"/uploads/{upload['id']}"))
    ok(client.get(f"/uploads/{upload['id']}/errors"))
    ok(client.post("/imports/label-studio", LABEL_STUDIO_EXAMPLE))
    ok(client.post("/imports/mturk", MTURK_EXAMPLE))


def _results_are_read(story: Story) -> None:
    client, path = story.client, f"/jobs/{story.job_id}"
    ok(client.get(f"{path}/progress"))
    result = ok(client.get(f"{path}/results")).json["data"][0]
    ok(client.get(f"/answers/{result['answer_id']}/price-chain"))
    find_consensus(story.session)
    ok(client.get(f"{path}/consensus"))
    report_one_job(story.session)
    ok(client.get(f"{path}/quality"))
    ok(client.get(f"/items/{result['item_id']}/consensus"))
    ok(client.get("/extras"))
    ok(client.get(f"/items/{result['item_id']}/price-chain"))
    ok(client.get(f"{path}/margins"))
    ok(client.get(f"{path}/worker-share"))
    ok(story.lower.get(f"/contracts/{story.lower_contract}/margin"))
    (day, *_) = ok(story.lower.get(f"/contracts/{story.lower_contract}/margin/days")).json["data"]
    ok(story.lower.get(f"/contracts/{story.lower_contract}/margin/answers?accepted_on={day['accepted_on']}"))
    ok(story.lower.get("/margins?by=month"))
    ok(story.lower.get("/installments"))
    (month, *_) = ok(story.lower.get("/statements")).json["data"]
    ok(story.lower.get(f"/statement?month={month}"))
    ok(story.lower.get(f"/statement-lines?month={month}"))
    ok(story.lower.get(f"/statement-installments?month={month}"))
    ok(story.lower.get(f"/statement-payouts?month={month}"))


def _files_are_made(story: Story, session: Session) -> None:
    client = story.client
    made = ok(client.post("/exports", {"format": "results.jsonl", "job_id": story.job_id})).json
    other = ok(client.post("/exports", {"format": "price_chain.csv", "job_id": story.job_id})).json
    ok(client.post(f"/operations/{other['operation_id']}/cancel"))
    run_exports(session, MemoryStorage())
    ok(client.get(f"/operations/{made['operation_id']}"))
    ok(client.get(f"/exports/{made['id']}"))
    ok(client.get("/operations"))
    ok(client.get("/exports"))


def _rejection_is_contested(market: Market, story: Story) -> None:
    job_id = published(story.client)
    body = {"rate": "standard", "items_per_task": 1, "pay": money("0.70")}
    opened = ok(story.client.post(f"/jobs/{job_id}/tasks", body)).json
    ok(story.client.patch(f"/batches/{opened['id']}", {"priority": 5}))
    session, program = story.session, story.program
    claim_id = a_task_is_done(program, session)
    ok(story.client.get(f"/contracts/{opened['contract_id']}/skips"))
    assert story.client.organization_id is not None
    client = session.get_one(type(market.organization("client")), story.client.organization_id)
    reviewer = market.caller(client, "reviewer")
    (answer,) = ok(reviewer.get(f"/reviews/{claim_id}")).json["answers"]
    verdict = {
        "answer_id": answer["id"],
        "verdict": "reject",
        "category": "wrong_label",
        "comment": "It is good.",
        "rule": "G1",
    }
    ok(reviewer.post(f"/reviews/{claim_id}/verdicts", {"verdicts": [verdict]}))
    ok(program.post("/disputes", {"answer_id": answer["id"], "reason": "It says so in the first line."}))
    decider = market.caller(market.organization("platform"), "dispute_decider")
    (dispute,) = ok(decider.get("/disputes")).json["data"]
    path = f"/disputes/{dispute['id']}"
    ok(reviewer.post(f"{path}/respond", {"response": "The first line is irony."}))
    ok(decider.post(f"{path}/decide", {"decision": "overturned", "reason": "The worker is right."}))
    ok(reviewer.post(f"{path}/appeal", {"reason": "Rule G1 says that irony counts as what is meant."}))
    second = market.caller(market.organization("platform"), "dispute_decider")
    ok(second.post(f"{path}/decide-appeal", {"decision": "dismissed", "reason": "It is no irony."}))
    assert ok(reviewer.get(path)).json["appeal"]["state"] == "dismissed"


def _payouts_go_wrong(story: Story, rails: Rails) -> None:
    rail = rails["sandbox"]
    assert isinstance(rail, SandboxRail)
    destination = f"acct_{story.worker.person_id.hex[:8]}"
    called_off = ok(story.finance.post("/payout-runs", {"rail": "sandbox"})).json
    ok(story.finance.post(f"/payout-runs/{called_off['id']}/cancel"))
    rail.script("pay_out", "refuse", match=destination)
    run = story.pay()
    execute = f"/payout-runs/{run['id']}/execute"
    ok(story.finance.get("/payout-runs"))
    ok(story.finance.get(f"/payout-runs/{run['id']}"))
    (refused,) = ok(story.finance.get(f"/payouts?run_id={run['id']}&state=refused")).json["data"]
    path = f"/payouts/{refused['id']}"
    ok(story.finance.get(path))
    ok(story.second_finance.post(f"{path}/retry"))
    rail.script("pay_out", "unknown_before_executing", match=destination)
    ok(story.second_finance.post(execute))
    end_leases(story.session, asked_hours_ago=25)
    note_looks(story.session, story.session.get_one(Payout, parse("payout", refused["id"])))
    ok(story.finance.post(f"{path}/agree-absent"))
    ok(story.second_finance.post(f"{path}/agree-absent"))
    ok(story.second_finance.post(f"{path}/cancel"))
    ok(story.second_finance.post(execute))

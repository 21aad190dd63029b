"""What protects workers, on their pages and at their API."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.settlement import extras
from marketplace.work.claiming import claim_next
from marketplace.work.models import Claim
from tests.builders.settlement import Chain, accept, hand_in, make_chain
from tests.builders.web import Browser
from tests.workers_portal.conftest import Program


def bonus(session: Session, chain: Chain, worker: Actor, claim_id: object) -> None:
    extras.pay_from_allowance(
        session,
        system_actor("tests"),
        kind="bonus",
        job=chain.job,
        claim=session.get(Claim, claim_id),
        worker_id=worker.person,
        contract_id=chain.batch.contract_id,
        amount=Money.parse("1.25", "CNY"),
        key="bonus",
        note="Well done",
    )


def test_a_program_reads_and_sets_consents_and_limits(program: Program) -> None:
    before = program.get("/exposure").json
    assert (before["consents"], before["own_items_max"], before["time_zone"]) == ([], None, None)
    after = program.send("PUT", "/exposure/consents", {"severity": 4, "given": True}).json
    assert [consent["severity"] for consent in after["consents"]] == [4]
    limits = program.send("PUT", "/exposure/limits", {"items_max": 20, "time_zone": "Asia/Manila"}).json
    assert (limits["items_max"], limits["own_items_max"], limits["time_zone"]) == (20, 20, "Asia/Manila")
    assert program.send("PUT", "/exposure/consents", {"severity": 4, "given": False}).json["consents"] == []


def test_bad_consents_and_limits_name_their_field(program: Program) -> None:
    for path, body, pointer in (
        ("consents", {"severity": 2, "given": True}, "/severity"),
        ("consents", {"severity": 3, "given": "yes"}, "/given"),
        ("limits", {"items_max": "many"}, "/items_max"),
        ("limits", {"items_max": -1}, "/items_max"),
        ("limits", {"minutes_max": 100_000}, "/minutes_max"),
        ("limits", {"time_zone": "Mars/Olympus"}, "/time_zone"),
        ("limits", {"time_zone": 3}, "/time_zone"),
    ):
        reply = program.send("PUT", f"/exposure/{path}", body)
        assert reply.status_code == 422
        assert [error["pointer"] for error in reply.json["errors"]] == [pointer]


def test_beats_of_a_program_are_counted_for_its_own_claims_only(
    session: Session, program: Program, program_of: Callable[[Actor], Program], worker: Actor
) -> None:
    chain = make_chain(session, items=2)
    claim_id = public("claim", claim_next(session, worker, chain.batch.id).id)
    reply = program.post(f"/claims/{claim_id}/heartbeat")
    assert (reply.status_code, reply.json["active_seconds"], reply.json["next_beat_seconds"]) == (200, 0, 20)
    assert program_of(hand_in(session, chain).worker).post(f"/claims/{claim_id}/heartbeat").status_code == 404
    program.post(f"/claims/{claim_id}/return")
    assert program.post(f"/claims/{claim_id}/heartbeat").status_code == 409


def test_the_workbench_beats_and_says_what_it_counts(session: Session, browser: Browser, worker: Actor) -> None:
    chain = make_chain(session, items=2)
    claim_id = public("claim", claim_next(session, worker, chain.batch.id).id)
    page = browser.get(f"/work/claims/{claim_id}/items/1")
    assert f'data-heartbeat="/work/claims/{claim_id}/heartbeat"' in page.text
    assert "heartbeat.js" in page.text
    assert browser.post(f"/work/claims/{claim_id}/heartbeat", {}).json == {"active_seconds": 0}


def test_consent_and_limits_are_set_on_a_page(browser: Browser) -> None:
    assert "You have named no time zone" in browser.get("/work/exposure").text
    browser.post("/work/exposure/consents/3", {"given": "yes"})
    assert "Show me no more of severity 3" in browser.get("/work/exposure").text
    browser.post("/work/exposure/limits", {"items_max": "12", "minutes_max": "", "time_zone": "Africa/Nairobi"})
    page = browser.get("/work/exposure").text
    assert "0 of 12" in page
    assert "midnight in Africa/Nairobi" in page
    refused = browser.post("/work/exposure/limits", {"items_max": "a lot", "minutes_max": "", "time_zone": ""})
    assert refused.status_code == 422
    assert "a lot" in refused.text


def test_extras_are_lines_of_their_own_on_statement_and_price_chain(
    session: Session, program: Program, browser: Browser, worker: Actor
) -> None:
    chain = make_chain(session, items=1, allowance=Money.parse("5.00", "CNY"))
    handed = hand_in(session, chain, worker)
    accept(session, chain, handed)
    bonus(session, chain, worker, handed.claim_id)
    line = program.get("/extras").json["data"][0]
    assert (line["kind"], line["amount"]["amount"], line["note"]) == ("bonus", "1.25", "Well done")
    answer_id = public("answer", handed.answer_ids[0])
    assert program.get(f"/answers/{answer_id}/price-chain").json["extras"][0]["amount"]["amount"] == "1.25"
    assert "Well done" in browser.get("/work/earnings").text
    assert "1.25" in browser.get(f"/work/answers/{answer_id}/price-chain").text
    earned = program.get("/earnings").json["data"][0]
    assert earned["earned"]["amount"] == "1.60"


def test_a_fee_is_reported_by_program_and_on_a_page(
    session: Session, program: Program, browser: Browser, worker: Actor
) -> None:
    chain = make_chain(session, items=2)
    hand_in(session, chain, worker)
    layer = chain.layers[-1][0]
    organization_id = public("organization", layer.organization)
    assert organization_id in browser.get("/work/fee-reports").text
    refused = browser.post("/work/fee-reports", {"organization": organization_id, "amount": "5", "how": " "})
    assert refused.status_code == 422
    browser.post("/work/fee-reports", {"organization": organization_id, "amount": "5 USD", "how": "By <b>phone</b>"})
    page = browser.get("/work/fee-reports").text
    assert "By &lt;b&gt;phone" in page
    again = program.post("/fee-reports", {"organization_id": organization_id, "how": "Again"})
    assert (again.status_code, again.json["code"]) == (409, "fee_report_pending")
    (line,) = program.get("/fee-reports").json["data"]
    assert (line["state"], line["freezes"], line["amount"]) == ("open", True, "5 USD")

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.jobs.item_rows import ItemRow
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, parse, public
from marketplace.rails.methods import keep_destination
from marketplace.settlement.accepting import decide_answers
from marketplace.work.verdicts import Verdict
from tests.builders.payees import ask_to_be_paid_at
from tests.builders.work import Market, claim_and_submit, make_market, make_worker, open_batch
from tests.workers_portal.conftest import Program

MakeProgram = Callable[[Actor], Program]


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=4)


def test_a_worker_claims_saves_submits_and_reads_what_became_of_it(
    session: Session, market: Market, program: Program
) -> None:
    open_batch(session, market, items_per_task=2)
    (found,) = program.get("/tasks").json["data"]
    assert found["pay_per_task"] == {"amount": "2.00", "currency": "USD"}
    assert [share["amount"]["amount"] for share in found["paid_if_accepted_today"]] == ["2.00"]
    claim = program.post("/claims", {"batch_id": found["id"]})
    assert claim.status_code == 201
    path = f"/claims/{claim.json['id']}"
    answers = {item["id"]: {"label": "good"} for item in claim.json["items"]}
    assert program.send("PUT", f"{path}/draft", {"answers": answers}).status_code == 200
    assert program.get(path).json["draft"] == answers
    first = program.post(f"{path}/submit", {"attempt": 1, "answers": answers})
    assert (first.status_code, first.json["state"], first.json["replayed"]) == (200, "submitted", False)
    again = program.post(f"{path}/submit", {"attempt": 1, "answers": answers})
    assert (again.status_code, again.json["replayed"]) == (200, True)
    seen = program.get(path).json
    assert [item["answer"]["state"] for item in seen["items"]] == ["submitted", "submitted"]
    (line,) = program.get("/claims?state=submitted").json["data"]
    assert line["auto_accept_at"] is not None


def test_a_worker_submits_and_has_the_next_task_with_one_request(
    session: Session, market: Market, program: Program
) -> None:
    batch = open_batch(session, market, items=2)
    given = {"batch_id": public("batch", batch.id)}
    claim = program.post("/claims", given).json
    body = {"attempt": 1, "answers": {claim["items"][0]["id"]: {"label": "good"}}, "claim_next": True}
    path = f"/claims/{claim['id']}/submit"
    went = program.post(path, body).json
    assert (went["state"], went["next_refused"]) == ("submitted", None)
    assert (went["next"]["batch_id"], went["next"]["state"]) == (given["batch_id"], "claimed")
    again = program.post(path, body).json
    assert (again["replayed"], again["next"], again["next_refused"]) == (True, None, None), "nothing more is claimed"
    last = went["next"]
    body = {"attempt": 1, "answers": {last["items"][0]["id"]: {"label": "good"}}, "claim_next": True}
    end = program.post(f"/claims/{last['id']}/submit", body).json
    assert (end["state"], end["next"], end["next_refused"]["code"]) == ("submitted", None, "nothing_to_claim")
    assert len(program.get("/claims?state=submitted").json["data"]) == 2, "both submissions stand"


def test_answers_that_are_refused_claim_nothing_further(session: Session, market: Market, program: Program) -> None:
    open_batch(session, market)
    claim = program.post("/claims").json
    path = f"/claims/{claim['id']}/submit"
    wrong = program.post(path, {"attempt": 1, "answers": {}, "claim_next": True})
    assert (wrong.status_code, wrong.json["code"]) == (422, "answers_invalid")
    assert len(program.get("/claims").json["data"]) == 1
    vague = program.post(path, {"attempt": 1, "answers": {}, "claim_next": 1})
    assert (vague.status_code, vague.json["errors"][0]["pointer"]) == (422, "/claim_next")


def test_a_models_proposal_comes_with_its_item(session: Session, program: Program) -> None:
    prelabel = {"answer": {"label": "bad"}, "model": "critic"}
    rows = [ItemRow(n, f"n-{n}", "standard", {"text": "x"}, prelabel=prelabel if n == 1 else None) for n in (1, 2)]
    open_batch(session, make_market(session, items_count=2, rows=rows), items_per_task=2)
    claim = program.post("/claims").json
    assert [item["prelabel"] for item in claim["items"]] == [prelabel, None]
    seen = program.get(f"/claims/{claim['id']}").json
    assert [item["prelabel"] for item in seen["items"]] == [prelabel, None]


def test_claiming_without_a_batch_takes_the_oldest_work(session: Session, market: Market, program: Program) -> None:
    open_batch(session, market)
    assert program.post("/claims").status_code == 201


def test_what_is_given_back_is_open_again(session: Session, market: Market, program: Program) -> None:
    open_batch(session, market, items=1)
    claim = program.post("/claims").json
    assert program.get("/tasks").json["data"] == []
    assert program.post(f"/claims/{claim['id']}/return").json["state"] == "returned"
    assert len(program.get("/tasks").json["data"]) == 1


def test_a_lease_can_be_prolonged_twice(session: Session, market: Market, program: Program) -> None:
    open_batch(session, market)
    path = f"/claims/{program.post('/claims').json['id']}/extend"
    assert [program.post(path).status_code for _ in range(3)] == [200, 200, 409]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"{", 400, None),
        (b"[]", 400, None),
        (b'{"batch_id": 1, "batch_id": 2}', 400, None),
        (b'{"batch_id": NaN}', 400, None),
        (b"\xff", 400, None),
        (b'{"batch_id": "\xed\xa0\x80"}', 400, None),
        ({"batch": "bat_x"}, 422, "/batch"),
        ({"batch_id": "bat_x"}, 422, "/batch_id"),
    ],
)
def test_a_broken_body_is_refused_with_its_place(program: Program, body: Any, status: int, pointer: str | None) -> None:
    answer = program.post("/claims", body)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    if pointer is not None:
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize("content", [b'{"label": "\\u0000"}', b'{"label": "\\ud800"}', b'{"label": 1e400}'])
def test_a_draft_that_the_database_could_not_hold_is_refused(
    session: Session, market: Market, program: Program, content: bytes
) -> None:
    open_batch(session, market)
    claim = program.post("/claims").json
    body = b'{"answers": {"%s": %s}}' % (claim["items"][0]["id"].encode(), content)
    assert program.send("PUT", f"/claims/{claim['id']}/draft", body).status_code == 400


def test_wrong_answers_are_refused_by_item_and_field(session: Session, market: Market, program: Program) -> None:
    open_batch(session, market)
    claim = program.post("/claims").json
    (item,) = claim["items"]
    answer = program.post(
        f"/claims/{claim['id']}/submit", {"attempt": 1, "answers": {item["id"]: {"label": "middling"}}}
    )
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"/answers/{item['id']}/label"


def test_lists_refuse_parameters_they_do_not_know(program: Program) -> None:
    for query in ("colour=red", "limit=0", "limit=201", "limit=x", "cursor=broken"):
        assert program.get(f"/claims?{query}").status_code == 400, query


def test_nobody_sees_or_touches_anothers_claim(
    session: Session, market: Market, program: Program, program_of: MakeProgram
) -> None:
    open_batch(session, market)
    claim = program.post("/claims").json
    other = program_of(make_worker(session, "Bo"))
    path = f"/claims/{claim['id']}"
    answers = {item["id"]: {"label": "good"} for item in claim["items"]}
    tries = [
        other.get(path),
        other.send("PUT", f"{path}/draft", {"answers": answers}),
        other.post(f"{path}/submit", {"attempt": 1, "answers": answers}),
        other.post(f"{path}/extend"),
        other.post(f"{path}/return"),
        other.post("/disputes", {"answer_id": public("answer", new_id()), "reason": "Why not"}),
        other.get(f"/answers/{public('answer', new_id())}/price-chain"),
    ]
    assert [answer.status_code for answer in tries] == [404] * len(tries)
    assert program.get(path).json["state"] == "claimed"


def test_money_and_its_way_are_shown_to_the_worker(
    session: Session, market: Market, program: Program, worker: Actor
) -> None:
    batch = open_batch(session, market, pay="0.7000")
    claimed, _ = claim_and_submit(session, worker, batch)
    answer_id = program.get(f"/claims/{public('claim', claimed.id)}").json["items"][0]["answer"]["id"]
    decide_answers(session, market.reviewer, claimed.id, [Verdict(parse("answer", answer_id), "accept")])
    (owed,) = program.get("/earnings").json["data"]
    assert (owed["earned"], owed["scheduled"], owed["answers"]) == (usd("0.70"), usd("0.70"), 1)
    (row,) = program.get("/installments").json["data"]
    assert (row["amount"], row["state"]) == (usd("0.70"), "scheduled")
    chain = program.get(f"/answers/{answer_id}/price-chain").json
    assert sum(Decimal(part["amount"]["amount"]) for part in chain["parts"]) == Decimal(chain["client_price"]["amount"])
    assert [part["amount"] for part in chain["parts"] if part["own"]] == [usd("0.70")]


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def test_a_payout_method_is_kept(program: Program) -> None:
    kept = program.send("PUT", "/payout-method", {"rail": "sandbox", "destination": "amina"})
    assert kept.json == {"rail": "sandbox", "destination": "…a", "bank_refused": [], "change": None}
    assert program.get("/payout-methods").json == {"data": [kept.json]}
    assert program.send("PUT", "/payout-method", {"rail": "sandbox", "destination": " "}).status_code == 422


def test_a_key_that_was_stolen_leads_no_pay_elsewhere(session: Session, program: Program, worker: Actor) -> None:
    keep_destination(session, worker, "sandbox", "acct_1")
    answer = program.send("PUT", "/payout-method", {"rail": "sandbox", "destination": "acct_2"})
    assert (answer.status_code, answer.json["code"]) == (403, "step_up_required")


def test_a_change_that_waits_is_seen_and_taken_back(session: Session, program: Program, worker: Actor) -> None:
    keep_destination(session, worker, "sandbox", "acct_1")
    ask_to_be_paid_at(session, worker, "acct_of_a_thief")
    (method,) = program.get("/payout-methods").json["data"]
    assert (method["destination"], method["change"]["destination"]) == ("…_1", "…hief")
    path = f"/payout-method-changes/{method['change']['id']}/cancel"
    as_before: dict[str, object] = {"rail": "sandbox", "destination": "…_1", "bank_refused": [], "change": None}
    assert program.post(path).json == as_before
    assert program.post(path).status_code == 409


def test_a_payout_method_on_a_rail_that_is_not_here_is_refused(program: Program) -> None:
    answer = program.send("PUT", "/payout-method", {"rail": "nowhere", "destination": "amina"})
    assert (answer.status_code, answer.json["code"]) == (422, "rail_unknown")


def test_without_a_key_nothing_is_answered(program: Program) -> None:
    assert program.client.get("/worker/v1/tasks").status_code == 401

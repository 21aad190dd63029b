from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import job, money


def _jobs(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM job")).scalar_one())


def test_a_post_that_creates_needs_a_key(market: Market, session: Session) -> None:
    requester = market.requester()
    for key in ("", "with space", "ü", "x" * 256):
        refused = requester.post("/jobs", job(), headers={"Idempotency-Key": key})
        assert (refused.status_code, refused.json["code"]) == (400, "idempotency_key_required")
    assert _jobs(session) == 0


def test_the_same_request_again_is_answered_the_same_and_done_once(market: Market, session: Session) -> None:
    requester = market.requester()
    first = requester.post("/jobs", job(), headers={"Idempotency-Key": "a"})
    again = requester.post("/jobs", job(), headers={"Idempotency-Key": "a"})
    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]
    assert _jobs(session) == 1


def test_the_same_key_with_another_body_or_address_is_refused(market: Market) -> None:
    requester = market.requester()
    requester.post("/jobs", job(), headers={"Idempotency-Key": "a"})
    other = requester.post("/jobs", job(title="Other"), headers={"Idempotency-Key": "a"})
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    elsewhere = requester.post("/deposits", {"amount": money("1.00")}, headers={"Idempotency-Key": "a"})
    assert (elsewhere.status_code, elsewhere.json["code"]) == (422, "idempotency_key_reused")


def test_keys_of_two_organizations_do_not_meet(market: Market, session: Session) -> None:
    for requester in (market.requester(), market.requester()):
        assert requester.post("/jobs", job(), headers={"Idempotency-Key": "a"}).status_code == 201
    assert _jobs(session) == 2


def test_a_refusal_is_not_kept_and_the_request_may_be_mended(market: Market) -> None:
    requester = market.requester()
    assert requester.post("/jobs", job(kind="x"), headers={"Idempotency-Key": "a"}).status_code == 422
    assert requester.post("/jobs", job(), headers={"Idempotency-Key": "a"}).status_code == 201


def test_money_is_tied_once_however_often_the_request_is_sent(market: Market) -> None:
    requester = market.requester()
    job_id = requester.post("/jobs", job()).json["id"]
    requester.post("/deposits", {"amount": money("5.00")})
    for _ in range(3):
        funded = requester.post(f"/jobs/{job_id}/fund", {"amount": money("2.00")}, headers={"Idempotency-Key": "fund"})
        assert funded.json["reserve"] == money("2.00")
    assert requester.get("/balance").json["data"] == [money("3.00")]


def test_thirty_two_at_once_with_one_key_have_one_effect(committing_app: Flask, committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        requester = Market(committing_app, session).requester()
    answers: list[Any] = []
    start = threading.Barrier(32)

    def send() -> None:
        mine = Caller(committing_app.test_client(), requester.secret, uuid.uuid4(), None)
        start.wait()
        answers.append(mine.post("/jobs", job(), headers={"Idempotency-Key": "one"}))

    threads = [threading.Thread(target=send) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_in_progress"}
    assert len({answer.text for answer in made}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in made) == 1
    with transaction(committing_engine) as session:
        assert _jobs(session) == 1


def test_thirty_two_at_once_with_one_key_tie_money_once(committing_app: Flask, committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        requester = Market(committing_app, session).requester()
    made = requester.post("/jobs", job()).json
    requester.post("/deposits", {"amount": money("5.00")})
    path, body = f"/jobs/{made['id']}/fund", {"amount": money("2.00")}
    start = threading.Barrier(32)

    def send(_: int) -> int:
        mine = Caller(committing_app.test_client(), requester.secret, uuid.uuid4(), None)
        start.wait()
        return mine.post(path, body, headers={"Idempotency-Key": "fund"}).status_code

    with ThreadPoolExecutor(32) as pool:
        statuses = set(pool.map(send, range(32)))
    assert 200 in statuses
    assert statuses <= {200, 409}
    assert requester.get("/balance").json["data"] == [money("3.00")]

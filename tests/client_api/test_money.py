from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.kernel.ids import new_id, public
from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import job, money


@pytest.fixture
def requester(market: Market) -> Caller:
    return market.requester()


@pytest.mark.parametrize(
    ("amount", "pointer", "code"),
    [
        ({"amount": "1.0000001", "currency": "CNY"}, "/amount/amount", "too_many_decimals"),
        ({"amount": 1, "currency": "CNY"}, "/amount/amount", "amount_syntax"),
        ({"amount": "1,00", "currency": "CNY"}, "/amount/amount", "amount_syntax"),
        ({"amount": "-1.00", "currency": "CNY"}, "/amount/amount", "amount_negative"),
        ({"amount": "1.00", "currency": "XXY"}, "/amount/currency", "currency_unknown"),
        ({"amount": "1.00"}, "/amount", "money_shape"),
        ("1.00", "/amount", "money_shape"),
        (None, "/amount", "null"),
    ],
)
def test_money_that_is_none_points_at_what_is_wrong(requester: Caller, amount: object, pointer: str, code: str) -> None:
    refused = requester.post("/deposits", {"rail": "sandbox", "amount": amount})
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [(pointer, code)]


def test_a_deposit_is_in_whole_minor_units_of_a_rail_that_exists(requester: Caller) -> None:
    part = requester.post("/deposits", {"amount": money("0.001")})
    assert (part.status_code, part.json["code"]) == (422, "deposit_amount")
    lost = requester.post("/deposits", {"rail": "pigeon", "amount": money("1.00")})
    assert (lost.status_code, lost.json["code"]) == (422, "rail_unknown")


def test_a_deposit_is_pending_in_its_answer_and_available_when_read_again(requester: Caller) -> None:
    made = requester.post("/deposits", {"amount": money("5.00")})
    assert (made.status_code, made.json["state"]) == (201, "pending")
    assert requester.client.get(made.headers["Location"]).status_code == 401
    assert requester.get(f"/deposits/{made.json['id']}").json["state"] == "available"


def test_what_is_not_there_cannot_be_tied_to_a_job(requester: Caller) -> None:
    path = f"/jobs/{requester.post('/jobs', job()).json['id']}/fund"
    requester.post("/deposits", {"amount": money("5.00")})
    assert requester.post(path, {"amount": money("5.01")}).status_code == 402
    assert requester.post(path, {"amount": money("0.00")}).status_code == 422
    assert requester.post(path, {"amount": money("1.00", "USD")}).json["errors"][0]["pointer"] == "/amount/currency"
    assert requester.get("/balance").json["data"] == [money("5.00")]
    tied = requester.post(path, {"amount": money("5.00")})
    assert tied.json["reserve"] == money("5.00")
    assert requester.get("/balance").json["data"] == []


def test_cancelling_gives_the_free_reserve_back(requester: Caller) -> None:
    path = f"/jobs/{requester.post('/jobs', job()).json['id']}"
    requester.post("/deposits", {"amount": money("5.00")})
    requester.post(f"{path}/fund", {"amount": money("5.00")})
    cancelled = requester.post(f"{path}/cancel")
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "cancelled")
    assert requester.get("/balance").json["data"] == [money("5.00")]
    again = requester.post(f"{path}/cancel")
    assert (again.status_code, again.json["data"]["current"]) == (409, "cancelled")


def test_the_books_are_read_journal_by_journal(market: Market) -> None:
    requester = market.requester()
    auditor = market.caller(market.organization("platform"), "auditor")
    requester.post("/deposits", {"amount": money("5.00")})
    lines = auditor.get("/ledger/trial-balance").json["data"]
    assert {line["code"] for line in lines} == {1100, 1110, 2010}
    for side in ("debits", "credits"):
        assert sum(Decimal(line[side]["amount"]) for line in lines) == 10
    nothing = auditor.get(f"/ledger/journals/{public('journal', new_id())}")
    assert nothing.status_code == 404

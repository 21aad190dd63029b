"""How the client bears a bad connection and an unwilling service: nothing is lost, doubled or hidden."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import logging
import socket
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from client_api import client as api
from client_api.client import Client, Retries, WorkerClient
from client_api.client.generated.types import JobInput
from client_api.client.retrying import retry_after
from tests.client_api.client.conftest import Waits
from tests.client_api.client.scripted import Asked, Handler, Scripted, Step, answer, half, refusal, reset, slow

JOB = cast("JobInput", {"title": "Signs"})
ME: Any = {"name": "Ann"}


class Orders:
    """A service in small: it does what it is asked once for each idempotency key."""

    def __init__(self) -> None:
        self.done: dict[str, dict[str, Any]] = {}

    def effect(self, _: Handler, asked: Asked) -> tuple[dict[str, Any], bool]:
        key = asked.headers["Idempotency-Key"]
        replayed = key in self.done
        return self.done.setdefault(key, {"id": f"job_{len(self.done)}"}), replayed

    def answer(self, handler: Handler, asked: Asked) -> None:
        body, replayed = self.effect(handler, asked)
        headers = {"Idempotent-Replayed": "true"} if replayed else {}
        handler.reply(201, json.dumps(body).encode(), "application/json", {**headers, "ETag": '"1"'})

    def answer_is_lost(self, handler: Handler, asked: Asked) -> None:
        self.effect(handler, asked)
        handler.reset()


def test_a_reset_before_and_one_after_the_effect_end_in_one_effect(client: Client, script: Scripted) -> None:
    orders = Orders()
    script.steps = [reset, orders.answer_is_lost, orders.answer]
    made = client.jobs.create_job(JOB)
    assert list(orders.done.values()) == [{"id": "job_0"}]
    assert made["id"] == "job_0"
    assert api.was_replayed(made)
    assert len({asked.headers["Idempotency-Key"] for asked in script.asked}) == 1
    assert len({asked.body for asked in script.asked}) == 1


def test_two_calls_have_two_keys_and_a_key_of_ones_own_is_kept(client: Client, script: Scripted) -> None:
    orders = Orders()
    script.otherwise = orders.answer
    assert client.jobs.create_job(JOB)["id"] != client.jobs.create_job(JOB)["id"]
    mine = [client.jobs.create_job(JOB, idempotency_key="order-1") for _ in range(2)]
    assert mine[0] == mine[1]
    assert [api.was_replayed(made) for made in mine] == [False, True]


def test_a_secret_that_was_lost_with_the_first_answer_is_named(client: Client, script: Scripted) -> None:
    kept = answer(201, {"id": "key_1", "secret": None}, Idempotent_Replayed="true", Idempotent_Withheld="secret")
    script.steps = [answer(201, {"id": "key_1", "secret": "pwk_new"}), reset, kept]
    assert api.withheld_from(client.jobs.create_job(JOB)) == ()
    assert api.withheld_from(client.jobs.create_job(JOB)) == ("secret",)


def test_what_may_not_be_doubled_is_not_sent_again(client: Client, script: Scripted) -> None:
    script.steps = [reset, answer(200, {})]
    with pytest.raises(api.ConnectionFailed) as caught:
        client.contracts.accept_contract("ctr_1")
    assert caught.value.may_have_taken_effect
    assert len(script.asked) == 1
    script.steps = [refusal(503, "unavailable")]
    with pytest.raises(api.ServerFault):
        client.contracts.accept_contract("ctr_1")


def test_a_submission_of_a_worker_is_sent_again_and_a_claim_is_not(script: Scripted, waits: Waits) -> None:
    with WorkerClient(script.url, "pwk_secret", retries=Retries(sleep=waits.sleep, clock=waits.clock)) as worker:
        script.steps = [reset, answer(200, {"state": "submitted", "replayed": True})]
        assert worker.claims.submit_claim("clm_1", {"attempt": 1, "answers": {}})["replayed"]
        assert [asked.path for asked in script.asked] == ["/worker/v1/claims/clm_1/submit"] * 2
        script.steps = [reset, answer(201, {"id": "clm_2"})]
        with pytest.raises(api.ConnectionFailed) as caught:
            worker.claims.claim_next({})
        assert caught.value.may_have_taken_effect
    assert len(script.asked) == 3
    assert repr(worker) == f"WorkerClient('{script.url}')"


def test_what_never_reached_the_service_is_sent_again_whatever_it_is(waits: Waits) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        retries = Retries(4, sleep=waits.sleep, clock=waits.clock)
        with Client(url, "pwk_x", retries=retries) as nobody, pytest.raises(api.ConnectionFailed) as caught:
            nobody.jobs.publish_job("job_1")
    assert not caught.value.may_have_taken_effect
    assert len(waits.waited) == 3


def test_a_429_is_waited_out_as_long_as_it_asks(client: Client, script: Scripted, waits: Waits) -> None:
    script.steps = [refusal(429, "rate_limited", Retry_After="7"), refusal(429, "rate_limited"), answer(200, {})]
    client.jobs.publish_job("job_1")
    assert 7 <= waits.waited[0] < 8
    assert waits.waited[1] <= 0.5


def test_a_429_that_asks_for_more_patience_than_there_is_is_told_at_once(client: Client, script: Scripted) -> None:
    script.steps = [refusal(429, "rate_limited", Retry_After="3600")]
    with pytest.raises(api.RateLimited) as caught:
        client.jobs.create_job(JOB)
    assert (caught.value.retry_after, len(script.asked)) == (3600, 1)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_service_that_is_away_for_a_moment_is_asked_again(client: Client, script: Scripted, status: int) -> None:
    script.steps = [answer(status, b"<html>", "text/html"), answer(200, ME)]
    assert client.identity.read_me() == ME


def test_a_fault_of_the_service_is_no_reason_to_ask_again(client: Client, script: Scripted) -> None:
    script.steps = [answer(500, {"code": "internal_server_error", "request_id": "req_9"}, "application/problem+json")]
    with pytest.raises(api.ServerFault) as caught:
        client.jobs.create_job(JOB)
    assert (caught.value.request_id, len(script.asked)) == ("req_9", 1)


def test_a_first_request_that_still_runs_is_waited_for(client: Client, script: Scripted) -> None:
    orders = Orders()
    script.steps = [refusal(409, "idempotency_in_progress"), orders.answer]
    assert client.jobs.create_job(JOB)["id"] == "job_0"
    script.steps = [refusal(409, "state_conflict")]
    with pytest.raises(api.Conflict):
        client.jobs.create_job(JOB)


def test_a_slow_answer_is_given_up_and_asked_for_again(script: Scripted, waits: Waits) -> None:
    orders = Orders()
    script.steps = [slow(1, orders.answer), orders.answer]
    with Client(script.url, "pwk_x", timeout=0.3, retries=Retries(sleep=waits.sleep, clock=waits.clock)) as hasty:
        assert hasty.jobs.create_job(JOB)["id"] == "job_0"
    assert len(script.asked) == 2


def test_patience_ends_by_tries_and_by_time(script: Scripted, waits: Waits) -> None:
    script.otherwise = refusal(503, "unavailable")
    short = Retries(3, sleep=waits.sleep, clock=waits.clock)
    with Client(script.url, "pwk_x", retries=short) as few, pytest.raises(api.ServerFault):
        few.identity.read_me()
    assert len(script.asked) == 3
    script.otherwise = refusal(503, "unavailable", Retry_After="10")
    long = Retries(attempts=100, seconds=35, sleep=waits.sleep, clock=waits.clock)
    with Client(script.url, "pwk_x", retries=long) as patient, pytest.raises(api.ServerFault):
        patient.identity.read_me()
    assert len(script.asked) - 3 <= 4


def test_an_answer_that_breaks_off_is_fetched_again(client: Client, script: Scripted) -> None:
    script.steps = [half(b'{"name": "Ann", "more": "than half"}'), answer(200, ME)]
    assert client.identity.read_me() == ME


def test_a_stale_change_says_so_and_a_fresh_one_carries_the_etag(client: Client, script: Scripted) -> None:
    script.steps = [answer(200, {"id": "job_1"}, ETag='"3"'), refusal(412, "stale"), answer(200, {"id": "job_1"})]
    job = client.jobs.read_job("job_1")
    with pytest.raises(api.Stale):
        client.jobs.change_job("job_1", {"title": "New"}, if_match='"2"')
    client.jobs.change_job("job_1", {"title": "New"}, if_match=job)
    assert [asked.headers.get("If-Match") for asked in script.asked] == [None, '"2"', '"3"']
    with pytest.raises(ValueError, match="ETag"):
        client.jobs.change_job("job_1", {"title": "New"}, if_match={**job})


def test_a_refusal_names_the_fields_and_the_request(client: Client, script: Scripted) -> None:
    errors = [{"pointer": "/rates/0/price", "code": "money", "message": "Too many decimals."}]
    document = {"code": "invalid", "detail": "One field breaks a rule.", "request_id": "req_7", "errors": errors}
    script.steps = [answer(422, document, "application/problem+json")]
    with pytest.raises(api.Invalid) as caught:
        client.jobs.create_job(JOB)
    assert caught.value.errors == (api.FieldError("/rates/0/price", "money", "Too many decimals."),)
    assert (caught.value.code, caught.value.request_id) == ("invalid", "req_7")
    assert "/rates/0/price: Too many decimals." in str(caught.value)
    script.steps = [refusal(404, "not_found")]
    with pytest.raises(api.NotFound):
        client.jobs.read_job("job_1")


def test_pages_are_walked_while_rows_come_in_and_each_is_fetched_when_it_is_needed(
    client: Client, script: Scripted
) -> None:
    rows = [{"id": f"job_{n}"} for n in range(5)]

    def page(handler: Handler, asked: Asked) -> None:
        begin = int(parse_qs(urlsplit(asked.path).query).get("cursor", ["0"])[0])
        rows.append({"id": f"job_{len(rows)}"})  # somebody inserts
        found = rows[begin : begin + 2]
        more = str(begin + 2) if begin + 2 < min(len(rows), 7) else None
        body = {"data": found, "next_cursor": more, "has_more": more is not None}
        handler.reply(200, json.dumps(body).encode(), "application/json", {})

    script.otherwise = page
    walk: Iterator[Any] = client.jobs.iter_jobs(limit=2)
    assert next(walk)["id"] == "job_0"
    assert len(script.asked) == 1
    assert [row["id"] for row in walk] == [f"job_{n}" for n in range(1, 8)]


def test_the_key_goes_out_in_one_header_and_nowhere_else(
    client: Client, script: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script.steps = [answer(200, ME), refusal(401, "unauthenticated")]
    client.identity.read_me()
    with pytest.raises(api.Unauthenticated) as caught:
        client.identity.read_me()
    assert script.asked[0].headers["Authorization"] == "Bearer pwk_secret"
    assert script.asked[0].headers["User-Agent"].startswith("piecework-python/")
    assert "pwk_secret" not in f"{caplog.text} {client!r} {caught.value} {script.asked[0].path}"


def test_ids_cannot_lead_to_another_address(client: Client, script: Scripted) -> None:
    script.steps = [refusal(404, "not_found")]
    with pytest.raises(api.NotFound):
        client.jobs.read_job("../me?x=1")
    assert script.asked[0].path == "/v1/jobs/..%2Fme%3Fx%3D1"
    with pytest.raises(ValueError, match="job_id is empty"):
        client.jobs.read_job("")


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("", "pwk_x"),
        ("example.org", "pwk_x"),
        ("https://a@b.example", "pwk_x"),
        ("http://x", ""),
        ("http://x", "pwk\nx"),
    ],
)
def test_a_client_without_a_good_address_and_key_is_not_made(
    url: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIECEWORK_URL", raising=False)
    monkeypatch.delenv("PIECEWORK_API_KEY", raising=False)
    with pytest.raises(api.ConfigurationError) as caught:
        Client(url, key)
    assert not key or key not in str(caught.value)


def test_address_and_key_come_from_the_environment(script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIECEWORK_URL", script.url + "/")
    monkeypatch.setenv("PIECEWORK_API_KEY", "pwk_mine")
    script.steps = [answer(200, ME)]
    with Client() as made:
        assert made.identity.read_me() == ME
    assert (script.asked[0].path, script.asked[0].headers["Authorization"]) == ("/v1/me", "Bearer pwk_mine")


def test_several_values_of_a_filter_are_sent_as_one_and_an_empty_answer_is_nothing(
    client: Client, script: Scripted
) -> None:
    script.steps = [answer(200, {"data": [], "next_cursor": None, "has_more": False}), answer(204, content_type="")]
    client.webhooks.list_organization_events(types=["job.funded", "claim.submitted"], limit=2)
    client.webhooks.delete_webhook("whk_1")
    assert parse_qs(urlsplit(script.asked[0].path).query) == {"types": ["job.funded,claim.submitted"], "limit": ["2"]}


@pytest.mark.parametrize(
    "page",
    [
        answer(200, b"<html>", "text/html"),
        answer(200, b"{half", "application/json"),
        answer(301, b"", "text/html", Location="https://elsewhere.example/v1/me"),
    ],
)
def test_what_is_not_this_api_is_told_apart_from_its_answers(client: Client, script: Scripted, page: Step) -> None:
    script.steps = [page]
    with pytest.raises(api.UnexpectedAnswer, match="/v1/me answers"):
        client.identity.read_me()


def test_a_date_in_retry_after_is_understood() -> None:
    soon = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30), usegmt=True)
    for text, least, most in ((soon, 25, 31), ("12", 12, 12), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0)):
        found = retry_after(httpx.Response(503, headers={"Retry-After": text}))
        assert found is not None
        assert least <= found <= most
    assert retry_after(httpx.Response(503, headers={"Retry-After": "soon"})) is None

from __future__ import annotations

import json

import pytest

from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import items, job, money


@pytest.fixture
def requester(market: Market) -> Caller:
    return market.requester()


def test_a_job_is_created_and_read_back_as_it_was_sent(requester: Caller) -> None:
    sent = job(redundancy=2, worker_share_min_ppm=300_000)
    made = requester.post("/jobs", sent)
    assert made.status_code == 201, made.json
    assert made.headers["Location"] == f"/v1/jobs/{made.json['id']}"
    read = requester.get(f"/jobs/{made.json['id']}")
    assert read.json == made.json
    assert read.headers["ETag"] == '"1"'
    for name in ("title", "kind", "label_schema", "currency", "settlement_terms", "redundancy"):
        assert read.json[name] == sent[name]
    assert read.json["state"] == "draft"
    assert read.json["rates"] == [
        {
            "code": "standard",
            "price": money("0.90"),
            "fee": None,
            "worker_pay_min": None,
            "pay_floor": money("0.27"),
            "item_count": 0,
            "prelabeled_item_count": 0,
        }
    ]
    assert read.json["guideline_version"] == 1


def test_a_job_with_everything_wrong_lists_each_field_with_its_pointer(requester: Caller) -> None:
    body = job(
        kind="video",
        redundancy="2",
        colour="red",
        settlement_terms=[{"weight": 0, "months": 1, "anchor": "month_end"}],
        rates=[{"code": "standard", "price": money("0.9000001")}, {"code": "dense", "price": {"amount": 1.5}}],
    )
    refused = requester.post("/jobs", body)
    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"
    assert refused.json["code"] == "invalid"
    assert refused.json["type"].endswith("/docs/errors/invalid")
    assert refused.json["request_id"] == refused.headers["X-Request-Id"]
    found = {error["pointer"]: error["code"] for error in refused.json["errors"]}
    assert found == {
        "/kind": "unknown_choice",
        "/redundancy": "type",
        "/colour": "unknown_field",
        "/settlement_terms/0/weight": "terms_weight",
        "/rates/0/price/amount": "too_many_decimals",
        "/rates/1/price": "money_shape",
    }


def test_rules_of_the_domain_point_at_the_field_too(requester: Caller) -> None:
    refused = requester.post("/jobs", job(rates=[{"code": "standard", "price": money("0.90", "USD")}]))
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == ["/rates/0/price/currency"]


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[1", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff", b'"\\ud800"', b'"\\u0000"', b'{"a": 1e400}',
        b'"\xed\xa0\x80"', '"\\u0000"'.encode("utf-16"),
    ],
)  # fmt: skip
def test_a_body_that_is_not_json_is_a_400(requester: Caller, body: bytes) -> None:
    refused = requester.post("/jobs", data=body, content_type="application/json")
    assert refused.status_code == 400
    assert refused.json["code"] == "body_malformed"


def test_another_content_type_is_a_415_and_a_large_body_a_413(requester: Caller) -> None:
    assert requester.post("/jobs", data=b"title=x", content_type="text/plain").status_code == 415
    large = requester.post("/jobs", job(instructions="x" * 1_100_000))
    assert large.status_code == 413


def test_a_change_needs_the_version_it_was_made_for(requester: Caller) -> None:
    path = f"/jobs/{requester.post('/jobs', job()).json['id']}"
    assert requester.patch(path, {"title": "Other"}).status_code == 428
    assert requester.patch(path, {"title": "Other"}, headers={"If-Match": '"7"'}).status_code == 412
    assert requester.patch(path, {"title": "Other"}, headers={"If-Match": "W/x"}).status_code == 412
    changed = requester.patch(path, {"title": "Other"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["title"], changed.headers["ETag"]) == (200, "Other", '"2"')
    stale = requester.patch(path, {"title": "Again"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json["code"]) == (412, "stale")
    frozen = requester.patch(path, {"currency": "USD"}, headers={"If-Match": '"2"'})
    assert frozen.json["errors"][0]["code"] == "unknown_field"


def test_a_job_may_limit_what_one_worker_holds_at_once(requester: Caller) -> None:
    made = requester.post("/jobs", job(claims_held_max=3))
    assert (made.status_code, made.json["claims_held_max"]) == (201, 3)
    path = f"/jobs/{made.json['id']}"
    changed = requester.patch(path, {"claims_held_max": None}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["claims_held_max"]) == (200, None)
    for wrong in (0, 1001, "3"):
        refused = requester.patch(path, {"claims_held_max": wrong}, headers={"If-Match": '"2"'})
        assert (refused.status_code, [error["pointer"] for error in refused.json["errors"]]) == (
            422,
            ["/claims_held_max"],
        )


def test_who_has_the_version_already_gets_304(requester: Caller) -> None:
    path = f"/jobs/{requester.post('/jobs', job()).json['id']}"
    assert requester.get(path, headers={"If-None-Match": '"1"'}).status_code == 304
    assert requester.get(path, headers={"If-None-Match": '"0"'}).status_code == 200


def test_guidelines_grow_by_versions(requester: Caller) -> None:
    path = f"/jobs/{requester.post('/jobs', job(guideline=None) | {'guideline': {'text': 'a'}}).json['id']}/guidelines"
    assert requester.get(path).headers["ETag"] == '"1"'
    second = {"text": "Second", "rules": [{"id": "G2", "text": "Two."}]}
    assert requester.post(path, second).status_code == 428
    assert requester.post(path, second, headers={"If-Match": '"0"'}).status_code == 412
    added = requester.post(path, second, headers={"If-Match": '"1"'})
    assert (added.status_code, added.json["version"]) == (201, 2)
    assert [version["text"] for version in requester.get(path).json["data"]] == ["Second", "a"]


def test_lists_go_page_by_page_and_lose_nothing_while_others_insert(requester: Caller) -> None:
    made = [requester.post("/jobs", job(title=f"Job {n}")).json["id"] for n in range(5)]
    first = requester.get("/jobs?limit=2")
    assert first.json["has_more"]
    assert f"cursor={first.json['next_cursor']}" in first.headers["Link"]
    assert 'rel="next"' in first.headers["Link"]
    requester.post("/jobs", job(title="late"))
    seen = [row["id"] for row in first.json["data"]]
    cursor = first.json["next_cursor"]
    while cursor:
        page = requester.get(f"/jobs?limit=2&cursor={cursor}").json
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert seen == made[::-1]


def test_unknown_filters_and_foreign_cursors_are_400(requester: Caller) -> None:
    for query in (
        "colour=red",
        "limit=0",
        "limit=201",
        "limit=x",
        "state=lost",
        "cursor=abc",
        "cursor=WzFd",
        "cursor=%00",
    ):
        refused = requester.get(f"/jobs?{query}")
        assert refused.status_code == 400, query
    assert requester.get("/jobs?colour=red").json["code"] == "query_invalid"
    assert requester.get("/jobs?cursor=abc").json["code"] == "cursor_invalid"


def test_items_come_as_json(requester: Caller) -> None:
    path = f"/jobs/{requester.post('/jobs', job()).json['id']}/items"
    added = requester.post(path, {"items": items(3)})
    upload_id = added.json.pop("upload_id")
    assert (added.status_code, added.json) == (200, {"added": 3, "skipped_existing": 0, "errors": [], "error_count": 0})
    assert requester.get(f"/uploads/{upload_id}").json["state"] == "added"
    again = requester.post(path, {"items": items(4)})
    assert (again.json["added"], again.json["skipped_existing"]) == (1, 3)
    listed = requester.get(f"{path}?limit=3")
    assert [row["ordinal"] for row in listed.json["data"]] == [1, 2, 3]
    assert listed.json["data"][0]["content"] == {"text": "Text 1"}


def test_bad_rows_are_listed_and_nothing_is_added_unless_they_are_skipped(requester: Caller) -> None:
    path = f"/jobs/{requester.post('/jobs', job()).json['id']}/items"
    rows = [*items(2), {"external_id": "x", "rate": "lost", "content": {"text": "a"}}, 7]
    refused = requester.post(path, {"items": rows})
    assert (refused.status_code, refused.json["code"]) == (422, "items_refused")
    assert [(e["pointer"], e["code"]) for e in refused.json["errors"]] == [
        ("/items/2", "rate_unknown"),
        ("/items/3", "row_invalid"),
    ]
    assert requester.get(path).json["data"] == []
    skipped = requester.post(f"{path}?on_error=skip", {"items": rows})
    assert (skipped.json["added"], skipped.json["error_count"]) == (2, 2)
    assert [error["line"] for error in skipped.json["errors"]] == [3, 4]


def test_items_come_as_lines_in_one_stream(requester: Caller) -> None:
    path = f"/jobs/{requester.post('/jobs', job()).json['id']}/items"
    lines = "".join(json.dumps(row) + "\n" for row in items(2500)).encode()
    added = requester.post(path, data=lines, content_type="application/x-ndjson")
    assert added.json["added"] == 2500
    broken = lines + b"{\n" + b'{"external_id": "n-9999", "rate": "standard", "content": {"text": "x"}}'
    skipped = requester.post(f"{path}?on_error=skip", data=broken, content_type="application/x-ndjson")
    assert (skipped.json["added"], skipped.json["skipped_existing"]) == (1, 2500)
    assert skipped.json["errors"][0]["line"] == 2501


def test_a_line_beyond_the_limit_is_one_bad_row_and_the_next_keeps_its_number(requester: Caller) -> None:
    path = f"/jobs/{requester.post('/jobs', job()).json['id']}/items"
    row = json.dumps(items(1)[0]).encode()
    body = b'{"external_id": "' + b"x" * 3_000_000 + b'"}\n' + row
    answer = requester.post(f"{path}?on_error=skip", data=body, content_type="application/x-ndjson")
    assert (answer.json["added"], [error["line"] for error in answer.json["errors"]]) == (1, [1])


def test_a_query_that_an_operation_does_not_take_is_refused_and_nothing_is_done(market: Market) -> None:
    requester = market.requester()
    made = requester.post("/jobs", job()).json
    refused = requester.post(f"/jobs/{made['id']}/duplicate?items=true", {})
    assert (refused.status_code, refused.json["code"]) == (400, "query_invalid")
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [("/items", "unknown_field")]
    assert requester.get("/me?colour=red").status_code == 400
    assert len(requester.get("/jobs").json["data"]) == 1

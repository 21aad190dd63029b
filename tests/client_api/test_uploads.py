from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.intake import uploads
from marketplace.intake.models import Upload
from marketplace.jobs.items import AddResult
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse
from tests.client_api.conftest import Answer, Caller, Market
from tests.client_api.examples import items, job
from tests.client_api.test_bulk_in import NDJSON, as_csv, as_lines


@pytest.fixture
def requester(market: Market) -> Caller:
    return market.requester()


@pytest.fixture
def job_id(requester: Caller) -> str:
    found: str = requester.post("/jobs", job()).json["id"]
    return found


def send(requester: Caller, job_id: str, body: bytes, kind: str = NDJSON, query: str = "") -> Answer:
    return requester.post(f"/jobs/{job_id}/items{query}", data=body, content_type=kind)


def bad_lines() -> bytes:
    rows = [*items(3), {**items(1)[0], "external_id": '=HYPERLINK("x")', "rate": "gold"}]
    return as_lines(rows) + b"{\n"


def test_an_upload_leaves_a_report_of_what_was_sent_and_what_was_added(requester: Caller, job_id: str) -> None:
    body = as_csv(items(3))
    sent = send(requester, job_id, body, "text/csv")
    report = requester.get(f"/uploads/{sent.json['upload_id']}").json
    assert report.pop("started_at") <= report.pop("ended_at")
    assert report.pop("actor").startswith("per_")
    assert report == {
        "id": sent.json["upload_id"],
        "job_id": job_id,
        "format": "csv",
        "packed": False,
        "on_error": "abort",
        "state": "added",
        "received_bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "added": 3,
        "skipped_existing": 0,
        "error_count": 0,
        "kept_error_count": 0,
        "refusal_code": None,
        "refusal_detail": None,
    }


@pytest.mark.parametrize(("query", "state", "added"), [("", "refused", 0), ("?on_error=skip", "added", 3)])
def test_bad_rows_can_be_read_later_also_where_nothing_was_added(
    requester: Caller, job_id: str, query: str, state: str, added: int
) -> None:
    sent = send(requester, job_id, bad_lines(), query=query).json
    upload_id = sent["upload_id"] if added else sent["data"]["upload_id"]
    report = requester.get(f"/uploads/{upload_id}").json
    assert (report["state"], report["added"], report["error_count"], report["kept_error_count"]) == (state, added, 2, 2)
    assert report["refusal_code"] == (None if added else "items_refused")
    first = requester.get(f"/uploads/{upload_id}/errors?limit=1").json
    second = requester.get(f"/uploads/{upload_id}/errors?limit=1&cursor={first['next_cursor']}").json
    assert [(row["line"], row["code"]) for row in first["data"] + second["data"]] == [
        (4, "rate_unknown"),
        (5, "row_invalid"),
    ]
    assert second["has_more"] is False
    assert [upload["id"] for upload in requester.get(f"/jobs/{job_id}/uploads").json["data"]] == [upload_id]


def test_bad_rows_are_downloaded_as_a_file_by_format_or_accept(requester: Caller, job_id: str) -> None:
    sent = send(requester, job_id, bad_lines(), query="?on_error=skip").json
    path = f"/uploads/{sent['upload_id']}/errors"
    file = requester.get(f"{path}?format=csv")
    assert file.content_type == "text/csv; charset=utf-8"
    assert file.headers["Content-Disposition"] == f'attachment; filename="{sent["upload_id"]}-errors.csv"'
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [row["line"] for row in rows] == ["4", "5"]
    assert rows[0]["external_id"] == '\'=HYPERLINK("x")'
    assert requester.get(path, headers={"Accept": "text/csv"}).text == file.text
    lines = requester.get(path, headers={"Accept": "application/x-ndjson;q=0.9, application/json;q=0.1"})
    assert [json.loads(line)["external_id"] for line in lines.text.splitlines()] == ['=HYPERLINK("x")', None]
    assert requester.get(f"{path}?format=json", headers={"Accept": "text/csv"}).json["has_more"] is False
    assert requester.get(f"{path}?format=xml").status_code == 400


def test_what_cannot_be_stored_is_told_all_the_same(requester: Caller, job_id: str) -> None:
    rows = b'{"external_id": "a\\u0000\\ud800", "rate": "standard", "content": {"text": "x"}}\n'
    refused = send(requester, job_id, rows)
    errors = requester.get(f"/uploads/{refused.json['data']['upload_id']}/errors").json["data"]
    assert [(error["external_id"], error["code"]) for error in errors] == [("a\ufffd?", "external_id_invalid")]


def test_a_refusal_of_the_whole_is_kept_with_its_code(requester: Caller, job_id: str) -> None:
    for body, kind, code in (
        (b"external_id,rate\n", "text/csv", "csv_refused"),
        (b"{", "application/json", "body_malformed"),
        (b'{"items": []}', "application/json", "invalid"),
    ):
        refused = send(requester, job_id, body, kind)
        assert refused.json["code"] == code
        report = requester.get(f"/uploads/{refused.json['data']['upload_id']}").json
        assert (report["state"], report["refusal_code"], report["added"]) == ("refused", code, 0)
        assert report["received_bytes"] == len(body)


def test_a_body_that_is_too_large_leaves_a_broken_upload(requester: Caller, job_id: str) -> None:
    assert send(requester, job_id, b'{"items": [' + b" " * 50_000_001, "application/json").status_code == 413
    (report,) = requester.get(f"/jobs/{job_id}/uploads").json["data"]
    assert (report["state"], report["added"]) == ("broken", 0)


def test_layers_see_no_uploads_of_a_job_they_take_part_in(market: Market, session: Session) -> None:
    from tests.client_api.story import Story

    story = Story(market, session)
    story.publish()
    story.contract()
    (upload,) = story.client.get(f"/jobs/{story.job_id}/uploads").json["data"]
    for layer in (story.upper, story.lower, story.reviewer):
        assert layer.get(f"/jobs/{story.job_id}/uploads").json["data"] == []
        assert layer.get(f"/uploads/{upload['id']}").status_code == 404
        assert layer.get(f"/uploads/{upload['id']}/errors?format=csv").status_code == 404
    assert story.auditor.get(f"/uploads/{upload['id']}").status_code == 200
    assert story.finance.get(f"/uploads/{upload['id']}").status_code == 404


def test_an_upload_whose_server_ended_is_found_broken_and_then_adds_nothing(
    session: Session, requester: Caller, job_id: str
) -> None:
    sent = send(requester, job_id, as_lines(items(1)))
    kept = session.get_one(Upload, parse("upload", sent.json["upload_id"]))
    left = Upload(
        job_id=kept.job_id, organization_id=kept.organization_id, actor="x", form="csv", packed=False,
        on_error="abort", state="receiving",
    )  # fmt: skip
    session.add(left)
    session.flush()
    assert uploads.end_broken(session) == 0
    session.execute(text("UPDATE upload SET started_at = started_at - interval '61 seconds'"))
    assert uploads.end_broken(session) == 1
    assert uploads.end_broken(session) == 0
    with pytest.raises(DomainError) as refusal:
        uploads.note_added(session, left.id, uploads.Receipt(0, b""), AddResult())
    assert refusal.value.slug == "state_conflict"

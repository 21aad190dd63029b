from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from client_api.resources.imports import LABEL_STUDIO_EXAMPLE, MTURK_EXAMPLE
from marketplace.intake.models import Upload
from marketplace.jobs.models import Item, Job
from tests.client_api.conftest import Answer, Caller, Market
from tests.client_api.examples import job, money

_OWN: Final = ("title", "instructions", "currency", "rates")
PAGE: Final = Path(__file__).parents[2] / "docs" / "importing.md"


@pytest.fixture
def requester(market: Market) -> Caller:
    return market.requester()


def worked_example(heading: str) -> dict[str, Any]:
    """The JSON block under a heading of docs/importing.md."""
    part = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    block = re.search(r"```json\n(.*?)```", part, re.DOTALL)
    assert block is not None
    found: dict[str, Any] = json.loads(block[1])
    return found


def test_the_page_s_example_of_label_studio_makes_a_draft_with_its_proposals(requester: Caller) -> None:
    made = requester.post("/imports/label-studio", worked_example("Label Studio"))
    assert made.status_code == 200, made.text
    assert (made.json["added"], made.json["error_count"], made.json["dry_run"]) == (2, 0, False)
    kept = requester.get(f"/jobs/{made.json['job_id']}").json
    assert (kept["state"], kept["kind"], kept["label_schema"]) == ("draft", "image_boxes", {"classes": ["car"]})
    assert (kept["title"], kept["instructions"]) == ("Draw a box around every car.",) * 2
    assert kept["rates"][0]["price"] == money("0.90")
    first, second = requester.get(f"/jobs/{made.json['job_id']}/items").json["data"]
    assert (first["external_id"], first["content"]) == ("17", {"url": "https://images.example.org/17.jpg"})
    assert first["prelabel"]["answer"] == {"boxes": [{"label": "car", "x": 64, "y": 120, "width": 80, "height": 240}]}
    assert second["prelabel"] is None
    report = requester.get(f"/uploads/{made.json['upload_id']}").json
    assert (report["format"], report["state"], report["added"]) == ("label_studio", "added", 2)


def test_a_body_packed_with_gzip_is_taken_and_a_damaged_or_swollen_one_refused(requester: Caller) -> None:
    packed = gzip.compress(json.dumps(MTURK_EXAMPLE).encode())

    def send(data: bytes, encoding: str = "gzip") -> Answer:
        headers = {"Content-Encoding": encoding}
        return requester.send("POST", "/imports/mturk", headers, data=data, content_type="application/json")

    made = send(packed)
    assert (made.status_code, made.json["added"]) == (200, 2)
    for data, status, code in (
        (b"no gzip", 422, "compression_refused"),
        (packed[:-20], 400, "body_incomplete"),
        (gzip.compress(b" " * 60_000_000), 413, "request_entity_too_large"),
    ):
        refused = send(data)
        assert (refused.status_code, refused.json["code"]) == (status, code)
    assert send(packed, "br").status_code == 415


def test_the_page_s_example_of_mturk_makes_a_draft_with_plain_instructions(requester: Caller) -> None:
    made = requester.post("/imports/mturk", worked_example("MTurk"))
    assert made.status_code == 200, made.text
    kept = requester.get(f"/jobs/{made.json['job_id']}").json
    assert (kept["title"], kept["label_schema"]) == ("The mood", {"classes": ["good", "bad"]})
    assert kept["instructions"] == "The mood\n[text]\nChoose what the writer feels."
    rows = requester.get(f"/jobs/{made.json['job_id']}/items").json["data"]
    assert [(row["external_id"], row["content"]["text"]) for row in rows] == [
        ("n-1", "Fine weather."),
        ("n-2", "Rain, again."),
    ]


def test_the_page_s_example_of_csv_is_taken(requester: Caller) -> None:
    block = re.search(r"```csv\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    job_id = requester.post("/jobs", job()).json["id"]
    added = requester.post(f"/jobs/{job_id}/items", data=block[1].encode(), content_type="text/csv")
    assert added.json["added"] == 2


@pytest.mark.parametrize(
    ("path", "body"), [("/imports/label-studio", LABEL_STUDIO_EXAMPLE), ("/imports/mturk", MTURK_EXAMPLE)]
)
def test_a_dry_run_answers_the_same_and_makes_nothing(
    requester: Caller, session: Session, path: str, body: dict[str, Any]
) -> None:
    def count() -> list[int | None]:
        return [session.scalar(select(func.count()).select_from(model)) for model in (Job, Item, Upload)]

    before = count()
    tried = requester.post(f"{path}?dry_run=true", body)
    assert tried.status_code == 200, tried.text
    assert count() == before
    assert (tried.json["dry_run"], tried.json["job_id"], tried.json["upload_id"]) == (True, None, None)
    made = requester.post(path, body)
    differs = {"dry_run", "job_id", "upload_id"}
    assert {name: value for name, value in made.json.items() if name not in differs} == {
        name: value for name, value in tried.json.items() if name not in differs
    }


def test_sent_again_it_is_made_once_and_more_items_go_to_the_same_draft(requester: Caller) -> None:
    headers = {"Idempotency-Key": "batch-1"}
    first = requester.post("/imports/mturk", MTURK_EXAMPLE, headers=headers)
    again = requester.post("/imports/mturk", MTURK_EXAMPLE, headers=headers)
    assert again.json == first.json
    more = {key: value for key, value in MTURK_EXAMPLE.items() if key != "job"}
    more |= {"job_id": first.json["job_id"], "batch": "id,text\nn-2,Rain again.\nn-3,Snow.\n"}
    added = requester.post("/imports/mturk", more)
    assert (added.json["added"], added.json["skipped_existing"]) == (1, 1)


def test_a_bad_row_stops_it_or_is_skipped_and_is_named(requester: Caller, session: Session) -> None:
    body = {**MTURK_EXAMPLE, "batch": "id,text\na,x\nb\n,y\n"}
    jobs = session.scalar(select(func.count()).select_from(Job))
    refused = requester.post("/imports/mturk", body)
    assert (refused.status_code, refused.json["code"]) == (422, "items_refused")
    assert [row["line"] for row in refused.json["data"]["rows"]] == [3, 4]
    assert [error["pointer"] for error in refused.json["errors"]] == ["/batch", "/batch"]
    assert session.scalar(select(func.count()).select_from(Job)) == jobs
    skipped = requester.post("/imports/mturk?on_error=skip", body)
    assert (skipped.json["added"], [error["line"] for error in skipped.json["errors"]]) == (1, [3, 4])
    tasks = [{"id": 1, "data": {"image": "http://127.0.0.1/x.jpg"}}, {"id": 2, "annotations": [1], "data": {}}]
    local = requester.post("/imports/label-studio?dry_run=true&on_error=skip", {**LABEL_STUDIO_EXAMPLE, "tasks": tasks})
    assert [error["code"] for error in local.json["errors"]] == ["url_refused", "row_invalid"]
    stopped = requester.post("/imports/label-studio", {**LABEL_STUDIO_EXAMPLE, "tasks": tasks})
    assert [error["pointer"] for error in stopped.json["errors"]] == ["/tasks/0", "/tasks/1"]


def test_what_cannot_be_mapped_is_a_422_that_names_it(requester: Caller) -> None:
    template = "<crowd-form><crowd-keypoint></crowd-keypoint><crowd-polygon></crowd-polygon></crowd-form>"
    refused = requester.post("/imports/mturk", {**MTURK_EXAMPLE, "template": template})
    assert (refused.status_code, refused.json["code"]) == (422, "import_refused")
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [
        ("/template", "element_unsupported"),
        ("/template", "element_unsupported"),
    ]
    hostile = {**LABEL_STUDIO_EXAMPLE, "config": '<!DOCTYPE a [<!ENTITY b "c">]><View>&b;</View>'}
    assert requester.post("/imports/label-studio", hostile).json["errors"][0]["code"] == "markup_refused"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"job_id": "job_01h455vb4pex5vsknk084sn02q"}, "/job_id"),
        ({"job": None}, "/job"),
        ({"kind": "image_boxes"}, "/config"),
        ({"config": None}, "/config"),
        ({"tasks": []}, "/tasks"),
        ({"mapping": {"colour": "red"}}, "/mapping/colour"),
        ({"job": {"currency": "CNY"}}, "/job/rates"),
    ],
)
def test_a_body_that_says_too_little_or_too_much_is_refused(
    requester: Caller, change: dict[str, Any], pointer: str
) -> None:
    refused = requester.post("/imports/label-studio", {**LABEL_STUDIO_EXAMPLE, **change})
    assert refused.status_code == 422, refused.text
    assert pointer in [error["pointer"] for error in refused.json["errors"]]


def test_without_a_configuration_kind_and_schema_are_given(requester: Caller) -> None:
    wanted = {name: value for name, value in job(title="Moods").items() if name in _OWN}
    body = {
        "job": wanted,
        "kind": "text_classification",
        "label_schema": {"classes": ["good"]},
        "mapping": {"content": "text"},
        "tasks": [{"text": "Fine."}],
    }
    made = requester.post("/imports/label-studio", body)
    assert (made.status_code, made.json["added"], made.json["title"]) == (200, 1, "Moods")


def test_a_draft_of_another_tenant_or_of_another_question_gets_nothing(market: Market, requester: Caller) -> None:
    theirs = market.requester().post("/jobs", job()).json["id"]
    mine = requester.post("/jobs", job(label_schema={"classes": ["x"]})).json["id"]
    body = {key: value for key, value in MTURK_EXAMPLE.items() if key != "job"}
    for job_id, status, code in ((theirs, 404, "not_found"), (mine, 409, "import_mismatch")):
        refused = requester.post("/imports/mturk", {**body, "job_id": job_id})
        assert (refused.status_code, refused.json["code"]) == (status, code)
    assert requester.get(f"/jobs/{mine}/items").json["data"] == []

"""Every kind of answer in Label Studio's form, and back again through the import of predictions."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.exports.label_studio_regions import regions, utf16_units
from marketplace.exports.reading import ResultRow
from marketplace.intake.imports.label_studio import task_rows
from marketplace.intake.imports.labeling_config import read_config
from marketplace.intake.imports.plan import Columns, Findings, Plan
from marketplace.intake.imports.predictions import proposed_answer
from marketplace.jobs.labels import KINDS
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.exports import export_text
from tests.builders.media import MemoryStorage
from tests.builders.work import make_worker, open_batch
from tests.work.test_kinds import market_of
from tests.workers_portal.test_forms import ANSWERS, TEXT

READ_BACK = (
    "image_boxes", "image_polygons", "image_points", "text_classification", "text_spans", "audio_transcript",
    "free_text",
)  # fmt: skip
NEED_PICTURES = {"image_boxes", "image_polygons", "image_points"}
CONTENTS = {"text_spans": {"text": TEXT}}


def row(kind: str, answer: dict[str, Any], content: dict[str, Any], side: int | None = 5000) -> ResultRow:
    values = dict.fromkeys(ResultRow.__dataclass_fields__)
    given = {"answer_id": "ans_1", "input": content, "content": answer, "width": side, "height": side}
    return ResultRow(**cast("Any", {**values, **given}))


@pytest.mark.parametrize("kind", READ_BACK)
@given(data=st.data())
def test_what_is_exported_comes_back_as_the_same_proposal(kind: str, data: st.DataObject) -> None:
    schema, strategy = ANSWERS[kind]
    answer = data.draw(strategy)
    content = CONTENTS.get(kind, dict(KINDS[kind].EXAMPLE.content))
    made = json.loads(json.dumps(list(regions(row(kind, answer, content)))))
    assert proposed_answer(kind, made, schema, content) == answer


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10**6)), max_size=5))
def test_segments_come_back_to_the_millisecond(places: list[tuple[int, int]]) -> None:
    segments = [{"label": "car", "start_ms": start, "end_ms": start + length} for start, length in places]
    made = list(regions(row("audio_segments", {"segments": segments}, {"url": "https://a.example/1.mp3"})))
    if all(end <= 10**9 for _, end in places) and all(start + length <= 10**9 for start, length in places):
        assert proposed_answer("audio_segments", made, {}, {}) == {"segments": segments}


def test_places_in_a_text_are_counted_as_browsers_do() -> None:
    assert [utf16_units("a👩b", place) for place in range(4)] == [0, 1, 3, 4]
    answer = {"spans": [{"label": "person", "start": 2, "end": 3}]}
    (made,) = regions(row("text_spans", answer, {"text": "a👩b"}))
    assert made["value"] == {"start": 3, "end": 4, "text": "b", "labels": ["person"]}
    assert proposed_answer("text_spans", [made], {}, {"text": "a👩b"}) == answer


def test_a_preference_is_left_or_right_and_a_tie_is_a_choice() -> None:
    content = {"prompt": "?", "a": "x", "b": "y"}
    better, why = regions(row("preference", {"choice": "b", "reason": "Shorter."}, content))
    assert (better["type"], better["value"]) == ("pairwise", {"selected": "right"})
    assert (why["type"], why["value"]) == ("textarea", {"text": ["Shorter."]})
    (tie,) = regions(row("preference", {"choice": "tie"}, content))
    assert (tie["type"], tie["value"]) == ("choices", {"choices": ["tie"]})


def test_a_ranking_is_the_list_of_its_keys() -> None:
    (made,) = regions(row("ranking", {"order": ["m2", "m1"]}, {"prompt": "?", "options": {"m1": "x", "m2": "y"}}))
    assert (made["type"], made["value"]) == ("ranker", {"ranker": {"rank": ["m2", "m1"]}})


@pytest.mark.parametrize(
    "kind", sorted(KINDS.keys() - {"cuboids", "external", "image_boxes", "image_polygons", "image_points"})
)
def test_the_export_of_each_kind_is_one_task_with_one_annotation(session: Session, kind: str) -> None:
    storage = MemoryStorage()
    market = accepted(session, kind)
    (task,) = json.loads(export_text(session, storage, market.requester, "label_studio.json", market.job.id))
    assert task["data"]["external_id"] == "i-1"
    (annotation,) = task["annotations"]
    assert annotation["result"]
    assert {"from_name", "to_name", "type", "value"} <= annotation["result"][0].keys()


def accepted(session: Session, kind: str) -> Any:
    market = market_of(session, kind)
    worker = make_worker(session)
    claimed = claim_next(session, worker, open_batch(session, market).id)
    submit(session, worker, claimed.id, {claimed.items[0].id: KINDS[kind].EXAMPLE.answer}, 1)
    answer_id = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "accept")])
    return market


def test_coco_has_the_corners_and_the_area_of_an_outline(session: Session) -> None:
    market = accepted(session, "image_polygons")
    made = json.loads(export_text(session, MemoryStorage(), market.requester, "coco.json", market.job.id))
    (annotation,) = made["annotations"]
    assert annotation["segmentation"] == [[0, 480, 280, 300, 360, 300, 640, 480]]
    assert annotation["bbox"] == [0, 300, 640, 180]
    assert annotation["area"] == (640 + 80) / 2 * 180


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_lines_and_tables_exist_for_every_kind(session: Session, kind: str) -> None:
    market = accepted(session, kind)
    (line,) = export_text(session, MemoryStorage(), market.requester, "results.jsonl", market.job.id).splitlines()
    assert KINDS[kind].EXAMPLE.answer in json.loads(line).values()
    assert export_text(session, MemoryStorage(), market.requester, "results.csv", market.job.id)


CONFIGS = [
    ("image_polygons", '<Image name="i" value="$x"/><PolygonLabels name="l" toName="i">{}</PolygonLabels>'),
    ("image_points", '<Image name="i" value="$x"/><KeyPointLabels name="l" toName="i">{}</KeyPointLabels>'),
    ("text_spans", '<Text name="i" value="$x"/><Labels name="l" toName="i">{}</Labels>'),
    ("audio_segments", '<Audio name="i" value="$x" zoom="true"/><Labels name="l" toName="i">{}</Labels>'),
    ("free_text", '<Text name="i" value="$x"/><TextArea name="l" toName="i" maxSubmissions="1"/>'),
    ("audio_transcript", '<Audio name="i" value="$x"/><TextArea name="l" toName="i" rows="4"/>'),
]


def plan_of(config: str) -> tuple[Plan | None, list[str]]:
    findings = Findings("/config")
    plan = read_config(f"<View>{config}</View>", findings)
    return plan, [error.code for error in findings.errors]


@pytest.mark.parametrize(("kind", "config"), CONFIGS)
def test_a_configuration_of_each_kind_becomes_its_job(kind: str, config: str) -> None:
    plan, errors = plan_of(config.format('<Label value="one"/><Label value="two"/>'))
    assert (errors, plan and plan.kind) == ([], kind)
    assert plan is not None
    assert KINDS[kind].validate_schema(plan.label_schema) == []
    assert plan.label_schema in ({}, {"classes": ["one", "two"]})
    value = "https://media.example.org/1" if KINDS[kind].MEDIA else "Some text."
    (made,) = task_rows([{"id": 7, "data": {"x": value}}], plan, Columns(rate_code="standard"))
    assert (made.problem, made.content) == (None, {"url" if KINDS[kind].MEDIA else "text": value})


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ('<Image name="i" value="$x"/><TextArea name="l" toName="i"/>', "element_unsupported"),
        ('<Text name="i" value="$x"/><TextArea name="l" toName="i" maxSubmissions="3"/>', "attribute_unsupported"),
        ('<Text name="i" value="$x"/><Labels name="l" toName="i" choice="multiple"/>', "attribute_unsupported"),
        ('<Text name="i" value="$x"/><Choices name="l" toName="i"><Label value="a"/></Choices>', "element_unsupported"),
    ],
)
def test_what_has_no_counterpart_is_refused(config: str, code: str) -> None:
    assert plan_of(config)[1] == [code]


@pytest.mark.parametrize(
    ("kind", "result", "words"),
    [
        ("text_spans", {"type": "labels", "value": {"start": 0, "end": 99, "labels": ["a"]}}, "within the text"),
        ("text_spans", {"type": "labels", "value": {"start": 2, "end": 3, "labels": ["a"]}}, "within the text"),
        ("audio_segments", {"type": "labels", "value": {"start": "0", "end": 1, "labels": ["a"]}}, "seconds"),
        ("image_polygons", {"type": "polygonlabels", "value": {"points": [[1]], "polygonlabels": ["a"]}}, "corner"),
        ("image_points", {"type": "keypointlabels", "value": {"x": 1, "keypointlabels": ["a"]}}, "percent"),
        ("free_text", {"type": "textarea", "value": {"text": ["a", "b"]}}, "not one text"),
        ("ranking", {"type": "ranker", "value": {}}, "not mapped"),
    ],
)
def test_a_prediction_that_cannot_be_read_says_why(kind: str, result: dict[str, Any], words: str) -> None:
    plan = Plan(kind=kind, label_schema={"classes": ["a"]}, title="", instructions="", content_field="x", notes=())
    task = {"data": {"x": "a👩b"}, "predictions": [{"model_version": "m", "result": [result]}]}
    (made,) = task_rows([task], plan, Columns(rate_code="standard"))
    assert words in (made.problem or "")

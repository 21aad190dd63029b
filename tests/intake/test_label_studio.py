from __future__ import annotations

from typing import Any

import pytest

from marketplace.intake.imports.label_studio import task_rows
from marketplace.intake.imports.labeling_config import read_config
from marketplace.intake.imports.plan import DEPTH_MAX, ELEMENTS_MAX, MARKUP_CHARACTERS_MAX, Columns, Findings, Plan
from marketplace.jobs.item_rows import ItemRow

BOXES = """<View>
  <Header value="Street scenes"/><Header value="Draw a box around &lt;every&gt; car."/>
  <Style>.x { color: red }</Style>
  <Image name="image" value="$photo" zoom="true"/>
  <RectangleLabels name="box" toName="image" strokeWidth="3">
    <Label value="car" background="red"/><Label value="bus"/>
  </RectangleLabels>
</View>"""
MOODS = """<View><Text name="t" value="$review"/>
<Choices name="c" toName="t" choice="CHOICE" required="true">
<Choice value="good"/><Choice value="bad"/></Choices></View>"""


def plan_of(config: str) -> Plan:
    findings = Findings("/config")
    plan = read_config(config, findings)
    assert plan is not None, findings.errors
    return plan


def codes(config: str) -> list[str]:
    findings = Findings("/config")
    assert read_config(config, findings) is None
    return [error.code for error in findings.errors]


def test_rectangle_labels_on_an_image_are_boxes_and_headers_become_plain_words() -> None:
    plan = plan_of(BOXES)
    assert (plan.kind, plan.label_schema, plan.content_field) == ("image_boxes", {"classes": ["car", "bus"]}, "photo")
    assert (plan.title, plan.instructions) == ("Street scenes", "Street scenes\nDraw a box around <every> car.")
    assert plan.notes == (
        "Style is not taken over.",
        "Image zoom is not taken over.",
        "RectangleLabels strokeWidth is not taken over.",
        "Label background is not taken over.",
    )


@pytest.mark.parametrize(
    ("choice", "schema"),
    [
        ("single", {"classes": ["good", "bad"]}),
        ("multiple", {"classes": ["good", "bad"], "multiple": True, "labels_min": 1}),
    ],
)
def test_choices_on_a_text_are_classes(choice: str, schema: dict[str, Any]) -> None:
    plan = plan_of(MOODS.replace("CHOICE", choice))
    assert (plan.kind, plan.label_schema, plan.content_field) == ("text_classification", schema, "review")


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ("<View>", ["markup_broken"]),
        ("", ["markup_broken"]),
        ("<View/>", ["not_one_question"]),
        (BOXES + BOXES, ["markup_broken"]),
        (BOXES.replace("</View>", '<Rating name="a" toName="image"/></View>'), ["element_unsupported"]),
        (BOXES.replace('toName="image"', 'toName="sound"'), ["name_unknown"]),
        (BOXES.replace("$photo", "photo"), ["value_invalid"]),
        (BOXES.replace('zoom="true"', 'valueList="$photos"'), ["attribute_unsupported"]),
        (BOXES.replace('strokeWidth="3"', 'choice="multiple"'), ["attribute_unsupported"]),
        (MOODS.replace("CHOICE", "rating"), ["attribute_unsupported"]),
        (MOODS.replace('<Choice value="bad"/>', '<Choice value="bad"><Choice value="x"/></Choice>'),
         ["element_unsupported"]),
        (BOXES.replace("Image", "Text").replace('zoom="true"', ""), ["element_unsupported"]),
        ('<!DOCTYPE View [<!ENTITY a "b">]>' + BOXES, ["markup_refused"]),
        ('<!DOCTYPE View SYSTEM "file:///etc/passwd">' + BOXES, ["markup_refused"]),
        ("<View>" * (DEPTH_MAX + 1) + "</View>" * (DEPTH_MAX + 1), ["markup_refused"]),
        ("<View>" + "<View/>" * ELEMENTS_MAX + "</View>", ["markup_refused"]),
        ("<View>" + " " * MARKUP_CHARACTERS_MAX + "</View>", ["too_long"]),
    ],
)  # fmt: skip
def test_what_cannot_be_mapped_is_refused_by_name(config: str, found: list[str]) -> None:
    assert codes(config) == found


def rows(*tasks: Any, plan: Plan | None = None, **columns: Any) -> list[ItemRow]:
    return list(task_rows(tasks, plan or plan_of(MOODS.replace("CHOICE", "single")), Columns(**columns)))


def test_tasks_become_rows_in_their_long_and_their_short_form() -> None:
    found = rows(
        {"id": 7, "data": {"review": "Fine."}, "annotations": [], "created_at": "2027-01-01", "meta": {}},
        {"review": "Bad."},
    )
    assert found == [
        ItemRow(1, "7", "standard", {"text": "Fine."}),
        ItemRow(2, "row-2", "standard", {"text": "Bad."}),
    ]


def test_fields_are_mapped_as_the_caller_says() -> None:
    data = {"review": "x", "other": "Fine.", "name": "a-1", "level": "dense", "page": 3}
    mapped: dict[str, Any] = {"content": "other", "external_id": "name", "rate": "level"}
    assert rows({"data": data}, **mapped, ignored=frozenset({"page", "review"})) == [
        ItemRow(1, "a-1", "dense", {"text": "Fine."})
    ]
    assert rows({"data": data}, **mapped)[0].problem == ("data.page is not mapped; map it, or name it under ignore.")


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("text", "A task is an object"),
        ({"data": 1}, "data of a task is an object"),
        ({"data": {"review": "x"}, "annotations": [{"result": []}]}, "annotations are answers"),
        ({"data": {"review": "x"}, "drafts": [1]}, "drafts are answers"),
        ({"data": {"review": "x"}, "colour": 1}, "colour of a task has no counterpart"),
        ({"data": {"review": "x"}, "id": 1.5}, "id is no text"),
        ({"data": {"review": "x"}, "predictions": [{}, {}]}, "several predictions"),
        ({"data": {"review": "x"}, "predictions": [{"result": []}]}, "names no model_version"),
    ],
)
def test_a_task_that_cannot_be_an_item_says_why(task: Any, words: str) -> None:
    (row,) = rows(task)
    assert words in (row.problem or "")


def prediction(**value: Any) -> dict[str, Any]:
    result = {
        "type": "rectanglelabels", "from_name": "box", "to_name": "image", "original_width": 640,
        "original_height": 480, "value": {"x": 10, "y": 25, "width": 12.5, "height": 50, "rotation": 0,
                                          "rectanglelabels": ["car"], **value},
    }  # fmt: skip
    return {"model_version": "street-8", "score": 0.93, "result": [result]}


def test_a_prediction_in_percent_becomes_a_proposal_in_pixels() -> None:
    task = {"id": 1, "data": {"photo": "https://x.example/1.jpg"}, "predictions": [prediction()]}
    (row,) = rows(task, plan=plan_of(BOXES))
    assert row.problem is None
    assert row.prelabel == {
        "answer": {"boxes": [{"label": "car", "x": 64, "y": 120, "width": 80, "height": 240}]},
        "model": "street-8",
        "confidence_ppm": 930_000,
    }


@pytest.mark.parametrize(
    "value",
    [
        {"rotation": 5},
        {"rectanglelabels": ["car", "bus"]},
        {"x": None},
        {"x": True},
        {"x": float("inf")},
        {"x": float("nan")},
        {"x": 10**400},
        {"x": 1e308, "width": 1e308},
    ],
)
def test_a_prediction_that_is_no_box_of_ours_is_refused(value: dict[str, Any]) -> None:
    task = {"data": {"photo": "https://x.example/1.jpg"}, "predictions": [prediction(**value)]}
    (row,) = rows(task, plan=plan_of(BOXES))
    assert row.problem

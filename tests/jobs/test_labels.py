from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.jobs.labels import KINDS, FormField, ItemMeta

BOXES = KINDS["image_boxes"]
TEXT = KINDS["text_classification"]
SCHEMA: dict[str, Any] = {"classes": ["car", "bus"], "boxes_min": 1, "boxes_max": 2, "side_min": 3}
META = ItemMeta(width=100, height=50)
GOOD = {"label": "car", "x": 0, "y": 0, "width": 100, "height": 50}

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def errors_of(found: list[Any]) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in found]


def test_a_box_that_fills_the_image_is_right() -> None:
    assert BOXES.validate_answer(SCHEMA, {"boxes": [GOOD]}, META) == []


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"label": "tram"}, "/boxes/0/label", "class_unknown"),
        ({"x": -1}, "/boxes/0/x", "out_of_range"),
        ({"x": 1}, "/boxes/0/width", "outside_image"),
        ({"y": 1}, "/boxes/0/height", "outside_image"),
        ({"width": 2}, "/boxes/0/width", "out_of_range"),
        ({"width": 10.5}, "/boxes/0/width", "out_of_range"),
        ({"height": True}, "/boxes/0/height", "out_of_range"),
        ({"height": "50"}, "/boxes/0/height", "out_of_range"),
        ({"angle": 3}, "/boxes/0/angle", "unknown_field"),
    ],
)
def test_a_wrong_box_is_refused_at_its_field(change: dict[str, Any], pointer: str, code: str) -> None:
    found = BOXES.validate_answer(SCHEMA, {"boxes": [{**GOOD, **change}]}, META)
    assert errors_of(found) == [(pointer, code)]


def test_the_number_of_boxes_is_bounded_by_the_schema() -> None:
    assert errors_of(BOXES.validate_answer(SCHEMA, {"boxes": []}, META)) == [("/boxes", "box_count")]
    assert errors_of(BOXES.validate_answer(SCHEMA, {"boxes": [GOOD] * 3}, META)) == [("/boxes", "box_count")]
    assert errors_of(BOXES.validate_answer(SCHEMA, {"boxes": None}, META)) == [("/boxes", "box_count")]


def test_an_image_of_unknown_size_has_no_border_to_cross() -> None:
    wide = {**GOOD, "width": 5000}
    assert BOXES.validate_answer(SCHEMA, {"boxes": [wide]}, ItemMeta()) == []


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({}, "/classes"),
        ({"classes": []}, "/classes"),
        ({"classes": ["a", "a"]}, "/classes/1"),
        ({"classes": [""]}, "/classes/0"),
        ({"classes": ["a"], "boxes_min": 3, "boxes_max": 2}, "/boxes_min"),
        ({"classes": ["a"], "boxes_max": -1}, "/boxes_max"),
        ({"classes": ["a"], "side_min": 0}, "/side_min"),
        ({"classes": ["a"], "a/b": 0}, "/a~1b"),
        ([], ""),
    ],
)
def test_a_wrong_schema_of_boxes_is_refused_at_its_field(schema: Any, pointer: str) -> None:
    assert [error.pointer for error in BOXES.validate_schema(schema)] == [pointer]


def test_a_text_gets_one_class_or_with_multiple_several() -> None:
    one, several = {"classes": ["good", "bad"]}, {"classes": ["good", "bad"], "multiple": True, "labels_min": 1}
    meta = ItemMeta()
    assert TEXT.validate_answer(one, {"label": "good"}, meta) == []
    assert errors_of(TEXT.validate_answer(one, {"label": "so so"}, meta)) == [("/label", "class_unknown")]
    assert errors_of(TEXT.validate_answer(one, {}, meta)) == [("/label", "required")]
    assert TEXT.validate_answer(several, {"labels": ["good", "bad"]}, meta) == []
    assert errors_of(TEXT.validate_answer(several, {"labels": []}, meta)) == [("/labels", "label_count")]
    assert errors_of(TEXT.validate_answer(several, {"labels": ["bad", "bad"]}, meta)) == [("/labels/1", "duplicate")]
    assert errors_of(TEXT.validate_answer(several, {"labels": [["bad"]]}, meta)) == [("/labels/0", "class_unknown")]


def test_each_kind_describes_the_fields_of_its_answer() -> None:
    assert BOXES.form(SCHEMA) == [FormField("boxes", "boxes", ("car", "bus"), 1, 2)]
    assert TEXT.form({"classes": ["a", "b"]}) == [FormField("label", "choice", ("a", "b"), 1, 1)]
    several = {"classes": ["a", "b"], "multiple": True}
    assert TEXT.form(several) == [FormField("labels", "choices", ("a", "b"), 0, 2)]


@given(st.sampled_from(sorted(KINDS)), ANY_JSON)
def test_no_json_whatever_breaks_a_validator(kind: str, value: Any) -> None:
    KINDS[kind].validate_schema(value)
    for schema in ({"classes": ["car"]}, {"classes": ["car"], "multiple": True}):
        KINDS[kind].validate_answer(schema, value, META)
        for key in ("boxes", "label", "labels"):
            KINDS[kind].validate_answer(schema, {key: value}, META)
            KINDS[kind].validate_answer(schema, {key: [value]}, META)

"""Every kind of labeling: what it takes, and what it refuses at which place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.jobs.contents import content_problem
from marketplace.jobs.labels import KINDS, ItemMeta, answer_errors
from marketplace.jobs.labels.kind import ANSWER_BYTES_MAX
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import FieldError
from tests.jobs.test_labels import ANY_JSON

TEXT = {"text": "Ada went to Paris. Paris!"}
OPTIONS = {"prompt": "?", "options": {"m1": "one", "m2": "two", "m3": "three"}}
META = {
    "image_polygons": ItemMeta(100, 50),
    "image_points": ItemMeta(100, 50),
    "audio_segments": ItemMeta(duration_ms=5000),
    "text_spans": ItemMeta(content=TEXT),
    "ranking": ItemMeta(content=OPTIONS),
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "image_polygons": {"classes": ["car"], "polygons_max": 2},
    "image_points": {"classes": ["nose"], "points_min": 1, "points_max": 2},
    "text_spans": {"classes": ["place"]},
    "preference": {},
    "ranking": {},
    "audio_segments": {"classes": ["music"]},
    "audio_transcript": {},
    "cuboids": {"classes": ["car"]},
    "external": dict(KINDS["external"].EXAMPLE.schema),
    "free_text": {"length_min": 5, "length_max": 10},
}
TRIANGLE = [[0, 0], [100, 0], [0, 50]]
KINDS_BY_NAME = sorted(KINDS)


def found(errors: list[FieldError]) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in errors]


def span(start: Any, end: Any, label: str = "place") -> dict[str, Any]:
    return {"label": label, "start": start, "end": end}


def segment(start: Any, end: Any) -> dict[str, Any]:
    return {"label": "music", "start_ms": start, "end_ms": end}


def cuboid(**changes: Any) -> dict[str, Any]:
    return {"label": "car", "center": [0, 0, 0], "size": [1, 1, 1], "yaw": 0, **changes}


def tool(**more: Any) -> dict[str, Any]:
    return {"url": "https://tool.example.org/label", "answer": {"type": "object", **more}}


def polygon(points: Any, label: str = "car") -> dict[str, Any]:
    return {"label": label, "points": points}


@pytest.mark.parametrize("name", KINDS_BY_NAME)
def test_the_example_of_each_kind_is_valid_and_has_canonical_bytes(name: str) -> None:
    kind, example = KINDS[name], KINDS[name].EXAMPLE
    assert kind.validate_schema(example.schema) == []
    assert content_problem(example.content, name) is None
    assert answer_errors(kind, example.schema, example.answer, replace(example.item, content=example.content)) == []
    assert canonical_bytes(example.answer)


WRONG: list[tuple[str, Any, list[tuple[str, str]]]] = [
    ("image_polygons", {"polygons": [polygon(TRIANGLE)] * 3}, [("/polygons", "polygon_count")]),
    ("image_polygons", {"polygons": [polygon(TRIANGLE[:2])]}, [("/polygons/0/points", "corner_count")]),
    ("image_polygons", {"polygons": [polygon([[0, 0]] * 1001)]}, [("/polygons/0/points", "corner_count")]),
    ("image_polygons", {"polygons": [polygon("0,0 1,1")]}, [("/polygons/0/points", "corner_count")]),
    ("image_polygons", {"polygons": [polygon([[0, 0], [1, 1], [2, 2]])]}, [("/polygons/0/points", "polygon_flat")]),
    ("image_polygons", {"polygons": [polygon([*TRIANGLE, [101, 0]])]}, [("/polygons/0/points/3/0", "outside_image")]),
    ("image_polygons", {"polygons": [polygon([*TRIANGLE, [0, -1]])]}, [("/polygons/0/points/3/1", "out_of_range")]),
    ("image_polygons", {"polygons": [polygon([*TRIANGLE, [0, 1.5]])]}, [("/polygons/0/points/3/1", "out_of_range")]),
    ("image_polygons", {"polygons": [polygon([*TRIANGLE, [0]])]}, [("/polygons/0/points/3", "not_a_corner")]),
    ("image_polygons", {"polygons": [polygon(TRIANGLE, "bus")]}, [("/polygons/0/label", "class_unknown")]),
    ("image_polygons", {"polygons": [{"label": "car"}]}, [("/polygons/0/points", "required")]),
    ("image_points", {"points": []}, [("/points", "point_count")]),
    ("image_points", {"points": [{"label": "nose", "x": 101, "y": 0}]}, [("/points/0/x", "outside_image")]),
    ("image_points", {"points": [{"label": "nose", "x": 1, "y": True}]}, [("/points/0/y", "out_of_range")]),
    ("image_points", {"points": [{"label": "ear", "x": 1, "y": 1, "z": 0}]}, [("/points/0/z", "unknown_field")]),
    ("text_spans", {"spans": [span(-1, 3)]}, [("/spans/0/start", "out_of_range")]),
    ("text_spans", {"spans": [span(3, 3)]}, [("/spans/0/end", "out_of_range")]),
    ("text_spans", {"spans": [span(0, 26)]}, [("/spans/0/end", "outside_text")]),
    ("text_spans", {"spans": [span(3, 4)]}, [("/spans/0/start", "span_blank")]),
    ("text_spans", {"spans": [span(0, 3), span(0, 3)]}, [("/spans/1", "duplicate")]),
    ("text_spans", {"spans": [span(4, 8), span(0, 5)]}, [("/spans/0", "overlap")]),
    ("text_spans", {"spans": [span(0, 3, "person")]}, [("/spans/0/label", "class_unknown")]),
    ("audio_segments", {"segments": [segment(0, 0)]}, [("/segments/0/end_ms", "out_of_range")]),
    ("audio_segments", {"segments": [segment(-1, 5)]}, [("/segments/0/start_ms", "out_of_range")]),
    ("audio_segments", {"segments": [segment(0, 5001)]}, [("/segments/0/end_ms", "outside_sound")]),
    ("audio_segments", {"segments": [segment(0, 1.5)]}, [("/segments/0/end_ms", "out_of_range")]),
    ("audio_segments", {"segments": [segment(0, 50), segment(49, 60)]}, [("/segments/1", "overlap")]),
    (
        "audio_segments",
        {"segments": [{**segment(0, 50), "transcript": "x"}]},
        [("/segments/0/transcript", "unknown_field")],
    ),
    ("audio_transcript", {"text": ""}, [("/text", "too_short")]),
    ("cuboids", {"cuboids": [cuboid(center=[0, 0])]}, [("/cuboids/0/center", "not_a_triple")]),
    ("cuboids", {"cuboids": [cuboid(center=[0, 0, 1.5])]}, [("/cuboids/0/center/2", "out_of_range")]),
    ("cuboids", {"cuboids": [cuboid(center=[10_000_001, 0, 0])]}, [("/cuboids/0/center/0", "out_of_range")]),
    ("cuboids", {"cuboids": [cuboid(size=[1, 0, 1])]}, [("/cuboids/0/size/1", "out_of_range")]),
    ("cuboids", {"cuboids": [cuboid(yaw=3143)]}, [("/cuboids/0/yaw", "out_of_range")]),
    ("external", {"data": {"stars": 6}}, [("/data/stars", "schema_broken")]),
    ("external", {"data": {"stars": 4, "more": 1}}, [("/data", "schema_broken")]),
    ("external", {"data": {"stars": 4.5}}, [("/data/stars", "not_whole")]),
    ("external", {"data": {"stars": 2**53}}, [("/data/stars", "not_whole")]),
    ("external", {"data": {"nul\x00": 4}}, [("/data", "text_invalid")]),
    ("external", {"data": "4"}, [("/data", "schema_broken")]),
    ("external", {"data": [[[[[[[[[[[[[[1]]]]]]]]]]]]]]}, [("/data/0/0/0/0/0/0/0/0/0/0/0/0/0", "too_deep")]),
    ("preference", {"choice": "c"}, [("/choice", "unknown_choice")]),
    ("preference", {"choice": ["a"]}, [("/choice", "unknown_choice")]),
    ("preference", {"choice": "a", "reason": " "}, [("/reason", "too_short")]),
    ("preference", {"choice": "a", "reason": "x" * 4001}, [("/reason", "too_long")]),
    ("preference", {}, [("/choice", "required")]),
    ("ranking", {"order": ["m1", "m2"]}, [("/order", "option_missing")]),
    ("ranking", {"order": ["m1", "m2", "m2", "m3"]}, [("/order/2", "duplicate")]),
    ("ranking", {"order": ["m1", "m2", "m3", "m4"]}, [("/order/3", "option_unknown")]),
    ("ranking", {"order": "m1"}, [("/order", "not_an_order")]),
    ("ranking", {"order": [1, 2, 3]}, [("/order", "not_an_order")]),
    ("free_text", {"text": "four"}, [("/text", "too_short")]),
    ("free_text", {"text": "     " * 2}, [("/text", "too_short")]),
    ("free_text", {"text": "x" * 11}, [("/text", "too_long")]),
    ("free_text", {"text": "nul \x00 nul"}, [("/text", "text_invalid")]),
    ("free_text", {"text": "half \ud800"}, [("/text", "text_invalid")]),
    ("free_text", {"text": 12345}, [("/text", "not_a_text")]),
]


@pytest.mark.parametrize(("name", "answer", "expected"), WRONG)
def test_a_wrong_answer_is_refused_at_its_field(name: str, answer: Any, expected: list[tuple[str, str]]) -> None:
    assert found(answer_errors(KINDS[name], SCHEMAS[name], answer, META.get(name, ItemMeta()))) == expected


RIGHT: list[tuple[str, dict[str, Any], Any]] = [
    ("image_polygons", {"classes": ["car"]}, {"polygons": []}),
    ("image_polygons", {"classes": ["car"]}, {"polygons": [polygon([[0, 0], [100, 0], [100, 50], [0, 50]])]}),
    ("text_spans", {"classes": ["place"], "overlap": True}, {"spans": [span(4, 8), span(0, 5)]}),
    ("text_spans", {"classes": ["place", "b"], "overlap": True}, {"spans": [span(0, 3), span(0, 3, "b")]}),
    ("text_spans", {"classes": ["place"]}, {"spans": [span(4, 8), span(0, 4)]}),
    ("preference", {"reason": "none"}, {"choice": "tie"}),
    ("preference", {"reason": "required"}, {"choice": "b", "reason": "Shorter."}),
    ("ranking", {}, {"order": ["m2", "m3", "m1"]}),
    ("free_text", {}, {"text": "Ω≈ç√ 数"}),
]


@pytest.mark.parametrize(("name", "schema", "answer"), RIGHT)
def test_what_the_schema_allows_is_taken(name: str, schema: dict[str, Any], answer: Any) -> None:
    assert KINDS[name].validate_schema(schema) == []
    assert answer_errors(KINDS[name], schema, answer, META.get(name, ItemMeta())) == []


def test_a_schema_says_whether_a_reason_is_asked_and_whether_there_are_ties() -> None:
    kind = KINDS["preference"]
    assert found(answer_errors(kind, {"tie": False}, {"choice": "tie"})) == [("/choice", "unknown_choice")]
    assert found(answer_errors(kind, {"reason": "required"}, {"choice": "a"})) == [("/reason", "required")]
    refused = {"choice": "a", "reason": "Better."}
    assert found(answer_errors(kind, {"reason": "none"}, refused)) == [("/reason", "unknown_field")]


@pytest.mark.parametrize(
    ("name", "schema", "pointer"),
    [
        ("image_polygons", {"classes": ["a"], "polygons_max": 501}, "/polygons_max"),
        ("image_points", {"classes": []}, "/classes"),
        ("text_spans", {"classes": ["a"], "overlap": 1}, "/overlap"),
        ("text_spans", {"classes": ["a"], "spans_min": 3, "spans_max": 2}, "/spans_min"),
        ("preference", {"reason": "never"}, "/reason"),
        ("external", {"url": "http://tool.example.org", "answer": {"type": "object"}}, "/url"),
        ("external", {"url": "https://a.example; x", "answer": {"type": "object"}}, "/url"),
        ("external", {"url": "https://a.example;x/", "answer": {"type": "object"}}, "/url"),
        ("external", {"url": "https://u@a.example/", "answer": {"type": "object"}}, "/url"),
        ("external", {"url": "https://*/", "answer": {"type": "object"}}, "/url"),
        ("external", {"url": "javascript:alert(1)", "answer": {"type": "object"}}, "/url"),
        ("external", tool(type="array"), "/answer/type"),
        ("external", tool(minProperties=1), "/answer/minProperties"),
        ("external", tool(properties={"a": {"pattern": "(a+)+$"}}), "/answer/properties/a/pattern"),
        ("external", tool(properties={"a": {"$ref": "https://elsewhere.example/"}}), "/answer/properties/a/$ref"),
        ("external", tool(properties={"a": {"type": "thing"}}), "/answer/properties/a/type"),
        ("external", tool(properties={"a": {"minimum": 0.5}}), "/answer/properties/a/minimum"),
        ("external", {**tool(), "height": 1}, "/height"),
        ("audio_segments", {"classes": ["a"], "transcript": True}, "/transcript"),
        ("audio_transcript", {"length_max": 0}, "/length_max"),
        ("cuboids", {"classes": ["a"], "cuboids_max": 501}, "/cuboids_max"),
        ("preference", {"tie": "yes"}, "/tie"),
        ("ranking", {"classes": ["a"]}, "/classes"),
        ("free_text", {"length_min": 0}, "/length_min"),
        ("free_text", {"length_min": 20_000}, "/length_min"),
        ("free_text", {"length_max": 50_001}, "/length_max"),
    ],
)
def test_a_wrong_schema_is_refused_at_its_field(name: str, schema: Any, pointer: str) -> None:
    assert [error.pointer for error in KINDS[name].validate_schema(schema)] == [pointer]


def test_an_answer_has_a_limit_in_bytes_that_the_refusal_names() -> None:
    corners = [[number % 999, 10**5 + number * number % 7919] for number in range(1000)]
    answer = {"polygons": [polygon(corners)] * 40}
    (error,) = answer_errors(KINDS["image_polygons"], {"classes": ["car"]}, answer)
    assert (error.pointer, error.code) == ("", "answer_too_large")
    assert str(ANSWER_BYTES_MAX) in error.message
    assert len(canonical_bytes(answer)) > ANSWER_BYTES_MAX


@given(st.sampled_from(KINDS_BY_NAME), ANY_JSON)
def test_no_json_whatever_breaks_a_kind(name: str, value: Any) -> None:
    kind = KINDS[name]
    kind.validate_schema(value)
    content_problem(value, name)
    item = ItemMeta(100, 50, kind.EXAMPLE.content)
    (key, *_) = kind.EXAMPLE.answer
    for answer in (value, {key: value}, {key: [value]}, {**kind.EXAMPLE.answer, key: [value]}):
        for error in answer_errors(kind, kind.EXAMPLE.schema, answer, item):
            assert error.pointer == "" or error.pointer.startswith("/")


@pytest.mark.parametrize(
    ("kind", "content", "pointer"),
    [
        ("preference", {"prompt": "?", "a": "x"}, "/content"),
        ("preference", {"prompt": "?", "a": "x", "b": " "}, "/content/b"),
        ("preference", {"prompt": "?", "a": "x", "b": 7}, "/content/b"),
        ("preference", {"prompt": "?", "a": "x" * 60_000, "b": "y" * 60_000}, "/content"),
        ("preference", {"text": "x"}, "/content"),
        ("ranking", {"prompt": "?", "options": {"m1": "one"}}, "/content/options"),
        ("ranking", {"prompt": "?", "options": ["one", "two"]}, "/content/options"),
        ("ranking", {"prompt": "?", "options": {"m1": "one", "m/2": "two"}}, "/content/options"),
        ("ranking", {"prompt": "?", "options": {"m1": "one", "m2": "nul\x00"}}, "/content/options/m2"),
        ("free_text", {"prompt": ""}, "/content/prompt"),
        ("free_text", {"media": "med_1"}, "/content"),
        ("text_spans", {"prompt": "x"}, "/content"),
    ],
)
def test_a_wrong_content_is_refused_at_its_part(kind: str, content: Any, pointer: str) -> None:
    problem = content_problem(content, kind)
    assert problem is not None
    assert problem[2] == pointer

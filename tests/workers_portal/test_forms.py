"""The form of each kind: what is shown, posted and read again is the same answer."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from marketplace.jobs.labels import KINDS, FormField, ItemMeta, answer_errors
from workers_portal.forms import BLANK_ROWS, ItemForm, from_answer, from_post
from workers_portal.quoting import Quoting
from workers_portal.rows import SHAPES

SCHEMA = {"classes": ["car", "person"], "boxes_max": 50}
BOX_PARTS = ("label", "x", "y", "width", "height")
FIELDS = KINDS["image_boxes"].form(SCHEMA)
CHOICE = KINDS["text_classification"].form({"classes": ["good", "bad"]})
CHOICES = KINDS["text_classification"].form({"classes": ["good", "bad"], "multiple": True})
TEXT = "Ada  went to\nParis. Paris! 你好 你好 👩‍👩‍👧 aaa"
OPTIONS = {"m1": "one", "m2": "two", "m3": "three"}
ITEM = ItemMeta(5000, 5000, {"text": TEXT, "options": OPTIONS})
LABEL = st.sampled_from(["car", "person"])
PIXEL = st.integers(0, 5000)
WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
    lambda text: text == text.strip()
)


@st.composite
def spans(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(st.integers(0, len(TEXT) - 1))
    end = draw(st.integers(start + 1, len(TEXT)))
    return {"label": draw(LABEL), "start": start, "end": end}


def marks(name: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: st.lists(st.fixed_dictionaries({"label": LABEL, **parts}), max_size=12)})


side = st.integers(1, 100)
ANSWERS: dict[str, tuple[dict[str, Any], st.SearchStrategy[dict[str, Any]]]] = {
    "image_boxes": (
        {"classes": ["car", "person"]},
        marks("boxes", x=st.integers(0, 4900), y=st.integers(0, 4900), width=side, height=side),
    ),
    "image_polygons": (
        {"classes": ["car", "person"]},
        marks("polygons", points=st.lists(st.tuples(PIXEL, PIXEL).map(list), min_size=3, max_size=9)),
    ),
    "image_points": ({"classes": ["car", "person"]}, marks("points", x=PIXEL, y=PIXEL)),
    "text_spans": (
        {"classes": ["car", "person"], "overlap": True},
        st.fixed_dictionaries({"spans": st.lists(spans(), max_size=8)}),
    ),
    "audio_segments": (
        {"classes": ["car", "person"], "overlap": True, "transcript": "optional"},
        st.fixed_dictionaries(
            {
                "segments": st.lists(
                    st.tuples(LABEL, st.integers(0, 7_199_000), st.integers(1, 900_000), st.none() | WRITTEN).map(
                        lambda one: {
                            "label": one[0],
                            "start_ms": one[1],
                            "end_ms": one[1] + one[2],
                            **({"transcript": one[3]} if one[3] else {}),
                        }
                    ),
                    max_size=6,
                )
            }
        ),
    ),
    "audio_transcript": ({}, st.fixed_dictionaries({"text": WRITTEN})),
    "cuboids": (
        {"classes": ["car", "person"]},
        marks(
            "cuboids",
            center=st.lists(st.integers(-10_000_000, 10_000_000), min_size=3, max_size=3),
            size=st.lists(st.integers(1, 1_000_000), min_size=3, max_size=3),
            yaw=st.integers(-3142, 3142),
        ),
    ),
    "external": (
        {"url": "https://tool.example.org", "answer": {"type": "object"}},
        st.fixed_dictionaries(
            {"data": st.dictionaries(WRITTEN, st.integers(-100, 100) | WRITTEN | st.lists(st.booleans()), max_size=4)}
        ),
    ),
    "text_classification": ({"classes": ["car", "person"]}, st.fixed_dictionaries({"label": LABEL})),
    "preference": (
        {},
        st.fixed_dictionaries({"choice": st.sampled_from(["a", "b", "tie"])}, optional={"reason": WRITTEN}),
    ),
    "ranking": ({}, st.fixed_dictionaries({"order": st.permutations(list(OPTIONS)).map(list)})),
    "free_text": ({}, st.fixed_dictionaries({"text": WRITTEN})),
}


@pytest.fixture(autouse=True, scope="module")
def words() -> Any:
    """The language of the pages: forms say themselves what is wrong with words."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def posted(form: ItemForm) -> MultiDict[str, str]:
    """What a browser sends for the form as it is shown."""
    sent: MultiDict[str, str] = MultiDict()
    for declared in form.fields:
        name = f"{form.number}.{declared.name}"
        if declared.widget in SHAPES:
            for number, row in enumerate(form.rows):
                for part in row.parts:
                    sent.add(f"{name}.{number}.{part.name}", row.values[part.name].replace("\n", "\r\n"))
        elif declared.widget == "order":
            for index, place in enumerate(form.chosen[declared.name]):
                sent.add(f"{name}.{index}", place)
        else:
            for value in form.chosen.get(declared.name, [""] if declared.widget == "text" else []):
                sent.add(name, value.replace("\n", "\r\n"))
    return sent


def test_every_kind_is_tried() -> None:
    assert ANSWERS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(data=st.data())
def test_an_answer_shown_in_its_form_and_posted_again_is_the_same(kind: str, data: st.DataObject) -> None:
    schema, strategy = ANSWERS[kind]
    answer = data.draw(strategy)
    fields = KINDS[kind].form(schema, ITEM)
    shown = from_answer(3, fields, answer, blank=BLANK_ROWS, item=ITEM)
    read = from_post(3, fields, posted(shown), blank=BLANK_ROWS, item=ITEM)
    errors = answer_errors(KINDS[kind], schema, answer, ITEM)
    if not [error for error in errors if error.code == "span_blank"]:
        assert read.answer() == answer
        assert answer_errors(KINDS[kind], schema, read.answer(), ITEM) == errors
        assert read.readable() == answer


def test_a_row_with_a_class_alone_is_no_box() -> None:
    sent = MultiDict({"1.boxes.0.label": "car", "1.boxes.0.x": "", "1.boxes.0.y": ""})
    assert from_post(1, FIELDS, sent, blank=1).answer() == {"boxes": []}


def test_what_is_no_number_stays_on_the_page_with_an_error_at_its_field() -> None:
    sent = MultiDict(
        {f"1.boxes.4.{part}": value for part, value in zip(BOX_PARTS, ["car", "1", "2", "ten", "4"], strict=True)}
    )
    form = from_post(1, FIELDS, sent, blank=1)
    errors = KINDS["image_boxes"].validate_answer(SCHEMA, form.answer(), ItemMeta(320, 200))
    form.show(errors)
    assert form.rows[0].values["width"] == "ten"
    assert set(form.rows[0].errors) == {"width"}
    assert form.has_errors
    assert form.readable() == {"boxes": []}


def test_a_number_of_five_thousand_digits_is_no_number() -> None:
    sent = MultiDict({f"1.boxes.0.{part}": "9" * 5000 for part in BOX_PARTS})
    assert from_post(1, FIELDS, sent, blank=0).readable() == {"boxes": []}


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=10), max_size=20), st.sampled_from(sorted(KINDS)))
def test_no_post_makes_the_form_fall_over(sent: dict[str, str], kind: str) -> None:
    fields = KINDS[kind].form(ANSWERS[kind][0], ITEM)
    parts = [f"1.{field.name}.0.{part.name}" for field in fields for part in SHAPES.get(field.widget, ())]
    names = [*parts, *(f"1.{field.name}" for field in fields), *(f"1.{field.name}.0" for field in fields)]
    named = dict(zip(names, sent.values(), strict=False))
    form = from_post(1, fields, MultiDict({**sent, **named}), blank=1, item=ITEM)
    answer = form.answer()
    form.show(answer_errors(KINDS[kind], ANSWERS[kind][0], answer, ITEM))
    assert isinstance(form.readable(), dict)


def test_there_are_no_more_rows_than_the_schema_allows() -> None:
    one_more = [{"label": "car", "x": 1, "y": 1, "width": 2, "height": 2}] * 49
    assert len(from_answer(1, FIELDS, {"boxes": one_more}, blank=9).rows) == 50


def test_choices_are_read_as_one_or_several() -> None:
    one = MultiDict([("1.label", "good")])
    assert from_post(1, CHOICE, one, blank=0).answer() == {"label": "good"}
    assert from_post(1, CHOICE, MultiDict(), blank=0).answer() == {}
    two = MultiDict([("1.labels", "good"), ("1.labels", "bad")])
    assert from_post(1, CHOICES, two, blank=0).answer() == {"labels": ["good", "bad"]}


def test_an_error_without_a_field_of_its_own_is_shown_above() -> None:
    form = from_answer(1, CHOICE, None, blank=0)
    form.show(KINDS["text_classification"].validate_answer({"classes": ["good", "bad"]}, form.answer(), ItemMeta()))
    assert form.errors


def spans_form(words: str, nth: str = "") -> ItemForm:
    fields = KINDS["text_spans"].form({"classes": ["car"]})
    sent = MultiDict({"1.spans.0.label": "car", "1.spans.0.words": words, "1.spans.0.nth": nth})
    return from_post(1, fields, sent, blank=0, item=ITEM)


@pytest.mark.parametrize(
    ("words", "nth", "quoted"),
    [
        ("Paris", "", "Paris"),
        ("Paris", "2", "Paris"),
        ("Ada went to Paris", "", "Ada  went to\nParis"),
        (" went ", "", "went"),
        ("你好", "2", "你好"),
        ("👩‍👩‍👧", "", "👩‍👩‍👧"),
    ],
)
def test_words_are_found_in_the_text_as_a_person_copies_them(words: str, nth: str, quoted: str) -> None:
    (span,) = spans_form(words, nth).answer()["spans"]
    assert TEXT[span["start"] : span["end"]].strip() == quoted
    first = TEXT.find(quoted)
    assert (TEXT.find(quoted, first + 1) if nth == "2" else first) in {span["start"], span["start"] + 1}


@pytest.mark.parametrize(("words", "nth", "field"), [("London", "", "words"), ("Paris", "3", "nth"), ("a", "x", "nth")])
def test_words_that_do_not_stand_there_keep_their_row_with_a_sentence(words: str, nth: str, field: str) -> None:
    form = spans_form(words, nth)
    form.show(answer_errors(KINDS["text_spans"], {"classes": ["car"]}, form.answer(), ITEM))
    assert set(form.rows[0].errors) == {field}
    assert "number" not in form.rows[0].errors[field]
    assert form.rows[0].values["words"] == words
    assert form.readable() == {"spans": []}


@given(st.text("ab \n", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_what_is_quoted_is_found_again(text: str, start: int, end: int) -> None:
    quoting = Quoting(text)
    if start < end <= len(text):
        assert quoting.find(*quoting.quote(start, end)) == (start, end)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0", 0), ("7", 7000), ("75.5", 75_500), ("1:15.5", 75_500), ("1:15,25", 75_250), ("12:00", 720_000),
        ("", ""), ("soon", "soon"), ("1:2:3", "1:2:3"), ("-1", "-1"), ("1.2345", "1.2345"),
    ],
)  # fmt: skip
def test_times_are_read_as_people_write_them(text: str, found: object) -> None:
    fields = KINDS["audio_segments"].form({"classes": ["car"]})
    sent = MultiDict({"1.segments.0.label": "car", "1.segments.0.start": text, "1.segments.0.end": "9:59"})
    form = from_post(1, fields, sent, blank=0)
    assert form.answer() == {"segments": [{"label": "car", "start_ms": found, "end_ms": 599_000}]}
    assert bool(form.readable()["segments"]) == isinstance(found, int)


def test_metres_and_degrees_become_whole_millimetres_and_milliradians() -> None:
    fields = KINDS["cuboids"].form({"classes": ["car"]})
    typed = {"x": "8.2", "y": "-1,5", "z": "0.75", "length": "4.4", "width": "1.8", "height": "1.5", "yaw": "45"}
    sent = MultiDict({"1.cuboids.0.label": "car", **{f"1.cuboids.0.{name}": text for name, text in typed.items()}})
    form = from_post(1, fields, sent, blank=0)
    assert form.answer() == {
        "cuboids": [{"label": "car", "center": [8200, -1500, 750], "size": [4400, 1800, 1500], "yaw": 785}]
    }
    sent["1.cuboids.0.z"] = "high"
    form = from_post(1, fields, sent, blank=0)
    form.show(answer_errors(KINDS["cuboids"], {"classes": ["car"]}, form.answer()))
    assert set(form.rows[0].errors) == {"z"}
    assert form.readable() == {"cuboids": []}


def test_two_options_on_one_place_are_refused_and_stay_as_they_were_chosen() -> None:
    fields = KINDS["ranking"].form({}, ITEM)
    form = from_post(1, fields, MultiDict({"1.order.0": "1", "1.order.1": "1", "1.order.2": "2"}), blank=0, item=ITEM)
    assert form.answer() == {"order": ["m3"]}
    form.show(answer_errors(KINDS["ranking"], {}, form.answer(), ITEM))
    assert "m1, m2" in form.wrong["order"]
    assert form.chosen["order"] == ["1", "1", "2"]


def test_a_reason_that_may_be_left_out_is_left_out_where_it_is_empty() -> None:
    fields: list[FormField] = KINDS["preference"].form({})
    sent = MultiDict({"1.choice": "a", "1.reason": "  "})
    assert from_post(1, fields, sent, blank=0).answer() == {"choice": "a"}

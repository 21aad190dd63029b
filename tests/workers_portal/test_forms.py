from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from marketplace.jobs.labels import KINDS, ItemMeta
from workers_portal.forms import BLANK_ROWS, BOX_PARTS, ItemForm, from_answer, from_post

SCHEMA = {"classes": ["car", "person"], "boxes_max": 50}
FIELDS = KINDS["image_boxes"].form(SCHEMA)
CHOICE = KINDS["text_classification"].form({"classes": ["good", "bad"]})
CHOICES = KINDS["text_classification"].form({"classes": ["good", "bad"], "multiple": True})

boxes = st.lists(
    st.fixed_dictionaries(
        {
            "label": st.sampled_from(["car", "person"]),
            **{part: st.integers(1, 5000) for part in BOX_PARTS[1:]},
        }
    ),
    max_size=20,
)


def posted(form: ItemForm) -> MultiDict[str, str]:
    """What a browser sends for the form as it is shown."""
    sent: MultiDict[str, str] = MultiDict()
    for number, row in enumerate(form.rows):
        for part in BOX_PARTS:
            sent.add(f"{form.number}.boxes.{number}.{part}", row.values[part])
    for name, values in form.chosen.items():
        for value in values:
            sent.add(f"{form.number}.{name}", value)
    return sent


@given(boxes)
def test_boxes_come_back_as_they_were_saved(drawn: list[dict[str, Any]]) -> None:
    shown = from_answer(3, FIELDS, {"boxes": drawn}, blank=BLANK_ROWS)
    assert from_post(3, FIELDS, posted(shown), blank=BLANK_ROWS).answer() == {"boxes": drawn}


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


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=10), max_size=20))
def test_no_post_makes_the_form_fall_over(sent: dict[str, str]) -> None:
    for fields in (FIELDS, CHOICE, CHOICES):
        form = from_post(1, fields, MultiDict(sent), blank=1)
        assert isinstance(form.answer(), dict)


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

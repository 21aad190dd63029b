from __future__ import annotations

import time
from typing import Any

import pytest

from marketplace.intake.imports.html_template import read_template
from marketplace.intake.imports.mturk import batch_rows
from marketplace.intake.imports.plan import DEPTH_MAX, ELEMENTS_MAX, MARKUP_CHARACTERS_MAX, Columns, Findings, Plan
from marketplace.jobs.item_rows import ItemRow
from marketplace.kernel.errors import DomainError

CROWD = """<script src="https://assets.example/crowd.js"></script>
<crowd-form answer-format="flatten-objects">
  <crowd-classifier name="mood" categories="['good', &quot;it's bad&quot;]" header="What is the mood?">
    <classification-target>${ text }</classification-target>
    <full-instructions header="How"><h1>Rules</h1><p onclick="steal()">Read &lt;b&gt; it <b>all</b>.</p>
      <script>alert(1)</script></full-instructions>
    <short-instructions>Choose one.</short-instructions>
  </crowd-classifier>
</crowd-form>"""
BOX = """<crowd-form><crowd-bounding-box name="b" src="${image_url}" labels="['car','bus']" header="Cars">
<full-instructions>Tight boxes.</full-instructions></crowd-bounding-box></crowd-form>"""
RADIO = """<form><h1>Mood</h1><p>Is this good? <em>${text}</em></p>
<label><input type="radio" name="m" value="good">Good</label><input type=radio name=m value=bad />
<input type="submit" value="Send"></form>"""


def plan_of(template: str) -> Plan:
    findings = Findings("/template")
    plan = read_template(template, findings)
    assert plan is not None, findings.errors
    return plan


def test_a_crowd_classifier_becomes_classes_and_its_markup_plain_words() -> None:
    plan = plan_of(CROWD)
    assert (plan.kind, plan.content_field) == ("text_classification", "text")
    assert plan.label_schema == {"classes": ["good", "it's bad"]}
    assert plan.title == "What is the mood?"
    assert plan.instructions == "What is the mood?\n[text]\nRules\nRead <b> it all.\nChoose one."
    assert plan.notes == ("script is not taken over.",)


def test_a_crowd_bounding_box_becomes_boxes() -> None:
    plan = plan_of(BOX)
    assert (plan.kind, plan.label_schema, plan.content_field) == (
        "image_boxes",
        {"classes": ["car", "bus"]},
        "image_url",
    )
    assert (plan.title, plan.instructions) == ("Cars", "Cars\nTight boxes.")


@pytest.mark.parametrize(
    ("template", "schema"),
    [
        (RADIO, {"classes": ["good", "bad"]}),
        (RADIO.replace("radio", "checkbox"), {"classes": ["good", "bad"], "multiple": True}),
        ('${text}<select name="m"><option value="">?</option><option value="a">A</option><option value="b">B</select>',
         {"classes": ["a", "b"]}),
        (('${text}<crowd-radio-group><crowd-radio-button name="a">A</crowd-radio-button>'
         '<crowd-radio-button name="b">B</crowd-radio-button></crowd-radio-group>'), {"classes": ["a", "b"]}),
    ],
)  # fmt: skip
def test_plain_form_elements_become_classes(template: str, schema: dict[str, Any]) -> None:
    plan = plan_of(template)
    assert (plan.kind, plan.label_schema, plan.content_field) == ("text_classification", schema, "text")


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("", "not_one_question"),
        ("<p>${text}</p>", "not_one_question"),
        (RADIO + RADIO.replace('"m"', '"n"').replace("name=m", "name=n"), "not_one_question"),
        (RADIO + '<textarea name="why"></textarea>', "element_unsupported"),
        (RADIO + '<input name="why">', "element_unsupported"),
        (RADIO + '<input type="hidden" name="x" value="1">', "element_unsupported"),
        (CROWD.replace("crowd-classifier", "crowd-polygon"), "element_unsupported"),
        (BOX.replace("crowd-bounding-box", "crowd-image-classifier"), "element_unsupported"),
        (RADIO.replace("${text}", '<img src="${image_url}">'), "kind_unsupported"),
        (RADIO.replace("${text}", "${text} ${more}"), "not_one_content"),
        (BOX.replace("Tight boxes.", "${hint}"), "not_one_content"),
        (RADIO.replace("${text}", "nothing"), "not_one_content"),
        (CROWD.replace("'good'", "${label}"), "classes_invalid"),
        (CROWD.replace("'good'", "__import__('os').getpid()"), "classes_invalid"),
        (BOX.replace("['car','bus']", "[" * 5_000), "classes_invalid"),
        (RADIO.replace('value="good"', ""), "classes_invalid"),
        ("<div>" * (DEPTH_MAX + 1), "markup_refused"),
        ("<br>" * (ELEMENTS_MAX + 1), "markup_refused"),
        ("x" * (MARKUP_CHARACTERS_MAX + 1), "too_long"),
        ("<![foo[x]]>", "markup_broken"),
        ("<![ 1", "markup_broken"),
        (RADIO + "<a href=", "markup_broken"),
        (RADIO + "<!-- never ended", "markup_broken"),
    ],
)
def test_what_cannot_be_mapped_is_refused_by_name(template: str, code: str) -> None:
    findings = Findings("/template")
    assert read_template(template, findings) is None
    assert code in {error.code for error in findings.errors}
    assert {error.pointer for error in findings.errors} == {"/template"}


@pytest.mark.parametrize("begun", ["<a ", '<a x="', "<!--", "<?", "</"])
def test_markup_that_never_ends_is_refused_in_a_moment(begun: str) -> None:
    template = begun * (MARKUP_CHARACTERS_MAX // len(begun))
    before, findings = time.process_time(), Findings("/template")
    assert read_template(template, findings) is None
    assert [error.code for error in findings.errors] == ["markup_broken"]
    assert time.process_time() - before < 1


@pytest.mark.parametrize("begun", ["${" + " " * 2_000, "${ " * 1_000, "${a" + " " * 2_000, "${" + "a " * 1_000])
def test_a_placeholder_that_never_ends_is_passed_over_in_a_moment(begun: str) -> None:
    before, findings = time.process_time(), Findings("/template")
    assert read_template(RADIO.replace("${text}", begun), findings) is None
    assert [error.code for error in findings.errors] == ["not_one_content"]
    assert time.process_time() - before < 1


def rows(batch: str, **columns: Any) -> list[ItemRow]:
    return list(batch_rows(batch, plan_of(RADIO), Columns(**columns)))


def test_records_become_rows_with_their_physical_lines() -> None:
    batch = 'Input.id,Input.text,level\na,"two\nlines",dense\nb,x\nc,y,standard\n'
    found = rows(batch, external_id="id", rate="level")
    assert found == [
        ItemRow(2, "a", "dense", {"text": "two\nlines"}),
        ItemRow(4, "b", "", None, "The record has 2 fields, the header 3."),
        ItemRow(5, "c", "standard", {"text": "y"}),
    ]
    assert [row.external_id for row in rows("text\nx\ny\n", prefix="batch-1-")] == ["batch-1-1", "batch-1-2"]


@pytest.mark.parametrize(
    "batch", ["", "id\na\n", "text,Answer.mood\nx,good\n", "text,Input.text\nx,y\n", 'text\n"not closed\n']
)
def test_a_batch_with_other_columns_is_refused_whole(batch: str) -> None:
    with pytest.raises(DomainError) as refusal:
        rows(batch)
    assert refusal.value.slug == "csv_refused"
    assert rows("text,Answer.mood\nx,good\n", ignored=frozenset({"Answer.mood"}))[0].problem is None

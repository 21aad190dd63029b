"""Texts that remember their template and values."""

import copy
import datetime as dt
import json
import pickle

from marketplace.kernel.money import Money
from marketplace.kernel.texts import Coded, named, say, sentences

WHEN = dt.datetime(2027, 3, 1, 9, 30, tzinfo=dt.UTC)


def test_a_text_is_its_english_sentence() -> None:
    text = say("You may hold %(count)s tasks at once.", count=3)
    assert text == "You may hold 3 tasks at once."
    assert (text.template, text.values) == ("You may hold %(count)s tasks at once.", {"count": 3})
    assert json.dumps({"detail": text}) == '{"detail": "You may hold 3 tasks at once."}'
    assert type(str(text)) is str


def test_values_are_written_as_english_has_them() -> None:
    values = {
        "fee": Money.parse("0.90", "CNY"),
        "at": WHEN,
        "on": WHEN.date(),
        "where": Coded("territories", "KE", "Kenya"),
    }
    text = say("%(fee)s, %(at)s, %(on)s, %(where)s, %(all)s", **values, all=("a", named("redo_requested")))
    assert text == "0.90 CNY, 2027-03-01 09:30 UTC, 2027-03-01, Kenya, a, redo requested"


def test_what_stands_in_a_template_without_values_is_no_placeholder() -> None:
    assert say("15 % of %(all)s") == "15 % of %(all)s"


def test_a_copy_is_the_same_text() -> None:
    text = say("At most %(most)s.", most=4)
    for other in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert (other, other.template, other.values) == (text, text.template, text.values)


def test_a_stored_text_is_read_back() -> None:
    template = say("%(percent)s of 100, from %(answers)s answers (all of them).")
    stored = str(template.filled(percent=90, answers=40))
    read = template.read(stored)
    assert read is not None
    assert (read, read.values) == (stored, {"percent": "90", "answers": "40"})
    assert template.read("Somebody wrote this by hand.") is None


def test_sentences_stand_one_after_the_other() -> None:
    text = sentences([say("There is no permission %(scope)s.", scope="a"), "Another."])
    assert text == "There is no permission a. Another."

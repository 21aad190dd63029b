"""Types of fields: what is of a type, and that JSON Schema says the same."""

from typing import Any

import jsonschema
import pytest

from marketplace.audit.events import EventKind
from marketplace.audit.fields import MEANINGS, parse_field, parse_type
from marketplace.kernel.ids import new_id, public

JOB = public("job", new_id())
MONEY = {"amount": "0.425", "currency": "CNY"}
CASES: list[tuple[str, list[Any], list[Any]]] = [
    ("text", ["", "words"], [None, 1, ["words"]]),
    ("whole number", [0, -3], ["1", 1.0, True, None]),
    ("boolean", [True, False], [1, "true"]),
    ("decimal", ["1", "-0.5"], [1, "1,5", ".5"]),
    ("money", [MONEY], ["0.425 CNY", {"amount": "1"}, {**MONEY, "amount": 1}, {**MONEY, "more": ""}]),
    ("day", ["2027-02-28"], ["2027-2-28", "2027-02-28T00:00:00Z", ""]),
    ("moment", ["2027-02-28T01:02:03Z", "2027-02-28T01:02:03.000004Z"], ["2027-02-28", "2027-02-28T01:02:03+01:00"]),
    ("digest", ["0" * 64], ["0" * 63, "G" * 64]),
    ("job id", [JOB], [public("item", new_id()), "job_1", ""]),
    ("id", [JOB, public("item", new_id())], ["one", ""]),
    ("record", [{}, {"a": 1}], [[], "a"]),
    ("list", [[], [1]], [{}, "a"]),
    ("list of job id", [[], [JOB, JOB]], [["one"], JOB, [None]]),
    ("money or null", [MONEY, None], ["", 0]),
    ("list of text or null", [["a"], None], [[1], "a"]),
]


@pytest.mark.parametrize(("words", "of_it", "not_of_it"), CASES, ids=[case[0] for case in CASES])
def test_a_type_and_its_schema_agree(words: str, of_it: list[Any], not_of_it: list[Any]) -> None:
    kind = parse_type(words)
    validator = jsonschema.Draft202012Validator(kind.schema)
    for value in of_it:
        assert kind.check(value), value
        assert validator.is_valid(value), value
    for value in not_of_it:
        assert not kind.check(value), value
        # To JSON Schema 1.0 is an integer; the canonical form knows no other than 1.
        assert not validator.is_valid(value) or value == 1.0, value


@pytest.mark.parametrize("declared", ["", "money:", "money: ", "cents: so many", "list of cents: so many", ": all"])
def test_a_field_needs_a_known_type(declared: str) -> None:
    with pytest.raises(ValueError, match=r"nothing stands|is no type"):
        parse_field(declared)


def test_what_is_missing_extra_or_of_another_type_is_named() -> None:
    kind = EventKind("job.tried", 1, "Job tried", {"amount": parse_field("money: so much")})
    kind.require({"amount": MONEY})
    for wrong in ({}, {"amount": MONEY, "more": 1}):
        with pytest.raises(ValueError, match=r"job\.tried has the fields \['amount'\]"):
            kind.require(wrong)
    with pytest.raises(ValueError, match=r"job\.tried: amount is money, not '1'"):
        kind.require({"amount": "1"})
    jsonschema.Draft202012Validator(kind.schema()).validate({"amount": MONEY})


def test_every_word_for_a_type_is_explained() -> None:
    for words, *_ in CASES:
        plain = words.removesuffix(" or null")
        assert plain in MEANINGS or plain.endswith(" id") or plain.startswith("list")

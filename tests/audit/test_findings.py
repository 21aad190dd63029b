from typing import Any

import pytest

from marketplace.audit.findings import Finding, Report, difference


@pytest.mark.parametrize(
    ("left", "right", "differs"),
    [
        ({"a": 1, "b": [1, 2]}, {"b": (1, 2), "a": 1}, None),
        ({"a": 1}, {"a": True}, ("/a", 1, True)),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ("/a/b/1", 2, 3)),
        ({"a": [1]}, {"a": [1, 2]}, ("/a", [1], [1, 2])),
        ({}, {"a": 1}, ("/a", None, 1)),
        ("1", 1, ("", "1", 1)),
    ],
)
def test_the_first_difference_is_given_by_its_pointer(left: Any, right: Any, differs: object) -> None:
    assert difference(left, right) == differs


def test_a_report_says_in_words_what_was_proven_and_what_was_altered() -> None:
    report = Report(11, 6, 2, 3, 5, 1, 4, Finding("audit_leaf", "6", "it is missing"))
    assert not report.ok
    assert report.lines() == [
        "6 of 11 sealed events proven, 2 signed heads",
        "3 recomputed from the live rows and equal; 5 record what goes on changing: proven as recorded",
        "1 heads kept outside the database agree",
        "4 waiting to be sealed",
        "ALTERED: audit_leaf 6: it is missing",
    ]

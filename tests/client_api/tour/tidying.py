"""What is by chance in an exchange becomes the same in every run: ids, moments, days, digests, secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from marketplace.kernel.ids import PREFIXES

LIST_MAX: Final = 2
"""Rows of a list that an example shows."""
_ID_HEAD: Final = "01h455vb4pex5vsknk084sn0"
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_DAYS: Final = ("2027-02-28", "2027-03-31", "2027-06-30", "2027-07-31", "2027-12-31")
_MOMENT: Final = "2027-01-15T08:00:00Z"
_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)"), _MOMENT),
    (re.compile(r"^\d{4}-(?:0[1-9]|1[0-2])$"), "2027-01"),
    (re.compile(r"\bpwk_[\w-]+"), "pwk_shown-this-once"),
    (re.compile(r"\b(PO|RE|TEST)-[0-9A-Z]{26}"), r"\1-01H455VB4PEX5VSKNK084SN000"),
    (re.compile(r"https://93\.184\.216\.34\b"), "https://hooks.example.com"),
    (re.compile(r"\bwhsec_[\w+/=-]+"), "whsec_c2hvd24gdGhpcyBvbmNl"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "4bf92f3577b34da6a3ce929d0e0e4736"),
    (re.compile(r"(?:(?<=/exports/)|(?<=/kept-books/))\.?[\w-]+\.[\w.-]+"), "signed"),
    (re.compile(r"(?<=token=)[\w.~-]+"), "signed"),
    (re.compile(r"(?<!\S)(?!/)(?![0-9a-f]{64}(?!\S))[\w+/-]{42,}={0,2}(?!\S)"), "bm90IHNob3duIGluIGFuIGV4YW1wbGU="),
)
_ID: Final = re.compile(rf"\b({'|'.join(sorted(set(PREFIXES.values())))})_([0-7][{_ALPHABET}]{{25}})\b")
_DAY: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b(?!T)")
_SECONDS_LEFT: Final = re.compile(r"(?:^|_)(?:in|left|remaining)_?seconds$|seconds_left$|age_seconds$")


class Tidier:
    """The same chance value becomes the same example value throughout a tour."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._days: dict[str, str] = {}

    def tidy(self, exchanges: Mapping[str, Any]) -> dict[str, Any]:
        """All exchanges by name, with nothing of chance in them."""
        return {name: self._value(exchanges[name]) for name in sorted(exchanges)}

    def _value(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {self._text(key): self._value(member, key) for key, member in value.items()}
        if isinstance(value, list):
            return [self._value(member) for member in value[:LIST_MAX]]
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int) and not isinstance(value, bool) and _SECONDS_LEFT.search(name):
            return 604_800
        return value

    def _text(self, text: str) -> str:
        text = _ID.sub(self._id, text)
        for pattern, example in _RULES:
            text = pattern.sub(example, text)
        return _DAY.sub(self._day, text)

    def _id(self, match: re.Match[str]) -> str:
        if match[0] not in self._ids:
            number = sum(1 for known in self._ids if known.startswith(f"{match[1]}_"))
            self._ids[match[0]] = f"{match[1]}_{_ID_HEAD}{_ALPHABET[number // 32]}{_ALPHABET[number % 32]}"
        return self._ids[match[0]]

    def _day(self, match: re.Match[str]) -> str:
        if match[0] not in self._days:
            self._days[match[0]] = _DAYS[min(len(self._days), len(_DAYS) - 1)]
        return self._days[match[0]]

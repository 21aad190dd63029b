"""What is said to people who may read another language: an English text that remembers how it was put together.

`say("You may hold %(count)s tasks at once.", count=3)` is the English sentence, to be stored, logged and answered as
any text. A page that is read in another language puts the translated template and the values together anew.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self


class Text(str):
    """An English text, with the template and the values that it was made of.

    A value is a text (a name, or what somebody wrote: it stays as it is), another Text, a number, an amount of money,
    a day or a moment, a country or a language, or a tuple of such.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, values: Mapping[str, Any] | None = None) -> Self:
        """The text in English; a template without values is taken as it stands."""
        known = dict(values or {})
        english = template % {name: _english(value) for name, value in known.items()} if known else template
        made = super().__new__(cls, english)
        made.template, made.values = template, known
        return made

    def filled(self, **values: Any) -> Text:
        """The same template with these values."""
        return Text(self.template, values)

    def read(self, english: str) -> Text | None:
        """A stored English text as one of this template, its values as they were written; None for any other text."""
        parts = re.split(r"%\((\w+)\)s", self.template)
        names = parts[1::2]
        pattern = "".join("(.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
        found = re.fullmatch(pattern, english, re.DOTALL)
        return Text(self.template, dict(zip(names, found.groups(), strict=True))) if found else None

    def __getnewargs__(self) -> tuple[str, Mapping[str, Any]]:  # type: ignore[override]
        """What a copy is made of."""
        return self.template, self.values


@dataclass(frozen=True, slots=True)
class Coded:
    """A country or a language as a value, which every language has a name for: `kind` as Babel's locales call it."""

    kind: Literal["territories", "languages"]
    code: str
    english: str

    def __str__(self) -> str:
        """Its English name."""
        return self.english


def say(template: str, /, **values: Any) -> Text:
    """A text that workers may read. Every template written in a `say` is collected into the catalogs."""
    return Text(template, values)


def sentences(texts: Iterable[str]) -> Text:
    """Whole sentences, one after the other."""
    parts = {f"sentence{number}": text for number, text in enumerate(texts, 1)}
    return Text(" ".join(f"%({name})s" for name in parts), parts)


def named(code: str) -> Text:
    """A name of the program as words, "redo_requested" as "redo requested": a state, a kind, a reason."""
    return Text(code.replace(".", " ").replace("_", " "))


def _english(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_english(one) for one in value)
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    return str(value)

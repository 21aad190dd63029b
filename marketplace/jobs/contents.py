"""What an item holds, checked against what its kind of labeling shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.jobs.labels import KINDS
from marketplace.outbound.addresses import address_problem

ITEM_TEXT_MAX: Final = 100_000
"""Characters of an item, of all its parts together."""

KEY_MAX: Final = 40
TEXTS_MIN: Final = 2
TEXTS_MAX: Final = 20

Problem = tuple[str, str, str]
"""Code, sentence, and the place inside the row, as a JSON pointer."""


def content_problem(content: Any, kind: str) -> Problem | None:
    """The first thing that keeps this from being the content of an item of that kind."""
    keys, parts = KINDS[kind].CONTENT_KEYS, KINDS[kind].CONTENT_PARTS
    key, value = next(iter(content.items())) if isinstance(content, dict) and len(content) == 1 else ("", None)
    if key not in keys:
        if parts and isinstance(content, dict) and content.keys() == parts.keys():
            return _parts_problem(content, parts)
        return "content_invalid", f"The content of this kind of job is {_described(keys, parts)}.", "/content"
    problem = _text_problem(value, key)
    if problem is None and key == "url":
        refused = address_problem(str(value))
        return None if refused is None else ("url_refused", refused, "/content/url")
    return problem


def _described(keys: frozenset[str], parts: Mapping[str, str]) -> str:
    written = [f'{{"{key}": …}}' for key in sorted(keys)]
    if parts:
        written.append("{" + ", ".join(f'"{name}": …' for name in parts) + "}")
    return " or ".join(written)


def _text_problem(value: Any, name: str, at: str = "") -> Problem | None:
    at = at or f"/content/{name}"
    if not isinstance(value, str) or not value.strip() or len(value) > ITEM_TEXT_MAX:
        return "content_invalid", f"{name} is a text of 1 to {ITEM_TEXT_MAX} characters.", at
    if "\x00" in value:
        return "text_invalid", "Text may not hold the character NUL.", at
    return None


def _parts_problem(content: Mapping[str, Any], parts: Mapping[str, str]) -> Problem | None:
    found: dict[str, str] = {}
    for name, sort in parts.items():
        if sort == "text":
            found[f"/content/{name}"] = content[name]
            continue
        problem = _keys_problem(content[name], name)
        if problem is not None:
            return problem
        found |= {f"/content/{name}/{key}": text for key, text in content[name].items()}
    for at, text in found.items():
        problem = _text_problem(text, at.removeprefix("/content/"), at)
        if problem is not None:
            return problem
    if sum(map(len, found.values())) > ITEM_TEXT_MAX:
        return "content_invalid", f"All texts of an item together have at most {ITEM_TEXT_MAX} characters.", "/content"
    return None


def _keys_problem(texts: Any, name: str) -> Problem | None:
    at = f"/content/{name}"
    if not isinstance(texts, dict) or not TEXTS_MIN <= len(texts) <= TEXTS_MAX:
        return "content_invalid", f"{name} holds {TEXTS_MIN} to {TEXTS_MAX} texts, each under a key of its own.", at
    for key in texts:
        if not key.isascii() or not key.replace("-", "").replace("_", "").isalnum() or len(key) > KEY_MAX:
            return "content_invalid", f"A key has 1 to {KEY_MAX} letters, digits, - or _ (ASCII).", at
    return None

"""Pre-labels: a model's proposal that comes with an item, and is shown to the worker as what it is.

`{"answer": {...}, "model": "detector", "version": "8.1", "confidence_ppm": 930000}`: the answer as a worker would give
it under the job's label schema, and whose proposal it is; version and confidence (parts per million) may be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.jobs.labels import KINDS, ItemMeta, answer_errors
from marketplace.jobs.labels.kind import is_whole, shape_errors
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import FieldError
from marketplace.kernel.money import PPM

NAME_MAX: Final = 100

_REQUIRED: Final = frozenset({"answer", "model"})
_OPTIONAL: Final = frozenset({"version", "confidence_ppm"})


@dataclass(frozen=True, slots=True)
class PrelabelRules:
    """What a proposal is checked against: the job's kind and its label schema."""

    kind: str
    schema: Mapping[str, Any]

    def errors(self, prelabel: Any, content: Any) -> Iterator[FieldError]:
        """Everything wrong with a pre-label of an item with this content, but what only its media could tell."""
        shape = shape_errors(prelabel, _REQUIRED, _OPTIONAL)
        if shape:
            yield from shape
            return
        for name in ("model", "version"):
            text = prelabel.get(name, "none")
            if not isinstance(text, str) or not 1 <= len(text) <= NAME_MAX or not text.isprintable():
                yield FieldError(f"/{name}", "name_invalid", f"1 to {NAME_MAX} printable characters.")
        if not is_whole(prelabel.get("confidence_ppm", 0), 0, PPM):
            yield FieldError("/confidence_ppm", "out_of_range", f"A whole number from 0 to {PPM}.")
        for error in answer_errors(KINDS[self.kind], self.schema, prelabel["answer"], ItemMeta(content=content)):
            yield FieldError(f"/answer{error.pointer}", error.code, error.message)


def canonical_prelabel(prelabel: Mapping[str, Any]) -> str:
    """A valid pre-label as canonical JSON text (RFC 8785)."""
    return canonical_bytes(prelabel).decode()


def is_changed(prelabel: Mapping[str, Any] | None, answer: Mapping[str, Any]) -> bool | None:
    """Whether an answer differs from what was proposed; None where nothing was.

    The order of boxes or classes in their list means nothing, and forms bring their own.
    """
    return None if prelabel is None else _unordered(prelabel["answer"]) != _unordered(answer)


def _unordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unordered(member) for key, member in value.items()}
    if isinstance(value, list):
        return sorted(canonical_bytes(member) for member in value)
    return value

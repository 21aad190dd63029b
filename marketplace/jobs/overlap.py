"""How many answers an item gets: first `redundancy` of them, then one more at a time while they do not agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.kernel.errors import FieldError
from marketplace.kernel.money import PPM

ANSWERS_MAX: Final = 100
WAIT_SECONDS: Final = 600
WAIT_SECONDS_MAX: Final = 7 * 86_400
POSTERIOR_KINDS: Final = frozenset({"text_classification"})
"""Kinds whose answers are a choice, for which the chance that the most frequent one is right can be reckoned."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """An item stops as soon as its accepted answers agree, and gets at most `answers_max`.

    They agree when their mean agreement (see `quality.agreement`) is at least `agreement_min_ppm`, or, where it is
    given, the posterior of the most likely label (see `quality.stopping`) at least `posterior_min_ppm`; parts per
    million. Items that want one more answer are gathered into tasks when the first has waited `wait_seconds`.
    """

    answers_max: int
    agreement_min_ppm: int
    posterior_min_ppm: int | None = None
    wait_seconds: int = WAIT_SECONDS

    def to_wire(self) -> dict[str, Any]:
        """As it is kept and as the log's digests take it."""
        return {
            "answers_max": self.answers_max,
            "agreement_min_ppm": self.agreement_min_ppm,
            "posterior_min_ppm": self.posterior_min_ppm,
            "wait_seconds": self.wait_seconds,
        }

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Overlap:
        """Read it back from the database."""
        return cls(**wire)


def overlap_errors(overlap: Overlap | None, *, redundancy: object, kind: str) -> Iterator[FieldError]:
    """What is wrong with it for a job of this kind with so many first answers."""
    if overlap is None:
        return
    ranges = (
        ("answers_max", overlap.answers_max, 2, ANSWERS_MAX),
        ("agreement_min_ppm", overlap.agreement_min_ppm, 0, PPM),
        ("wait_seconds", overlap.wait_seconds, 0, WAIT_SECONDS_MAX),
    )
    for name, value, lowest, highest in ranges:
        if type(value) is not int or not lowest <= value <= highest:
            yield FieldError(f"/overlap/{name}", "out_of_range", f"A whole number from {lowest} to {highest}.")
    if type(redundancy) is int and redundancy < 2:
        yield FieldError("/redundancy", "out_of_range", "With an overlap at least 2: one answer agrees with nothing.")
    elif type(redundancy) is int and type(overlap.answers_max) is int and overlap.answers_max < redundancy:
        message = f"At least the redundancy, {redundancy}, which is the first number of answers."
        yield FieldError("/overlap/answers_max", "below_redundancy", message)
    if overlap.posterior_min_ppm is None:
        return
    if kind not in POSTERIOR_KINDS:
        message = f"Only for {', '.join(sorted(POSTERIOR_KINDS))}: other answers are no choice among labels."
        yield FieldError("/overlap/posterior_min_ppm", "not_for_this_kind", message)
    elif type(overlap.posterior_min_ppm) is not int or not 0 <= overlap.posterior_min_ppm <= PPM:
        yield FieldError("/overlap/posterior_min_ppm", "out_of_range", f"A whole number from 0 to {PPM}.")

"""Whether claims of a job get items whose answer is known, and from which agreement on one is passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.kernel.errors import FieldError
from marketplace.kernel.money import PPM, Money

PASS_MIN_PPM: Final = 800_000


@dataclass(frozen=True, slots=True)
class Gold:
    """A share of the claims, drawn at random, gets one gold item; parts per million.

    An answer to it passes when it agrees with the expected one (see `quality.agreement`) at least so much.
    """

    share_ppm: int
    pass_min_ppm: int = PASS_MIN_PPM

    def to_wire(self) -> dict[str, Any]:
        """As it is kept and as the log's digests take it."""
        return {"share_ppm": self.share_ppm, "pass_min_ppm": self.pass_min_ppm}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Gold:
        """Read it back from the database."""
        return cls(**wire)


def gold_errors(gold: Gold | None, allowance: Money | None) -> Iterator[FieldError]:
    """What is wrong with it for a job with this allowance."""
    if gold is None:
        return
    for name, value, lowest in (("share_ppm", gold.share_ppm, 1), ("pass_min_ppm", gold.pass_min_ppm, 0)):
        if type(value) is not int or not lowest <= value <= PPM:
            yield FieldError(f"/gold/{name}", "out_of_range", f"A whole number from {lowest} to {PPM}.")
    if allowance is None or allowance.is_zero:
        yield FieldError("/allowance", "required_for_gold", "Gold answers are paid from the allowance: give one.")

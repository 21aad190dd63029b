"""How a job's answers are reviewed: all of them, or a sample that decays as a worker's record grows; blind or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from marketplace.kernel.errors import FieldError
from marketplace.kernel.money import PPM

MODES: Final = ("all", "sample")
EVERY_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """What of the answers reviewers see, and what of their makers.

    With mode "sample", one of every `first_every` of the first `first_count` answers that a worker gives in the job
    is drawn for review, then one of every `then_every`; of each label one of every `label_every`; never less than
    `floor_ppm` parts per million. Answers to an item that agree less than `agreement_min_ppm` are always reviewed. The
    rest is accepted at once. With `blind` a reviewer sees neither other verdicts nor agreement before the decision.
    """

    mode: str = "all"
    first_every: int = 5
    first_count: int = 100
    then_every: int = 25
    label_every: int = 25
    floor_ppm: int = 20_000
    agreement_min_ppm: int = 500_000
    blind: bool = False

    @property
    def samples(self) -> bool:
        """Whether only a part of the answers is reviewed."""
        return self.mode == "sample"

    def at_least(self, every: int) -> int:
        """`every`, or less where one of so many would be fewer than the floor asks for."""
        return every if self.floor_ppm == 0 else max(1, min(every, PPM // self.floor_ppm))

    def to_wire(self) -> dict[str, Any]:
        """As it is kept and sent."""
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> ReviewPolicy:
        """From what is kept; what is left out has its default."""
        return cls(**wire)


_RANGES: Final[dict[str, tuple[int, int]]] = {
    "first_every": (1, EVERY_MAX),
    "first_count": (0, 1_000_000),
    "then_every": (1, EVERY_MAX),
    "label_every": (1, EVERY_MAX),
    "floor_ppm": (0, PPM),
    "agreement_min_ppm": (0, PPM),
}


def review_policy_errors(policy: ReviewPolicy) -> Iterator[FieldError]:
    """Everything wrong with a policy, with pointers below /review."""
    if policy.mode not in MODES:
        yield FieldError("/review/mode", "unknown_choice", f"One of {', '.join(MODES)}.")
    for name, (lowest, highest) in _RANGES.items():
        value = getattr(policy, name)
        if type(value) is not int or not lowest <= value <= highest:
            yield FieldError(f"/review/{name}", "out_of_range", f"A whole number from {lowest} to {highest}.")

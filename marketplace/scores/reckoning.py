"""What a score is: a figure made of pieces of evidence, whatever their source. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ANSWERS_MIN: Final = 20
"""A score is known from so many answers on, and moves when so many more came."""

ANSWERS_MAX: Final = 500
"""The newest so many count."""

FRESH: Final = dt.timedelta(days=180)
"""Older answers say nothing of how somebody works today."""

REST: Final = dt.timedelta(days=30)
"""A score that did not move for so long is reckoned anew from whatever there is."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer at its first attempt, and by how much it was right, 0 to 1.

    Right is what most others said where three or more answered, or what was known before where the item is gold. The
    two are alike here, so that nobody can tell from a score which of their items were gold.
    """

    at: dt.datetime
    share: float


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A score out of 100 rounded down, the answers it is made of, and the moment when too few of them are fresh."""

    percent: int
    answers: int
    newest_at: dt.datetime
    expires_at: dt.datetime


def reckon(evidence: Sequence[Evidence], now: dt.datetime) -> Reckoned | None:
    """The mean over the newest fresh evidence; None where there is too little of it."""
    fresh = sorted((one for one in evidence if one.at > now - FRESH), key=lambda one: one.at, reverse=True)
    counted = fresh[:ANSWERS_MAX]
    if len(counted) < ANSWERS_MIN:
        return None
    # Parts per million as whole numbers: a sum of floats could fall on either side of a percent.
    parts = sum(round(one.share * 1_000_000) for one in counted)
    return Reckoned(
        percent=parts // (10_000 * len(counted)),
        answers=len(counted),
        newest_at=counted[0].at,
        expires_at=counted[ANSWERS_MIN - 1].at + FRESH,
    )


def moves(
    before: Reckoned, found: Reckoned, evidence: Sequence[Evidence], computed_at: dt.datetime, now: dt.datetime
) -> bool:
    """Whether enough is new since the score of `before` was made, at `computed_at`: it moves by many answers at once.

    One that followed each answer would tell its worker how that one was judged, and so which item was gold.
    """
    newer = sum(1 for one in evidence if one.at > before.newest_at)
    return newer >= ANSWERS_MIN or abs(found.answers - before.answers) >= ANSWERS_MIN or computed_at <= now - REST

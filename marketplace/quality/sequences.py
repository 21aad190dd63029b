"""How well marks along a line, words and orders agree."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np

from marketplace.quality.matching import Mark, f1, match_marks

INTERVAL_IOU_MIN: Final = 0.5
"""Overlap from which two spans of text or stretches of sound are taken for the same."""


def interval_iou(start: float, end: float, other_start: float, other_end: float) -> float:
    """Intersection over union of two intervals; two equal ones overlap fully, even where they are empty."""
    if (start, end) == (other_start, other_end):
        return 1.0
    shared = min(end, other_end) - max(start, other_start)
    union = max(end, other_end) - min(start, other_start)
    return shared / union if shared > 0 else 0.0


def span_iou(left: Mark, right: Mark) -> float:
    """Overlap of two spans {"start", "end"}, characters."""
    return interval_iou(left["start"], left["end"], right["start"], right["end"])


def span_f1(left: Sequence[Mark], right: Sequence[Mark], *, exact: bool) -> float:
    """F1 of two lists of spans with labels: those with the same start and end, or else those that overlap at all."""
    return f1(len(match_marks(left, right, span_iou, 1.0 if exact else 1e-9)), len(left), len(right))


def segment_similarity(left: Mark, right: Mark) -> float:
    """Overlap of two stretches {"start_ms", "end_ms"}, times how well their transcripts agree where there are any."""
    overlap = interval_iou(left["start_ms"], left["end_ms"], right["start_ms"], right["end_ms"])
    words = left.get("transcript"), right.get("transcript")
    if overlap == 0.0 or words == (None, None):
        return overlap
    return overlap * text_agreement(words[0] or "", words[1] or "")


def word_errors(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Words to insert, delete or replace to make one out of the other (Levenshtein's distance over words)."""
    numbers: dict[str, int] = {}
    one, other = ([numbers.setdefault(word, len(numbers)) for word in words] for words in (reference, hypothesis))
    while one and other and one[-1] == other[-1]:
        one.pop()
        other.pop()
    across = np.arange(len(other) + 1)
    row, given = across.copy(), np.array(other, dtype=np.int64)
    for line, word in enumerate(one, start=1):
        cheapest = np.empty_like(row)
        cheapest[0] = line
        cheapest[1:] = np.minimum(row[1:] + 1, row[:-1] + (given != word))
        # An insertion carries on from the left; taken off `across`, that is the least seen so far.
        row = np.minimum.accumulate(cheapest - across) + across
    return int(row[-1])


def word_error_rate(reference: str, hypothesis: str) -> float:
    """WER: word errors over the words of the reference, 0.0 or more; cases and spaces do not matter."""
    words, given = reference.casefold().split(), hypothesis.casefold().split()
    if not words:
        return float(len(given) > 0)
    return word_errors(words, given) / len(words)


def text_agreement(left: str, right: str) -> float:
    """1.0 less the word errors over the words of the longer text: WER made the same both ways, 0.0 to 1.0."""
    one, other = left.casefold().split(), right.casefold().split()
    longest = max(len(one), len(other))
    return 1.0 - word_errors(one, other) / longest if longest else 1.0


def kendall_tau(left: Sequence[Any], right: Sequence[Any]) -> float:
    """Kendall's tau of two orders, -1.0 to 1.0: pairs in the same order less those in another, over all pairs.

    What one order leaves out stands at its end, in no order.
    """
    names = sorted({*left, *right}, key=str)
    if len(names) < 2:
        return 1.0
    ranks = [{name: place for place, name in enumerate(order)} for order in (left, right)]
    score = 0
    pairs = 0
    for one, other in combinations(names, 2):
        signs = [_sign(rank.get(one, len(rank)) - rank.get(other, len(rank))) for rank in ranks]
        score += 1 if signs[0] == signs[1] == 0 else signs[0] * signs[1]
        pairs += 1
    return score / pairs


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def order_agreement(left: Sequence[Any], right: Sequence[Any]) -> float:
    """Kendall's tau as a share, 0.0 (reversed) to 1.0 (the same)."""
    return (kendall_tau(left, right) + 1) / 2

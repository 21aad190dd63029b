"""When an item has answers enough: they agree, or one label is likely enough."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from marketplace.quality.agreement import Content, agreement, category

ACCURACY: Final = 0.8
"""How often a worker is taken to be right, in the simple model of `posterior`."""


def posterior(contents: Sequence[Content], classes: int) -> float | None:
    """The chance that the most frequent choice is right, 0.0 to 1.0; None without answers.

    The model: each worker is right with `ACCURACY`, all wrong choices are equally likely, every choice is equally
    likely beforehand, and workers err independently of each other. `classes` is how many choices there are; several
    labels chosen together count as one choice.
    """
    counts = Counter(category(content) for content in contents)
    if not counts:
        return None
    choices = max(classes, len(counts), 2)
    odds = ACCURACY * (choices - 1) / (1 - ACCURACY)
    most = max(counts.values())
    # Divided by odds ** most, so that no large power is ever formed.
    weights = [odds ** (counts[choice] - most) for choice in counts]
    unseen = (choices - len(counts)) * odds**-most
    return 1.0 / (sum(weights) + unseen)


def enough(contents: Sequence[Content], *, agreement_min: float, posterior_min: float | None, classes: int) -> bool:
    """Whether no further answer is wanted; never with fewer than two."""
    found = agreement(contents)
    if found is None:
        return False
    if found >= agreement_min:
        return True
    chance = None if posterior_min is None else posterior(contents, classes)
    return chance is not None and posterior_min is not None and chance >= posterior_min

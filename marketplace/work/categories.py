"""Why an answer was not simply accepted: the published list that every such verdict chooses from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REVIEW_CATEGORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing_label": "Something that should be labeled was left out.",
        "wrong_label": "The label or class is not the right one.",
        "extra_label": "Something was labeled that should not be.",
        "imprecise": "The label is right, its place or extent is not precise enough.",
        "incomplete": "The item was answered in part only.",
        "guideline_broken": "A rule of the guideline was not followed.",
        "unreadable_item": "The item itself is broken or cannot be judged.",
        "no_effort": "The answer shows no attempt at the task.",
        "not_needed": "The answer is right, but is no longer needed.",
        "other": "Another reason, named in the comment.",
    }
)

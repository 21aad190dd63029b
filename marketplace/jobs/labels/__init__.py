"""Kinds of labeling: what a schema may say, and what is a valid answer under it.

One module a kind, all with the functions of `LabelKind`; `KINDS` is the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.jobs.labels import image_boxes, text_classification
from marketplace.jobs.labels.kind import Accessibility, FormField, ItemMeta, LabelKind

KINDS: Final[Mapping[str, LabelKind]] = {
    "image_boxes": image_boxes,
    "text_classification": text_classification,
}

__all__ = ["KINDS", "Accessibility", "FormField", "ItemMeta", "LabelKind"]

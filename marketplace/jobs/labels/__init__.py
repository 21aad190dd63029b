"""Kinds of labeling: what a schema may say, and what is a valid answer under it.

One module a kind, all with the functions of `LabelKind`; `KINDS` is the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.jobs.labels import (
    audio_segments,
    audio_transcript,
    cuboids,
    external,
    free_text,
    image_boxes,
    image_points,
    image_polygons,
    preference,
    ranking,
    text_classification,
    text_spans,
)
from marketplace.jobs.labels.kind import (
    Accessibility,
    Example,
    FormField,
    ItemMeta,
    LabelKind,
    answer_errors,
    schema_errors,
)

KINDS: Final[Mapping[str, LabelKind]] = {
    "image_boxes": image_boxes,
    "image_polygons": image_polygons,
    "image_points": image_points,
    "text_classification": text_classification,
    "text_spans": text_spans,
    "audio_segments": audio_segments,
    "audio_transcript": audio_transcript,
    "cuboids": cuboids,
    "preference": preference,
    "ranking": ranking,
    "free_text": free_text,
    "external": external,
}

__all__ = ["KINDS", "Accessibility", "Example", "FormField", "ItemMeta", "LabelKind", "answer_errors", "schema_errors"]

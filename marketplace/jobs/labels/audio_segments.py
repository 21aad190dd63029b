"""Segments of a sound: who speaks when, what is heard where.

Schema: {"classes": ["speech", …], "segments_min": 0, "segments_max": 200, "overlap": false,
"transcript": "none"}; all but the classes may be left out; "transcript" is "none", "optional" or
"required". Answer: {"segments": [{"label", "start_ms", "end_ms", "transcript"?}, …]}, whole
milliseconds from the beginning of the sound, the end not included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marketplace.jobs.labels.kind import (
    NOTHING_KNOWN,
    Accessibility,
    Example,
    FormField,
    ItemMeta,
    Marks,
    choice_error,
    flag_error,
    is_whole,
    label_error,
    shape_errors,
    text_errors,
)
from marketplace.jobs.labels.ranges import crossing
from marketplace.kernel.errors import FieldError
from marketplace.kernel.texts import say

CONTENT_KEYS: Final = frozenset({"media", "url"})
CONTENT_PARTS: Final[Mapping[str, str]] = {}
MEDIA: Final = "audio"
ACCESSIBILITY: Final = Accessibility(keyboard=True, without_hearing=False, without_sight=True, phone=True)
DURATION_MS_MAX: Final = 24 * 60 * 60 * 1000
TRANSCRIPT_MAX: Final = 4000
MARKS: Final = Marks("segments", "segment", 500)
EXAMPLE: Final = Example(
    {"classes": ["speech", "music"], "transcript": "optional"},
    {"url": "https://sounds.example.org/17.mp3"},
    {
        "segments": [
            {"label": "music", "start_ms": 0, "end_ms": 3200},
            {"label": "speech", "start_ms": 3200, "end_ms": 9550, "transcript": "Good evening."},
        ]
    },
    ItemMeta(duration_ms=12_000),
)

_SEGMENT: Final = frozenset({"label", "start_ms", "end_ms"})
_TRANSCRIPT: Final = ("none", "optional", "required")


def validate_schema(schema: Any) -> list[FieldError]:
    """Everything wrong with a label schema; empty is good."""
    errors = MARKS.schema_errors(schema, frozenset({"overlap", "transcript"}))
    if isinstance(schema, dict):
        errors.extend(flag_error(schema, "overlap"))
        errors.extend(choice_error(schema.get("transcript", "none"), "/transcript", _TRANSCRIPT))
    return errors


def validate_answer(schema: Mapping[str, Any], content: Any, item: ItemMeta) -> list[FieldError]:
    """Everything wrong with an answer under a valid schema; empty is good."""
    errors = MARKS.answer_errors(schema, content, lambda segment: _segment_errors(schema, segment, item))
    if not errors:
        segments = [(one["start_ms"], one["end_ms"], one["label"]) for one in content["segments"]]
        errors.extend(crossing(segments, "segments", "sound", overlap=schema.get("overlap", False)))
    return errors


def _segment_errors(schema: Mapping[str, Any], segment: Any, item: ItemMeta) -> Iterator[FieldError]:
    asked = schema.get("transcript", "none")
    needed, optional = (_SEGMENT | {"transcript"}, _SEGMENT) if asked == "required" else (_SEGMENT, {"transcript"})
    errors = shape_errors(segment, needed, frozenset(optional if asked == "optional" else set()))
    if errors:
        yield from errors
        return
    yield from label_error(schema, segment["label"])
    start, end = segment["start_ms"], segment["end_ms"]
    longest = DURATION_MS_MAX if item.duration_ms is None else item.duration_ms
    if not is_whole(start, 0, DURATION_MS_MAX):
        yield FieldError("/start_ms", "out_of_range", say("A time in whole milliseconds, not negative."))
    elif not is_whole(end, start + 1, DURATION_MS_MAX):
        yield FieldError("/end_ms", "out_of_range", say("A segment ends after its start."))
    elif end > longest:
        yield FieldError(
            "/end_ms",
            "outside_sound",
            say("The sound ends after %(longest)s seconds.", longest=f"{longest / 1000:g}"),
        )
    if "transcript" in segment:
        yield from text_errors(segment["transcript"], "/transcript", 1, TRANSCRIPT_MAX)


def form(schema: Mapping[str, Any], item: ItemMeta = NOTHING_KNOWN) -> list[FormField]:  # noqa: ARG001 - as LabelKind
    """The fields of an answer under a valid schema."""
    rows = MARKS.field(schema)
    if schema.get("transcript", "none") == "none":
        return [rows]
    return [FormField(rows.name, "spoken_segments", rows.options, rows.minimum, rows.maximum)]

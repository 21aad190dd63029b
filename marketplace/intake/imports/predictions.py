"""A prediction of Label Studio as the answer that a pre-label proposes, in our units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

_RESULT: Final = frozenset({"value", "type", "from_name", "to_name"})
_SIZE: Final = ("original_width", "original_height")
_MEASURE_MAX: Final = 1_000_000
_RESULT_LOOKS: Final = frozenset({*_SIZE, "original_length", "id", "image_rotation", "score", "origin"})


class UnmappedError(Exception):
    """Something of a task that has no place here; the text is one sentence."""


Results = Sequence[Any]
Read = Callable[[Results, Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]


def proposed_answer(kind: str, results: Results, schema: Mapping[str, Any], content: Mapping[str, Any]) -> Any:
    """The answer that the results propose for an item with this content. Raises UnmappedError."""
    read = _READERS.get(kind)
    if read is None:
        raise UnmappedError(f"Predictions are not mapped for jobs of the kind {kind}.")
    return read(results, schema, content)


def _results(results: Results, kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for result in results:
        if not isinstance(result, dict) or not isinstance(result.get("value"), dict):
            raise UnmappedError("A result is an object with a value.")
        unknown = sorted(result.keys() - _RESULT - _RESULT_LOOKS)
        if unknown:
            raise UnmappedError(f"{unknown[0][:40]} of a result has no counterpart here.")
        if result.get("type") != kind:
            raise UnmappedError(f"A result of type {str(result.get('type'))[:40]!r} has no counterpart here.")
        yield result, result["value"]


def _label(value: Mapping[str, Any], name: str, mark: str) -> Any:
    labels = value.get(name)
    if not isinstance(labels, list) or len(labels) != 1:
        raise UnmappedError(f"A {mark} has one label here.")
    return labels[0]


def _numbers(found: Sequence[Any], what: str) -> list[float]:
    for one in found:
        # NaN fails the comparison, and what is too large for arithmetic is no measure of an image either.
        if isinstance(one, bool) or not isinstance(one, int | float) or not abs(one) <= _MEASURE_MAX:
            raise UnmappedError(what)
    return list(found)


def _boxes(results: Results, _schema: Mapping[str, Any], _content: Mapping[str, Any]) -> dict[str, Any]:
    boxes = []
    for result, value in _results(results, "rectanglelabels"):
        label = _label(value, "rectanglelabels", "box")
        if value.get("rotation") or result.get("image_rotation"):
            raise UnmappedError("A turned box or image has no counterpart here.")
        boxes.append({"label": label, **_pixels(value, result)})
    return {"boxes": boxes}


def _pixels(value: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, int]:
    """Percent of the image as whole pixels: both edges are rounded, so that neighbours stay neighbours."""
    found = (*(value.get(name) for name in ("x", "y", "width", "height")), *map(result.get, _SIZE))
    words = "A box needs x, y, width and height in percent, and original_width and _height."
    x, y, width, height, image_width, image_height = _numbers(found, words)
    left, right = round(x * image_width / 100), round((x + width) * image_width / 100)
    top, bottom = round(y * image_height / 100), round((y + height) * image_height / 100)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def _corner(result: Mapping[str, Any], corner: Any) -> list[int]:
    words = "A corner or point needs x and y in percent, and original_width and _height."
    if not isinstance(corner, list) or len(corner) != 2:
        raise UnmappedError(words)
    x, y, width, height = _numbers((*corner, *map(result.get, _SIZE)), words)
    return [round(x * width / 100), round(y * height / 100)]


def _polygons(results: Results, _schema: Mapping[str, Any], _content: Mapping[str, Any]) -> dict[str, Any]:
    polygons = []
    for result, value in _results(results, "polygonlabels"):
        corners = value.get("points")
        if not isinstance(corners, list) or value.get("closed") is False or result.get("image_rotation"):
            raise UnmappedError("A polygon is a closed list of corners on an image that is not turned.")
        label = _label(value, "polygonlabels", "polygon")
        polygons.append({"label": label, "points": [_corner(result, corner) for corner in corners]})
    return {"polygons": polygons}


def _points(results: Results, _schema: Mapping[str, Any], _content: Mapping[str, Any]) -> dict[str, Any]:
    points = []
    for result, value in _results(results, "keypointlabels"):
        x, y = _corner(result, [value.get("x"), value.get("y")])
        points.append({"label": _label(value, "keypointlabels", "point"), "x": x, "y": y})
    return {"points": points}


def _spans(results: Results, _schema: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    text = content.get("text")
    # Where each code point begins, counted in UTF-16 units as that program's browser does.
    units = [0, *accumulate(2 if character > "\uffff" else 1 for character in (text if isinstance(text, str) else ""))]
    places = {unit: place for place, unit in enumerate(units)}
    spans = []
    for _, value in _results(results, "labels"):
        start, end = (places.get(value[name]) if type(value.get(name)) is int else None for name in ("start", "end"))
        if start is None or end is None:
            raise UnmappedError("A span needs start and end within the text, as whole numbers.")
        spans.append({"label": _label(value, "labels", "span"), "start": start, "end": end})
    return {"spans": spans}


def _segments(results: Results, _schema: Mapping[str, Any], _content: Mapping[str, Any]) -> dict[str, Any]:
    segments = []
    for _, value in _results(results, "labels"):
        start, end = _numbers((value.get("start"), value.get("end")), "A segment needs start and end in seconds.")
        segment = {"start_ms": round(start * 1000), "end_ms": round(end * 1000)}
        segments.append({"label": _label(value, "labels", "segment"), **segment})
    return {"segments": segments}


def _text(results: Results, _schema: Mapping[str, Any], _content: Mapping[str, Any]) -> dict[str, Any]:
    found = [value.get("text") for _, value in _results(results, "textarea")]
    text = found[0] if len(found) == 1 else None
    if isinstance(text, list) and len(text) == 1:
        text = text[0]
    if not isinstance(text, str):
        raise UnmappedError("The prediction writes not one text.")
    return {"text": text}


def _labels(results: Results, schema: Mapping[str, Any], _content: Mapping[str, Any]) -> dict[str, Any]:
    found: list[Any] = []
    for _, value in _results(results, "choices"):
        choices = value.get("choices")
        if not isinstance(choices, list):
            raise UnmappedError("choices of a result is a list.")
        found += choices
    if schema.get("multiple"):
        return {"labels": found}
    if len(found) != 1:
        raise UnmappedError("The prediction chooses not one class.")
    return {"label": found[0]}


_READERS: Final[Mapping[str, Read]] = {
    "image_boxes": _boxes,
    "image_polygons": _polygons,
    "image_points": _points,
    "text_classification": _labels,
    "text_spans": _spans,
    "audio_segments": _segments,
    "audio_transcript": _text,
    "free_text": _text,
}

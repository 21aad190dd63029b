"""An answer as the results of a Label Studio annotation (labelstud.io/guide/export and labelstud.io/tags).

That program counts places on images in percent, places in texts in UTF-16 units as its browser does, and times in
seconds. Names: "label" is the control, "image", "audio" or "text" the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marketplace.exports.errors import IMAGE_SIZE_UNKNOWN
from marketplace.exports.reading import ResultRow
from marketplace.kernel.ids import public

Region = dict[str, Any]

SIDES: Final = {"a": "left", "b": "right"}


def regions(row: ResultRow) -> Iterator[Region]:
    """The results that say what the answer says. Raises image_size_unknown for marks on an image of unknown size."""
    answer = row.final
    for name, of_mark in (("boxes", _box), ("polygons", _polygon), ("points", _point)):
        if name in answer:
            for number, mark in enumerate(answer[name], start=1):
                yield _on_image(row, number, *of_mark(row, mark))
            return
    if "spans" in answer:
        yield from (_span(row, number, span) for number, span in enumerate(answer["spans"], start=1))
    elif "segments" in answer:
        for number, segment in enumerate(answer["segments"], start=1):
            yield from _segment(row, number, segment)
    elif "choice" in answer:
        yield from _preference(answer)
    elif "order" in answer:
        yield {
            "from_name": "rank",
            "to_name": "items",
            "type": "ranker",
            "value": {"ranker": {"rank": answer["order"]}},
        }
    elif "text" in answer:
        yield _written("text", object_of(row), answer["text"])
    else:
        yield _chosen("label", "text", answer["labels"] if "labels" in answer else [answer["label"]])


def object_of(row: ResultRow) -> str:
    """The name of what is labeled."""
    return next((name for name in ("text", "prompt") if name in row.input), "audio")


def _on_image(row: ResultRow, number: int, sort: str, value: Mapping[str, Any]) -> Region:
    return {
        "id": f"{row.answer_id}-{number}",
        "from_name": "label",
        "to_name": "image",
        "type": sort,
        "original_width": row.width,
        "original_height": row.height,
        "image_rotation": 0,
        "value": value,
    }


def _percent(row: ResultRow, x: int, y: int) -> tuple[float, float]:
    if row.width is None or row.height is None:
        message = f"The image of the item {row.external_id!r} has not been fetched, and its size is not known."
        raise IMAGE_SIZE_UNKNOWN.error(message, item=public("item", row.item_id))
    return x * 100 / row.width, y * 100 / row.height


def _box(row: ResultRow, box: Mapping[str, Any]) -> tuple[str, Region]:
    x, y = _percent(row, box["x"], box["y"])
    width, height = _percent(row, box["width"], box["height"])
    value = {"x": x, "y": y, "width": width, "height": height, "rotation": 0, "rectanglelabels": [box["label"]]}
    return "rectanglelabels", value


def _polygon(row: ResultRow, polygon: Mapping[str, Any]) -> tuple[str, Region]:
    corners = [list(_percent(row, x, y)) for x, y in polygon["points"]]
    return "polygonlabels", {"points": corners, "closed": True, "polygonlabels": [polygon["label"]]}


def _point(row: ResultRow, point: Mapping[str, Any]) -> tuple[str, Region]:
    x, y = _percent(row, point["x"], point["y"])
    return "keypointlabels", {"x": x, "y": y, "width": 0.5, "keypointlabels": [point["label"]]}


def utf16_units(text: str, place: int) -> int:
    """A place in a text counted in UTF-16 units instead of code points."""
    return len(text[:place].encode("utf-16-le")) // 2


def _span(row: ResultRow, number: int, span: Mapping[str, Any]) -> Region:
    text: str = row.input["text"]
    start, end = span["start"], span["end"]
    value = {
        "start": utf16_units(text, start),
        "end": utf16_units(text, end),
        "text": text[start:end],
        "labels": [span["label"]],
    }
    return {
        "id": f"{row.answer_id}-{number}", "from_name": "label", "to_name": "text", "type": "labels", "value": value
    }  # fmt: skip


def _segment(row: ResultRow, number: int, segment: Mapping[str, Any]) -> Iterator[Region]:
    place = {"start": segment["start_ms"] / 1000, "end": segment["end_ms"] / 1000, "channel": 0}
    name = {"id": f"{row.answer_id}-{number}", "to_name": "audio"}
    yield {**name, "from_name": "label", "type": "labels", "value": {**place, "labels": [segment["label"]]}}
    if "transcript" in segment:
        value = {**place, "text": [segment["transcript"]]}
        yield {**name, "from_name": "transcript", "type": "textarea", "value": value}


def _preference(answer: Mapping[str, Any]) -> Iterator[Region]:
    if answer["choice"] in SIDES:
        selected = {"selected": SIDES[answer["choice"]]}
        yield {"from_name": "better", "to_name": "a,b", "type": "pairwise", "value": selected}
    else:
        # Its own tag for pairs knows no tie.
        yield _chosen("tie", "prompt", ["tie"])
    if "reason" in answer:
        yield _written("reason", "prompt", answer["reason"])


def _written(name: str, to_name: str, text: str) -> Region:
    return {"from_name": name, "to_name": to_name, "type": "textarea", "value": {"text": [text]}}


def _chosen(name: str, to_name: str, chosen: list[str]) -> Region:
    return {"from_name": name, "to_name": to_name, "type": "choices", "value": {"choices": chosen}}

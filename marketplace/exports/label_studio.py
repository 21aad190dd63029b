"""Results as Label Studio's JSON: one task an item, one annotation an answer (labelstud.io/guide/export)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from marketplace.exports.errors import IMAGE_SIZE_UNKNOWN
from marketplace.exports.reading import ResultRow, Subject, count_results, results
from marketplace.exports.results import provenance
from marketplace.exports.sink import Sink, json_text
from marketplace.kernel.ids import public


def write_label_studio(session: Session, subject: Subject, sink: Sink) -> None:
    """label_studio.json: regions in percent of the image as that program counts, choices for texts.

    Raises image_size_unknown for a box on an image whose size we do not know.
    """
    sink.expect(count_results(session, subject))
    sink.write("[")
    with closing(results(session, subject)) as rows:
        _write_tasks(rows, sink)
    sink.write("\n]\n")


def _write_tasks(rows: Iterable[ResultRow], sink: Sink) -> None:
    written = 0
    for number, (_, answers) in enumerate(groupby(rows, key=lambda row: row.item_id), start=1):
        annotations = []
        for row in answers:
            written += 1
            result = list(_regions(row))
            annotations.append({"id": written, "was_cancelled": False, "result": result, "meta": provenance(row)})
            sink.row()
            sink.step()
        task = {"id": number, "data": _data(row), "annotations": annotations}
        sink.write((",\n" if number > 1 else "\n") + json_text(task))


def _data(row: ResultRow) -> dict[str, Any]:
    known = {"external_id": row.external_id, "item_id": public("item", row.item_id), "rate": row.rate_code}
    if "text" in row.input:
        return {"text": row.input["text"], **known}
    return {"image": row.input.get("url") or row.input["media"], **known}


def _regions(row: ResultRow) -> Iterator[dict[str, Any]]:
    if "boxes" in row.final:
        for number, box in enumerate(row.final["boxes"], start=1):
            yield _rectangle(row, number, box)
        return
    chosen = row.final["labels"] if "labels" in row.final else [row.final["label"]]
    yield {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": chosen}}


def _rectangle(row: ResultRow, number: int, box: dict[str, Any]) -> dict[str, Any]:
    if row.width is None or row.height is None:
        message = f"The image of the item {row.external_id!r} has not been fetched, and its size is not known."
        raise IMAGE_SIZE_UNKNOWN.error(message, item=public("item", row.item_id))
    return {
        "id": f"{row.answer_id}-{number}",
        "from_name": "label",
        "to_name": "image",
        "type": "rectanglelabels",
        "original_width": row.width,
        "original_height": row.height,
        "image_rotation": 0,
        "value": {
            "x": box["x"] * 100 / row.width,
            "y": box["y"] * 100 / row.height,
            "width": box["width"] * 100 / row.width,
            "height": box["height"] * 100 / row.height,
            "rotation": 0,
            "rectanglelabels": [box["label"]],
        },
    }

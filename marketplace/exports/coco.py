"""Boxes and outlines as COCO's object detection format (cocodataset.org/#format-data)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from sqlalchemy.orm import Session

from marketplace.db.streaming import stream
from marketplace.exports.reading import STATEMENTS, ResultRow, Subject, count_results, results
from marketplace.exports.results import provenance
from marketplace.exports.sink import Sink, json_text
from marketplace.jobs.labels.image_polygons import area_twice
from marketplace.kernel.ids import public


def write_coco(session: Session, subject: Subject, sink: Sink) -> None:
    """coco.json: an image for each item with an answer, an annotation for each mark, categories numbered from 1.

    With a redundancy above 1 an image has the marks of each of its answers; `attributes` say whose. Where an image
    named by an address was not fetched, its width and height are left out.
    """
    job = subject.of_job
    categories = {name: number for number, name in enumerate(job.label_schema["classes"], start=1)}
    head = {"description": job.title, "version": "1.0"}
    sink.expect(count_results(session, subject))
    sink.write(f'{{"info":{json_text(head)},"licenses":[],"categories":')
    sink.write(json_text([{"id": number, "name": name, "supercategory": ""} for name, number in categories.items()]))
    sink.write(',"images":[')
    with closing(stream(session, STATEMENTS.images, subject.parameters)) as images:
        for number, row in enumerate(images, start=1):
            sink.write(("," if number > 1 else "") + json_text(_image(number, row)))
    sink.write('],"annotations":[')
    with closing(results(session, subject)) as rows:
        _write_annotations(rows, sink, categories)
    sink.write("]}\n")


def _write_annotations(rows: Iterable[ResultRow], sink: Sink, categories: dict[str, int]) -> None:
    image, number = 0, 0
    item_id: uuid.UUID | None = None
    for row in rows:
        # Both statements give the items in one order, out of one snapshot: counting them gives the same numbers.
        if row.item_id != item_id:
            image, item_id = image + 1, row.item_id
        for mark in row.final["boxes" if "boxes" in row.final else "polygons"]:
            number += 1
            annotation = {
                "id": number,
                "image_id": image,
                "category_id": categories[mark["label"]],
                **_shape(mark),
                "iscrowd": 0,
                "attributes": provenance(row),
            }
            sink.write(("," if number > 1 else "") + json_text(annotation))
        sink.row()
        sink.step()


def _shape(mark: Mapping[str, Any]) -> dict[str, Any]:
    if "points" not in mark:
        box = [mark["x"], mark["y"], mark["width"], mark["height"]]
        return {"bbox": box, "area": mark["width"] * mark["height"], "segmentation": []}
    corners = mark["points"]
    left, top = (min(corner[axis] for corner in corners) for axis in (0, 1))
    width, height = (max(corner[axis] for corner in corners) - start for axis, start in ((0, left), (1, top)))
    segmentation = [[place for corner in corners for place in corner]]
    return {"bbox": [left, top, width, height], "area": area_twice(corners) / 2, "segmentation": segmentation}


def _image(number: int, row: Any) -> dict[str, Any]:
    url = row.input.get("url")
    image = {
        "id": number,
        "file_name": row.filename or (url.rpartition("/")[2] if url else "") or row.external_id,
        "external_id": row.external_id,
        "item_id": public("item", row.item_id),
    }
    if row.width is not None:
        image |= {"width": row.width, "height": row.height}
    return image if url is None else {**image, "coco_url": url}

"""Results as Label Studio's JSON: one task an item, one annotation an answer (labelstud.io/guide/export)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from marketplace.exports.label_studio_regions import regions
from marketplace.exports.reading import ResultRow, Subject, count_results, results
from marketplace.exports.results import provenance
from marketplace.exports.sink import Sink, json_text
from marketplace.jobs.labels import KINDS
from marketplace.kernel.ids import public


def write_label_studio(session: Session, subject: Subject, sink: Sink) -> None:
    """label_studio.json: every answer as that program would have saved it.

    Raises image_size_unknown for a mark on an image whose size we do not know.
    """
    sink.expect(count_results(session, subject))
    sink.write("[")
    with closing(results(session, subject)) as rows:
        _write_tasks(rows, sink, KINDS[subject.of_job.kind].MEDIA)
    sink.write("\n]\n")


def _write_tasks(rows: Iterable[ResultRow], sink: Sink, media: str) -> None:
    written = 0
    for number, (_, answers) in enumerate(groupby(rows, key=lambda row: row.item_id), start=1):
        annotations = []
        for row in answers:
            written += 1
            result = list(regions(row))
            annotations.append({"id": written, "was_cancelled": False, "result": result, "meta": provenance(row)})
            sink.row()
            sink.step()
        task = {"id": number, "data": _data(row, media), "annotations": annotations}
        sink.write((",\n" if number > 1 else "\n") + json_text(task))


def _data(row: ResultRow, media: str) -> dict[str, Any]:
    known = {"external_id": row.external_id, "item_id": public("item", row.item_id), "rate": row.rate_code}
    if "options" in row.input:
        items = [{"id": key, "title": key, "body": text} for key, text in row.input["options"].items()]
        return {"prompt": row.input["prompt"], "items": items, **known}
    texts: dict[str, Any] = {name: row.input[name] for name in ("text", "prompt", "a", "b") if name in row.input}
    if texts:
        return {**texts, **known}
    return {media: row.input.get("url") or row.input["media"], **known}

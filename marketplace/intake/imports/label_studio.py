"""Label Studio's tasks as rows of items; the predictions of a model become pre-labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from marketplace.intake.imports.plan import Columns, Plan
from marketplace.jobs.item_rows import EXTERNAL_ID_MAX, ItemRow
from marketplace.kernel.money import PPM

_TASK: Final = frozenset({"data", "id", "predictions", "annotations"})
_BOOKKEEPING: Final = frozenset(
    {"inner_id", "created_at", "updated_at", "updated_by", "project", "file_upload", "total_annotations",
     "cancelled_annotations", "total_predictions", "comment_count", "unresolved_comment_count",
     "last_comment_updated_at", "comment_authors", "allow_skip", "is_labeled", "overlap"}
)  # fmt: skip
"""What the tool notes for itself about a task; an item has its own such notes."""
_EMPTY: Final = frozenset({"annotations", "drafts", "meta"})
"""What may stand there as long as there is nothing in it."""
_RESULT: Final = frozenset({"value", "type", "from_name", "to_name"})
_SIZE: Final = ("original_width", "original_height")
_MEASURE_MAX: Final = 1_000_000
_RESULT_LOOKS: Final = frozenset({*_SIZE, "id", "image_rotation", "score", "origin"})


class _UnmappedError(Exception):
    """Something of a task that has no place here."""


def task_rows(tasks: Sequence[Any], plan: Plan, columns: Columns) -> Iterator[ItemRow]:
    """A row for each task, numbered from 1; of a task that cannot be one, what stands in the way."""
    field = columns.content or plan.content_field
    for number, task in enumerate(tasks, start=1):
        try:
            yield _row(number, task, field, plan, columns)
        except _UnmappedError as problem:
            name = str(task["id"])[:EXTERNAL_ID_MAX] if isinstance(task, dict) and "id" in task else ""
            yield ItemRow(number, name, "", None, str(problem))


def _row(number: int, task: Any, field: str, plan: Plan, columns: Columns) -> ItemRow:
    if not isinstance(task, dict):
        raise _UnmappedError("A task is an object.")
    data = task.get("data")
    if data is None:
        # The short form: the task is its data.
        task, data = {"data": task}, task
    if not isinstance(data, dict):
        raise _UnmappedError("data of a task is an object.")
    for name in sorted(task.keys() - _TASK - _BOOKKEEPING):
        if name not in _EMPTY:
            raise _UnmappedError(f"{name[:40]} of a task has no counterpart here.")
    for name in sorted(_EMPTY & task.keys()):
        if task[name]:
            raise _UnmappedError(f"{name} are answers or notes of people, which are not imported.")
    used = {field, columns.external_id, columns.rate} - {""}
    unused = sorted(data.keys() - used - columns.ignored)
    if unused:
        raise _UnmappedError(f"data.{unused[0][:40]} is not mapped; map it, or name it under ignore.")
    content = {_key(plan.kind, data.get(field)): data.get(field)}
    return ItemRow(
        number, _name(task, data, number, columns), _rate(data, columns), content, prelabel=_prelabel(task, plan)
    )


def _key(kind: str, value: Any) -> str:
    if kind != "image_boxes":
        return "text"
    return "media" if isinstance(value, str) and value.startswith("med_") else "url"


def _name(task: Mapping[str, Any], data: Mapping[str, Any], number: int, columns: Columns) -> str:
    own = task.get("id", f"{columns.prefix}{number}")
    found = data.get(columns.external_id) if columns.external_id else own
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise _UnmappedError(f"{columns.external_id or 'id'} is no text and no whole number.")
    return str(found)


def _rate(data: Mapping[str, Any], columns: Columns) -> str:
    found = data.get(columns.rate) if columns.rate else columns.rate_code
    if not isinstance(found, str):
        raise _UnmappedError(f"data.{columns.rate[:40]} is no rate code.")
    return found


def _prelabel(task: Mapping[str, Any], plan: Plan) -> dict[str, Any] | None:
    predictions = task.get("predictions") or []
    if not isinstance(predictions, list) or len(predictions) > 1:
        raise _UnmappedError("An item has one proposal; this task has several predictions.")
    if not predictions:
        return None
    prediction = predictions[0]
    if not isinstance(prediction, dict) or not isinstance(prediction.get("result"), list):
        raise _UnmappedError("A prediction is an object with a list of results.")
    model = prediction.get("model_version")
    if not isinstance(model, str) or not model:
        raise _UnmappedError("The prediction names no model_version; a proposal says whose it is.")
    answer = _boxes(prediction["result"]) if plan.kind == "image_boxes" else _labels(prediction["result"], plan)
    found: dict[str, Any] = {"answer": answer, "model": model}
    score = prediction.get("score")
    if score is not None:
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            raise _UnmappedError("The score of a prediction is a number from 0 to 1.")
        found["confidence_ppm"] = round(score * PPM)
    return found


def _results(results: Sequence[Any], kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for result in results:
        if not isinstance(result, dict) or not isinstance(result.get("value"), dict):
            raise _UnmappedError("A result is an object with a value.")
        unknown = sorted(result.keys() - _RESULT - _RESULT_LOOKS)
        if unknown:
            raise _UnmappedError(f"{unknown[0][:40]} of a result has no counterpart here.")
        if result.get("type") != kind:
            raise _UnmappedError(f"A result of type {str(result.get('type'))[:40]!r} has no counterpart here.")
        yield result, result["value"]


def _boxes(results: Sequence[Any]) -> dict[str, Any]:
    boxes = []
    for result, value in _results(results, "rectanglelabels"):
        labels = value.get("rectanglelabels")
        if not isinstance(labels, list) or len(labels) != 1:
            raise _UnmappedError("A box has one label here.")
        if value.get("rotation") or result.get("image_rotation"):
            raise _UnmappedError("A turned box or image has no counterpart here.")
        boxes.append({"label": labels[0], **_pixels(value, result)})
    return {"boxes": boxes}


def _pixels(value: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, int]:
    """Percent of the image as whole pixels: both edges are rounded, so that neighbours stay neighbours."""
    found: list[float] = []
    for one in (*(value.get(name) for name in ("x", "y", "width", "height")), *map(result.get, _SIZE)):
        # NaN fails the comparison, and what is too large for arithmetic is no measure of an image either.
        if isinstance(one, bool) or not isinstance(one, int | float) or not abs(one) <= _MEASURE_MAX:
            raise _UnmappedError("A box needs x, y, width and height in percent, and original_width and _height.")
        found.append(one)
    x, y, width, height, image_width, image_height = found
    left, right = round(x * image_width / 100), round((x + width) * image_width / 100)
    top, bottom = round(y * image_height / 100), round((y + height) * image_height / 100)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def _labels(results: Sequence[Any], plan: Plan) -> dict[str, Any]:
    found: list[Any] = []
    for _, value in _results(results, "choices"):
        choices = value.get("choices")
        if not isinstance(choices, list):
            raise _UnmappedError("choices of a result is a list.")
        found += choices
    if plan.label_schema.get("multiple"):
        return {"labels": found}
    if len(found) != 1:
        raise _UnmappedError("The prediction chooses not one class.")
    return {"label": found[0]}

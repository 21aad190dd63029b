"""Label Studio's tasks as rows of items; the predictions of a model become pre-labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from marketplace.intake.imports.plan import Columns, Plan
from marketplace.intake.imports.predictions import UnmappedError, proposed_answer
from marketplace.jobs.item_rows import EXTERNAL_ID_MAX, ItemRow
from marketplace.jobs.labels import KINDS
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


def task_rows(tasks: Sequence[Any], plan: Plan, columns: Columns) -> Iterator[ItemRow]:
    """A row for each task, numbered from 1; of a task that cannot be one, what stands in the way."""
    field = columns.content or plan.content_field
    for number, task in enumerate(tasks, start=1):
        try:
            yield _row(number, task, field, plan, columns)
        except UnmappedError as problem:
            name = str(task["id"])[:EXTERNAL_ID_MAX] if isinstance(task, dict) and "id" in task else ""
            yield ItemRow(number, name, "", None, str(problem))


def _row(number: int, task: Any, field: str, plan: Plan, columns: Columns) -> ItemRow:
    if not isinstance(task, dict):
        raise UnmappedError("A task is an object.")
    data = task.get("data")
    if data is None:
        # The short form: the task is its data.
        task, data = {"data": task}, task
    if not isinstance(data, dict):
        raise UnmappedError("data of a task is an object.")
    for name in sorted(task.keys() - _TASK - _BOOKKEEPING):
        if name not in _EMPTY:
            raise UnmappedError(f"{name[:40]} of a task has no counterpart here.")
    for name in sorted(_EMPTY & task.keys()):
        if task[name]:
            raise UnmappedError(f"{name} are answers or notes of people, which are not imported.")
    used = {field, columns.external_id, columns.rate} - {""}
    unused = sorted(data.keys() - used - columns.ignored)
    if unused:
        raise UnmappedError(f"data.{unused[0][:40]} is not mapped; map it, or name it under ignore.")
    content = {content_key(plan.kind, data.get(field)): data.get(field)}
    prelabel = _prelabel(task, plan, content)
    return ItemRow(number, _name(task, data, number, columns), _rate(data, columns), content, prelabel=prelabel)


def content_key(kind: str, value: Any) -> str:
    """The key of an item's content that holds this value."""
    if not KINDS[kind].MEDIA:
        return "text"
    return "media" if isinstance(value, str) and value.startswith("med_") else "url"


def _name(task: Mapping[str, Any], data: Mapping[str, Any], number: int, columns: Columns) -> str:
    own = task.get("id", f"{columns.prefix}{number}")
    found = data.get(columns.external_id) if columns.external_id else own
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise UnmappedError(f"{columns.external_id or 'id'} is no text and no whole number.")
    return str(found)


def _rate(data: Mapping[str, Any], columns: Columns) -> str:
    found = data.get(columns.rate) if columns.rate else columns.rate_code
    if not isinstance(found, str):
        raise UnmappedError(f"data.{columns.rate[:40]} is no rate code.")
    return found


def _prelabel(task: Mapping[str, Any], plan: Plan, content: Mapping[str, Any]) -> dict[str, Any] | None:
    predictions = task.get("predictions") or []
    if not isinstance(predictions, list) or len(predictions) > 1:
        raise UnmappedError("An item has one proposal; this task has several predictions.")
    if not predictions:
        return None
    prediction = predictions[0]
    if not isinstance(prediction, dict) or not isinstance(prediction.get("result"), list):
        raise UnmappedError("A prediction is an object with a list of results.")
    model = prediction.get("model_version")
    if not isinstance(model, str) or not model:
        raise UnmappedError("The prediction names no model_version; a proposal says whose it is.")
    answer = proposed_answer(plan.kind, prediction["result"], plan.label_schema, content)
    found: dict[str, Any] = {"answer": answer, "model": model}
    score = prediction.get("score")
    if score is not None:
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            raise UnmappedError("The score of a prediction is a number from 0 to 1.")
        found["confidence_ppm"] = round(score * PPM)
    return found

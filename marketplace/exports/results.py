"""Results as lines of JSON, the canonical form, and as CSV with a column for each field of item and answer."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.exports.reading import ResultRow, Subject, count_results, results
from marketplace.exports.sink import Sink, json_text
from marketplace.jobs.labels import KINDS
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.kernel.spreadsheets import csv_line

COLUMNS: Final = (
    "answer_id", "item_id", "external_id", "rate", "ordinal", "state", "used", "attempt", "guideline_version", "worker",
    "submitted_at", "decided_at", "decided_by", "corrected", "price", "currency",
)  # fmt: skip


def write_lines(session: Session, subject: Subject, sink: Sink) -> None:
    """results.jsonl: one answer a line, keys in order, times RFC 3339, money as decimal string and currency."""
    sink.expect(count_results(session, subject))
    with closing(results(session, subject)) as rows:
        for row in rows:
            item = {"external_id": row.external_id, "id": public("item", row.item_id), "input": row.input}
            line = {
                **provenance(row),
                "item": {**item, "ordinal": row.ordinal, "rate": row.rate_code},
                "answer": row.content,
                "correction": row.correction,
                "price": row.price.to_wire(),
            }
            sink.write(json_text(line) + "\n")
            sink.row()
            sink.step()


def write_table(session: Session, subject: Subject, sink: Sink) -> None:
    """results.csv: the same, with `Input.*` of the item and `Answer.*` of the answer; lists are JSON.

    Where a reviewer corrected an answer, `corrected` says so, and `Answer.*` are as corrected.
    """
    job = subject.of_job
    kind = KINDS[job.kind]
    inputs = sorted(kind.CONTENT_KEYS)
    answers = [field.name for field in kind.form(job.label_schema)]
    sink.expect(count_results(session, subject))
    sink.write(csv_line([*COLUMNS, *(f"Input.{key}" for key in inputs), *(f"Answer.{key}" for key in answers)]))
    with closing(results(session, subject)) as rows:
        for row in rows:
            of_item = [_cell(row.input.get(key)) for key in inputs]
            of_answer = [_cell(row.final.get(key)) for key in answers]
            sink.write(csv_line([*_cells(row), *of_item, *of_answer]))
            sink.row()
            sink.step()


def _cells(row: ResultRow) -> list[Any]:
    cells = {
        **provenance(row),
        "item_id": public("item", row.item_id),
        "external_id": row.external_id,
        "rate": row.rate_code,
        "ordinal": row.ordinal,
        "price": row.price.text(),
        "currency": row.price.currency,
    }
    return [cells[name] for name in COLUMNS]


def provenance(row: ResultRow) -> dict[str, Any]:
    """Where an answer came from, the same in every format: never who gave it, by name or by address."""
    return {
        "answer_id": row.answer_id,
        "state": row.state,
        "used": row.used,
        "attempt": row.attempt,
        "guideline_version": row.guideline_version,
        "worker": row.worker,
        "submitted_at": instant(row.submitted_at),
        "decided_at": instant(row.decided_at),
        "decided_by": row.decided_by,
        "corrected": row.correction is not None,
    }


def _cell(value: Any) -> Any:
    return json_text(value) if isinstance(value, (dict, list)) else value

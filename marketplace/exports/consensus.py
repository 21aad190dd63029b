"""What the accepted answers to each item say together, as lines of JSON."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from sqlalchemy.orm import Session

from marketplace.db.streaming import stream
from marketplace.exports.reading import STATEMENTS, Subject
from marketplace.exports.sink import Sink, json_text
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public


def write_consensus(session: Session, subject: Subject, sink: Sink) -> None:
    """consensus.jsonl: one item a line, with its value, confidence, and the answers these come from.

    Workers have the pseudonyms of results.jsonl. Items without an accepted answer have no line.
    """
    parameters = {"job_id": subject.of_job.id}
    sink.expect(int(session.execute(STATEMENTS.count_consensus, parameters).scalar_one()))
    with closing(stream(session, STATEMENTS.consensus, parameters)) as rows:
        for row in rows:
            sink.write(json_text(_line(subject, row)) + "\n")
            sink.row()
            sink.step()


def _line(subject: Subject, row: Any) -> dict[str, Any]:
    agreements = row.agreements or [None] * len(row.answers)
    parts = zip(row.answers, row.workers, row.weights, agreements, strict=True)
    return {
        "item": {
            "external_id": row.external_id,
            "id": public("item", row.item_id),
            "input": row.input,
            "ordinal": row.ordinal,
            "rate": row.rate_code,
        },
        "value": row.value,
        "confidence": row.confidence,
        "agreement": row.agreement,
        "method": row.method,
        "answers": [
            {
                "answer_id": public("answer", answer_id),
                "worker": subject.pseudonym(worker_id),
                "weight": weight,
                "agreement": agreement,
            }
            for answer_id, worker_id, weight, agreement in parts
        ],
        "guideline_version": row.guideline_version,
        "model_version": row.model_version,
        "version": row.version,
        "computed_at": instant(row.computed_at),
    }

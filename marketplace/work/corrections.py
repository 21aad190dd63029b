"""Fix and accept: a reviewer's corrected copy of an answer, judged by the label schema, kept beside it."""

import uuid
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.jobs import labels
from marketplace.jobs.labels.kind import escape
from marketplace.jobs.models import Job
from marketplace.kernel.errors import FieldError
from marketplace.work.claiming import claim_items
from marketplace.work.errors import CORRECTION_INVALID
from marketplace.work.models import Answer, Claim, Review
from marketplace.work.review_models import Correction
from marketplace.work.verdicts import Verdict

_STATEMENTS = load(__file__, "queries.sql")


def check(
    session: Session, claim: Claim, job: Job, answers: Mapping[uuid.UUID, Answer], verdicts: Sequence[Verdict]
) -> None:
    """Raise correction_invalid, naming all that is wrong, unless each fits the schema and changes something."""
    corrected = [(index, verdict) for index, verdict in enumerate(verdicts) if verdict.correction is not None]
    if not corrected:
        return
    items = {
        item.id: item
        for item in claim_items(session.execute(_STATEMENTS.items_of_task, {"task_id": claim.task_id}).scalar_one())
    }
    rules = labels.KINDS[job.kind]
    errors = []
    for index, verdict in corrected:
        pointer = f"/verdicts/{index}/correction"
        answer = answers[verdict.answer_id]
        item = items[answer.item_id]
        if verdict.verdict != "accept":
            errors.append(FieldError(pointer, "correction_not_accepted", "Only what is accepted is corrected."))
        elif verdict.correction == answer.content:
            errors.append(FieldError(pointer, "correction_same", "This is what the worker said; leave it out."))
        else:
            found = labels.answer_errors(rules, job.label_schema, verdict.correction, item.meta)
            errors += [FieldError(pointer + error.pointer, error.code, error.message) for error in found]
    if errors:
        raise CORRECTION_INVALID.error("A correction needs another look: see its fields.", errors=errors)


def keep(session: Session, review: Review, verdict: Verdict) -> None:
    """Keep the correction that came with a verdict, if one did."""
    if verdict.correction is not None:
        session.flush()  # the verdict stands before what hangs on it
        session.add(
            Correction(
                answer_id=review.answer_id,
                review_id=review.id,
                content=dict(verdict.correction),
                created_at=review.created_at,
            )
        )


def of_answers(session: Session, answer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Correction]:
    """The corrections of these answers that have one, by answer."""
    if not answer_ids:
        return {}
    rows = session.scalars(select(Correction).where(Correction.answer_id.in_(answer_ids)))
    return {row.answer_id: row for row in rows}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What a correction changed: (JSON pointer, what was said or None, what is right or None), deepest values only."""
    return list(_differences("", before, after))


def _differences(pointer: str, before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = [*before, *(key for key in after if key not in before)]
        parts = [(escape(str(key)), before.get(key), after.get(key)) for key in keys]
    elif isinstance(before, list) and isinstance(after, list):
        pairs = zip_longest(before, after)
        parts = [(str(number), left, right) for number, (left, right) in enumerate(pairs)]
    else:
        return [] if before == after else [(pointer, before, after)]
    return [found for name, left, right in parts for found in _differences(f"{pointer}/{name}", left, right)]

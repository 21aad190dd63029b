"""The statements of a claim and of a submission, taken from the product, and nothing around them.

No permission is asked for, no answer is judged, no value is shaped for the wire: what both baselines run.
"""

import json
import random
import uuid
from collections.abc import Mapping
from typing import Any

import psycopg

from marketplace.audit import recording
from marketplace.db.engine import CONNECT_TIMEOUT_SECONDS
from marketplace.db.hot import PLANNED_ONCE, array
from marketplace.kernel.ids import new_id
from marketplace.work import claiming, going_on, opening, submitting

CLAIM = claiming._CLAIM_IN_BATCH
LOCK_CLAIM = submitting._LOCK_CLAIM
FIRST_ATTEMPT = submitting._FIRST_ATTEMPT
BATCH_OF = going_on._BATCH_OF
RECORD = recording._RECORD
ANSWER = {"label": "good"}

# As long as what the product writes about a claim and about a submission, so that the rows are as large.
_FILLING = {"claim.created": "x" * 424, "claim.submitted": "x" * 137}


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection as the program makes them, without SQLAlchemy."""
    return psycopg.connect(
        url,
        application_name="piecework benchmark",
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        options=f"-c timezone=UTC -c {PLANNED_ONCE}",
    )


def claim(
    connection: psycopg.Connection[Any], worker_id: uuid.UUID, batch_id: uuid.UUID
) -> tuple[uuid.UUID, list[dict[str, Any]]] | None:
    """Take a seat and commit: the claim's id and its items, None when nothing is open."""
    found = _take(psycopg.RawCursor(connection), worker_id, batch_id)
    connection.commit()
    return found


def _take(
    cursor: psycopg.RawCursor[Any], worker_id: uuid.UUID, batch_id: uuid.UUID
) -> tuple[uuid.UUID, list[dict[str, Any]]] | None:
    claim_id = new_id()
    values = {
        "worker_id": worker_id,
        "batch_id": batch_id,
        "claim_id": claim_id,
        "held_max": claiming.HELD_MAX,
        "share": 1,
        "lease_max": opening.LEASE_SECONDS_MAX,
        "first": random.randrange(claiming.HELD_MAX),
    }
    for from_start in (False, True):
        found = CLAIM.execute(cursor, {**values, "from_start": from_start}).fetchone()
        if found is not None:
            row = claiming._Row(*found)
            _record(cursor, "claim.created", claim_id, worker_id, row.claimed_at)
            return claim_id, row.items or []
    return None


def submit(
    connection: psycopg.Connection[Any],
    worker_id: uuid.UUID,
    claim_id: uuid.UUID,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Write the answers (item id to content; the same one for every item when not given) and commit."""
    _hand_in(psycopg.RawCursor(connection), worker_id, claim_id, answers)
    connection.commit()


def submit_and_claim(
    connection: psycopg.Connection[Any],
    worker_id: uuid.UUID,
    claim_id: uuid.UUID,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[uuid.UUID, list[dict[str, Any]]] | None:
    """Write the answers, take a seat of the same batch, and commit both at once."""
    cursor = psycopg.RawCursor(connection)
    _hand_in(cursor, worker_id, claim_id, answers)
    found = BATCH_OF.execute(cursor, {"claim_id": claim_id}).fetchone()
    assert found is not None, "its answers were just written"
    taken = _take(cursor, worker_id, found[0])
    connection.commit()
    return taken


def _hand_in(
    cursor: psycopg.RawCursor[Any],
    worker_id: uuid.UUID,
    claim_id: uuid.UUID,
    answers: Mapping[str, Mapping[str, Any]] | None,
) -> None:
    found = LOCK_CLAIM.execute(cursor, {"claim_id": claim_id, "worker_id": worker_id}).fetchone()
    assert found is not None, "the claim is there: this worker has just made it"
    row = submitting._Row(*found)
    items = row.items or []
    contents = [ANSWER] * len(items) if answers is None else [answers[item["id"]] for item in items]
    FIRST_ATTEMPT.execute(
        cursor,
        {
            "claim_id": claim_id,
            "item_ids": array(item["id"] for item in items),
            "contents": array(json.dumps(content) for content in contents),
            "changed": array(None for _ in items),
            "now": row.now,
            "answer_ids": array(new_id() for _ in items),
            "ordinals": array(item["ordinal"] for item in items),
            "job_id": row.job_id,
            "price_chain_id": row.price_chain_id,
        },
    )
    _record(cursor, "claim.submitted", claim_id, worker_id, row.now)


def _record(cursor: psycopg.RawCursor[Any], kind: str, claim_id: uuid.UUID, worker_id: uuid.UUID, at: Any) -> None:
    event_id = new_id()
    RECORD.execute(
        cursor,
        {
            "id": event_id,
            "kind": kind,
            "subject_noun": "claim",
            "subject_id": claim_id,
            "at": at,
            "organization_ids": "{}",
            "person_ids": f"{{{worker_id}}}",
            "head": f'{{"actor":"{worker_id.hex}","at":"',
            "middle": f'","data":"{_FILLING[kind]}","id":"{event_id.hex}","kind":"{kind}","recorded_at":"',
            "tail": f'","subject":"{claim_id.hex}","v":1}}',
        },
    )

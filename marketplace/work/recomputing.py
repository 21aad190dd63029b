"""What the log says of tasks opened and seats claimed, recomputed from the live rows."""

import hashlib
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputer
from marketplace.db.personal import ERASED
from marketplace.db.sql import load
from marketplace.work.adjudicating import adjudicated_body
from marketplace.work.claim_bodies import created_body
from marketplace.work.events import CLAIM_CREATED, ITEM_ADJUDICATED, TASKS_EXTENDED, TASKS_OPENED, TASKS_RESTRICTED
from marketplace.work.extending import extended_body
from marketplace.work.models import Batch, Claim
from marketplace.work.opening import opened_body, restricted_body
from marketplace.work.overlap_models import Adjudication

_STATEMENTS = load(__file__, "opening.sql")


@recomputer(TASKS_OPENED)
def _opened(session: Session, batch_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.scalars(select(Batch).where(Batch.id.in_(batch_ids)).execution_options(populate_existing=True))
    batches = {batch.id: batch for batch in rows}
    runs: dict[uuid.UUID, list[tuple[int, int]]] = {batch_id: [] for batch_id in batches}
    for batch_id, first, beyond in session.execute(_STATEMENTS.runs_of_batches, {"batch_ids": list(batches)}):
        runs[batch_id].append((first, beyond))
    return {batch_id: opened_body(batch, runs[batch_id]) for batch_id, batch in batches.items()}


@recomputer(TASKS_RESTRICTED)
def _restricted(session: Session, batch_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.scalars(select(Batch).where(Batch.id.in_(batch_ids)).execution_options(populate_existing=True))
    return {batch.id: restricted_body(batch) for batch in rows}


@recomputer(TASKS_EXTENDED)
def _extended(session: Session, batch_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.scalars(select(Batch).where(Batch.id.in_(batch_ids)).execution_options(populate_existing=True))
    return {batch.id: extended_body(batch, batch.extends_batch_id or batch.id) for batch in rows}


@recomputer(ITEM_ADJUDICATED)
def _adjudicated(session: Session, item_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    wanted = select(Adjudication).where(Adjudication.item_id.in_(item_ids))
    rows = session.scalars(wanted.execution_options(populate_existing=True))
    return {row.item_id: adjudicated_body(row) for row in rows}


@recomputer(ITEM_ADJUDICATED, version=1)
def _adjudicated_before(session: Session, item_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any] | None]:
    def before(body: dict[str, Any]) -> dict[str, Any] | None:
        reason = body.pop("reason_commitment").text
        # What was typed is gone once a person whom it is about was erased: nothing is left to compare.
        return None if reason == ERASED else {**body, "reason_digest": hashlib.sha256(reason.encode()).hexdigest()}

    wanted = select(Adjudication).where(Adjudication.item_id.in_(item_ids))
    rows = session.scalars(wanted.execution_options(populate_existing=True))
    return {row.item_id: before(adjudicated_body(row)) for row in rows}


@recomputer(CLAIM_CREATED)
def _created(session: Session, claim_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    wanted = select(Claim, Batch.lease_seconds).join(Batch, Batch.id == Claim.batch_id).where(Claim.id.in_(claim_ids))
    rows = session.execute(wanted.execution_options(populate_existing=True))
    return {claim.id: created_body(claim, claim.worker_id, lease_seconds) for claim, lease_seconds in rows}

"""What the log says of earnings and installments, recomputed from the live rows."""

import uuid
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputer
from marketplace.settlement.booking import booked_body, together_body
from marketplace.settlement.events import EARNINGS_BOOKED, EARNINGS_BOOKED_TOGETHER, INSTALLMENT_DUE
from marketplace.settlement.extra_models import ExtraCharge
from marketplace.settlement.holding import due_body
from marketplace.settlement.models import Earning, Installment
from marketplace.work.models import Answer, Claim


@recomputer(EARNINGS_BOOKED)
def _booked(session: Session, journal_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.execute(
        select(
            Earning.journal_id,
            Answer.job_id,
            Answer.claim_id,
            Earning.accepted_on,
            func.array_agg(Earning.answer_id.distinct()),
        )
        .join(Answer, Answer.id == Earning.answer_id)
        .where(Earning.journal_id.in_(journal_ids))
        .group_by(Earning.journal_id, Answer.job_id, Answer.claim_id, Earning.accepted_on)
        # Should rows of one journal differ in claim or day, the last of them differs from the log.
        .order_by(Earning.accepted_on, Answer.claim_id)
    )
    return {
        journal_id: booked_body(job_id, claim_id, sorted(answer_ids), accepted_on)
        for journal_id, job_id, claim_id, accepted_on, answer_ids in rows
    }


@recomputer(EARNINGS_BOOKED_TOGETHER)
def _booked_together(session: Session, journal_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.execute(
        select(
            Earning.journal_id,
            Answer.job_id,
            Claim.batch_id,
            Earning.accepted_on,
            func.count(Claim.id.distinct()),
            func.array_agg(Earning.answer_id.distinct()),
        )
        .join(Answer, Answer.id == Earning.answer_id)
        .join(Claim, Claim.id == Answer.claim_id)
        .where(Earning.journal_id.in_(journal_ids))
        .group_by(Earning.journal_id, Answer.job_id, Claim.batch_id, Earning.accepted_on)
        # Should rows of one journal differ in batch or day, the last of them differs from the log.
        .order_by(Earning.accepted_on, Claim.batch_id)
    )
    return {
        journal_id: together_body(job_id, batch_id, claims, sorted(answer_ids), accepted_on)
        for journal_id, job_id, batch_id, accepted_on, claims, answer_ids in rows
    }


@recomputer(INSTALLMENT_DUE)
def _due(session: Session, installment_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    # What a layer had to pay a worker out of a due installment (J18) was still in it when it fell due.
    taken = (
        select(func.coalesce(func.sum(ExtraCharge.amount), 0))
        .where(ExtraCharge.installment_id == Installment.id, ExtraCharge.installment_state == "due")
        .scalar_subquery()
    )
    rows = session.execute(
        select(Installment, taken).where(Installment.id.in_(installment_ids)).execution_options(populate_existing=True)
    )
    return {row.id: due_body(row, row.amount + int(since)) for row, since in rows}

"""What the log says of extras, from their rows; and the same recomputed."""

import uuid
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputer
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.settlement.events import EXTRA_BOOKED, EXTRA_PAID, RECOURSE_COLLECTED
from marketplace.settlement.extra_models import Extra, ExtraCharge, ExtraShare


def booked_body(extra: Extra) -> dict[str, Any]:
    """An extra as it was owed; nothing of this changes afterwards."""
    return {
        "extra_kind": extra.kind,
        "job": public("job", extra.job_id),
        "contract": public("contract", extra.contract_id),
        "claim": None if extra.claim_id is None else public("claim", extra.claim_id),
        "worker": public("person", extra.worker_id),
        "amount": extra.money.to_wire(),
    }


def paid_body(extra_id: uuid.UUID, worker_id: uuid.UUID, paid: Money) -> dict[str, Any]:
    """What one journal paid of a layer's extra."""
    return {"extra": public("extra", extra_id), "worker": public("person", worker_id), "amount": paid.to_wire()}


def collected_body(extra_id: uuid.UUID, debtor_id: uuid.UUID, collected: Money) -> dict[str, Any]:
    """What one journal brought back to the guarantee fund."""
    return {
        "extra": public("extra", extra_id),
        "organization": public("organization", debtor_id),
        "amount": collected.to_wire(),
    }


@recomputer(EXTRA_BOOKED)
def _booked(session: Session, extra_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.scalars(select(Extra).where(Extra.id.in_(extra_ids)).execution_options(populate_existing=True))
    return {row.id: booked_body(row) for row in rows}


@recomputer(EXTRA_PAID)
def _paid(session: Session, journal_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.execute(
        select(ExtraShare.journal_id, Extra.id, Extra.worker_id, Extra.currency, func.sum(ExtraShare.amount))
        .join(Extra, Extra.id == ExtraShare.extra_id)
        .where(ExtraShare.journal_id.in_(journal_ids))
        .group_by(ExtraShare.journal_id, Extra.id)
    )
    return {
        journal_id: paid_body(extra_id, worker_id, Money(int(amount), currency))
        for journal_id, extra_id, worker_id, currency, amount in rows
    }


@recomputer(RECOURSE_COLLECTED)
def _collected(session: Session, journal_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.execute(
        select(
            ExtraCharge.journal_id,
            Extra.id,
            Extra.debtor_organization_id,
            Extra.currency,
            func.sum(ExtraCharge.amount),
        )
        .join(Extra, Extra.id == ExtraCharge.extra_id)
        .where(
            ExtraCharge.journal_id.in_(journal_ids),
            ExtraCharge.paid_to == "fund",
            Extra.debtor_organization_id.is_not(None),
        )
        .group_by(ExtraCharge.journal_id, Extra.id)
    )
    return {
        journal_id: collected_body(extra_id, debtor_id, Money(int(amount), currency))
        for journal_id, extra_id, debtor_id, currency, amount in rows
        if debtor_id is not None
    }

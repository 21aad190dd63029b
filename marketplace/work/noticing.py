"""Notice before a pre-label lowers a price (rule 13): fourteen days, seen by workers on the batch.

Live claims are never touched: each keeps the pay it froze. Who claims at the new pay agrees to it by claiming.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.work.errors import TASKS_INVALID
from marketplace.work.models import Batch
from marketplace.work.protection_events import RATE_NOTICE_GIVEN
from marketplace.work.protection_models import RateNotice

NOTICE: Final = dt.timedelta(days=14)
REASON_MAX: Final = 1000
_STATEMENTS = load(__file__, "noticing.sql")


def give_notice(session: Session, actor: Actor, batch_id: uuid.UUID, pay: Money, reason: str) -> RateNotice:
    """Say to workers that items of the batch's rate with pre-labels may cost less in fourteen days.

    By the organization that opened the batch. Nothing changes by it: after the time the opener may withdraw what nobody
    claimed and open it anew at that pay. Raises forbidden, not_found, state_conflict, invalid.
    """
    actor.require("task.open")
    batch = session.get(Batch, batch_id)
    contract = session.get(Contract, batch.contract_id) if batch is not None else None
    if batch is None or contract is None or contract.seller_organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no batch with this id.", noun="batch")
    lock_job(session, batch.job_id)
    session.refresh(batch)
    if batch.state == "done":
        raise STATE_CONFLICT.error("Every task of this batch is done.", noun="batch", current=batch.state)
    errors = []
    if pay.currency != batch.currency:
        errors.append(FieldError("/pay/currency", "currency_differs", f"The job is in {batch.currency}."))
    elif not 0 < pay.amount < batch.pay_amount:
        errors.append(FieldError("/pay/amount", "not_lower", f"Notice is given of a pay below {batch.pay}."))
    if not reason.strip() or len(reason) > REASON_MAX:
        errors.append(FieldError("/reason", "required", f"A reason of at most {REASON_MAX} characters."))
    if errors:
        raise INVALID.error("Notice cannot be given like this.", errors=errors)
    now = market_now(session)
    notice = RateNotice(
        batch_id=batch_id,
        pay_amount=pay.amount,
        currency=pay.currency,
        reason=reason.strip(),
        given_at=now,
        effective_at=now + NOTICE,
    )
    session.add(notice)
    session.flush()
    body = {
        "job": public("job", batch.job_id),
        "pay": pay.to_wire(),
        "reason_commitment": said(notice.reason),
        "effective_at": instant(notice.effective_at),
    }
    seller = contract.seller_organization_id
    record(session, RATE_NOTICE_GIVEN, actor, subject=("batch", batch_id), organizations={seller}, body=body)
    return notice


def notices_of(session: Session, batch_id: uuid.UUID) -> list[RateNotice]:
    """The notices on a batch, the newest first; everybody who may see the batch may read them."""
    wanted = select(RateNotice).where(RateNotice.batch_id == batch_id)
    return list(session.scalars(wanted.order_by(RateNotice.id.desc())))


def refuse_without_notice(
    session: Session, contract: Contract, rate_code: str, pay: Money, runs: Sequence[tuple[int, int]]
) -> None:
    """Refuse a lower pay for items with pre-labels than a batch has, or had within fourteen days, without notice.

    `runs` are ordinals as (first, beyond). The caller holds the job's lock. Raises tasks_invalid.
    """
    higher = session.execute(
        _STATEMENTS.without_notice,
        {
            "contract_id": contract.id,
            "rate_code": rate_code,
            "pay": pay.amount,
            "currency": pay.currency,
            "notice": NOTICE,
        },
    ).first()
    if higher is None:
        return
    values = {"job_id": contract.job_id, "rate_code": rate_code}
    if any(
        session.scalar(_STATEMENTS.any_prelabel, {**values, "first": first, "beyond": beyond}) for first, beyond in runs
    ):
        before = Money(higher.pay_amount, pay.currency)
        message = (
            f"Items with pre-labels are open to workers at {before}, or were within {NOTICE.days} days. A lower pay "
            f"needs notice on {public('batch', higher.id)}, given {NOTICE.days} days before."
        )
        raise TASKS_INVALID.error(message, errors=[FieldError("/pay/amount", "notice_needed", message)])

"""Paid recovery from hard content (rule 11): booked from the job's allowance, a line of its own (J19)."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say
from marketplace.logs import get_logger
from marketplace.rails.port import Transactions
from marketplace.settlement.extras import pay_from_allowance
from marketplace.work.models import Batch, Claim
from marketplace.work.pause_words import NO_RECOVERY
from marketplace.work.pausing import pause_batch

RECOVERY_NOTE: Final = say("%(minutes)s minutes of recovery on %(day)s")
"""The note of such a payment."""
log = get_logger(__name__)

_STATEMENTS = load(__file__, "recovery.sql")


@dataclass(frozen=True, slots=True)
class _Day:
    person_id: uuid.UUID
    day: dt.date
    job_id: uuid.UUID
    recoveries: int
    owed: int


def pay_recovery(transactions: Transactions, limit: int = 200) -> int:
    """Sweep: pay the recovery that workers earned by hard content; returns how many payments.

    Each worker's day in a transaction of its own. Where the allowance is used up no more of the job is given out.
    """
    with transactions() as session:
        days = [_Day(*row) for row in session.execute(_STATEMENTS.due, {"limit": limit})]
    paid = 0
    for day in days:
        try:
            with transactions() as session:
                paid += _pay(session, day)
        except (DomainError, DBAPIError) as problem:
            log.warning("recovery_failed", job=public("job", day.job_id), problem=repr(problem))
    return paid


def _pay(session: Session, day: _Day) -> int:
    job = lock_job(session, day.job_id)
    key = {"person_id": day.person_id, "day": day.day, "job_id": day.job_id}
    # Another process may have paid it since we looked.
    recoveries = int(session.execute(_STATEMENTS.lock_day, key).scalar_one())
    worked = (
        select(Claim, Batch.contract_id)
        .join(Batch, Batch.id == Claim.batch_id)
        .where(Claim.worker_id == day.person_id, Claim.job_id == day.job_id)
        .order_by(Claim.id.desc())
        .limit(1)
    )
    claim, contract_id = session.execute(worked).one()
    protection = job.protection
    assert protection is not None, "the day was chosen for it"
    paid = 0
    for number in range(recoveries + 1, day.owed + 1):
        extra = pay_from_allowance(
            session,
            system_actor("pay_recovery"),
            kind="recovery",
            job=job,
            claim=claim,
            worker_id=day.person_id,
            contract_id=contract_id,
            amount=protection.amount,
            key=f"recovery:{day.job_id}:{day.person_id}:{day.day}:{number}",
            note=RECOVERY_NOTE.filled(minutes=protection.recovery_minutes, day=day.day),
        )
        if extra is None:
            _stop_work(session, job.id)
            break
        session.execute(_STATEMENTS.note_paid, key)
        paid += 1
    return paid


def _stop_work(session: Session, job_id: uuid.UUID) -> None:
    """No more such work: what the client promised cannot be paid any more."""
    still = select(Batch.id).where(Batch.job_id == job_id, Batch.state == "open").order_by(Batch.id)
    for batch_id in session.scalars(still).all():
        pause_batch(session, system_actor("pay_recovery"), batch_id, "recovery_unfunded", NO_RECOVERY)

"""Completing: jobs whose work is done run out, close, give their rest back, and are settled when all is paid."""

import uuid

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.contracts.closing import close_contracts
from marketplace.contracts.models import Contract
from marketplace.jobs.models import Job, JobRate
from marketplace.jobs.queries import withdrawn_counts
from marketplace.jobs.running import move_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import Code
from marketplace.ledger.models import Account, AccountBalance
from marketplace.ledger.recipes.accounts import job_reserve
from marketplace.lifecycle.cancelling import return_free_reserve
from marketplace.logs import get_logger
from marketplace.rails.port import Transactions
from marketplace.settlement.models import Installment
from marketplace.settlement.states import FINISHED
from marketplace.work.models import Batch, Task
from marketplace.work.queries import all_seats_done

log = get_logger(__name__)

WORKING = ("open", "draining")
ENDED = ("completed", "cancelled")
SETTLED = ("settled", "archived")
"""Nothing of these waits to be paid; but what a layer owed for its quality may still come, and goes back."""


def complete_jobs(transactions: Transactions) -> int:
    """Sweep: move jobs on as far as they have come; returns how many moved. Each in a transaction of its own.

    Open: once every item is answered and decided, draining. Draining: once nothing can be paid or contested any more,
    completed, and the rest of the reserve returns. Completed and cancelled: settled once every installment is paid.
    What comes back to the reserve after that returns too.
    """
    with transactions() as session:
        job_ids = list(session.scalars(select(Job.id).where(_may_move()).order_by(Job.id)))
    moved = 0
    for job_id in job_ids:
        try:
            with transactions() as session:
                moved += _move_on(session, system_actor("complete_jobs"), job_id)
        except (DomainError, DBAPIError) as problem:
            log.warning("complete_job_failed", job=public("job", job_id), problem=repr(problem))
    return moved


def _may_move() -> ColumnElement[bool]:
    """Jobs worth a look, so that those that wait for months are not locked every tick; looked at again one by one."""
    unfinished = exists().where(Batch.job_id == Job.id, Batch.state == "open")
    begun = exists().where(Batch.job_id == Job.id)
    reserve = exists().where(
        Account.owner_id == Job.id,
        Account.code == int(Code.JOB_RESERVE),
        AccountBalance.account_id == Account.id,
        AccountBalance.balance > 0,
    )
    return or_(
        and_(Job.state == "open", begun, ~unfinished),
        and_(Job.state == "draining", ~unfinished),
        and_(Job.state.in_(ENDED), or_(reserve, ~_unpaid(Job.id))),
        and_(Job.state.in_(SETTLED), reserve),
    )


def _move_on(session: Session, actor: Actor, job_id: uuid.UUID) -> bool:
    # Somebody who works on the job now will be followed by the next tick.
    wanted = select(Job).where(Job.id == job_id).with_for_update(key_share=True, skip_locked=True)
    job = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if job is None or job.state not in {*WORKING, *ENDED, *SETTLED} or not all_seats_done(session, job_id):
        return False
    before = job.state
    if job.state == "open" and _every_item_answered(session, job_id):
        move_job(session, actor, job, "draining")
    if job.state == "draining":
        move_job(session, actor, job, "completed")
        close_contracts(session, actor, job_id)
    if job.state in {*ENDED, *SETTLED}:
        return_free_reserve(session, actor, job)
        if (
            job.state in ENDED
            and balance(session, job_reserve(job.id, job.currency)).is_zero
            and _everything_paid(session, job_id)
        ):
            move_job(session, actor, job, "settled")
    return job.state != before


def _every_item_answered(session: Session, job_id: uuid.UUID) -> bool:
    """Whether every item that was not withdrawn is in a task that is done; a job of which nothing was, is not."""
    items = session.scalar(select(func.sum(JobRate.item_count)).where(JobRate.job_id == job_id)) or 0
    standing = items - sum(withdrawn_counts(session, job_id).values())
    # Extensions hold items that were in a task before.
    once = select(func.sum(Task.item_count)).join(Batch, Batch.id == Task.batch_id)
    counted = once.where(Task.job_id == job_id, Task.state == "done", Batch.extends_batch_id.is_(None))
    done = session.scalar(counted) or 0
    return 0 < done >= standing


def _everything_paid(session: Session, job_id: uuid.UUID) -> bool:
    return not session.scalar(select(_unpaid(job_id)))


def _unpaid(job_id: uuid.UUID | InstrumentedAttribute[uuid.UUID]) -> ColumnElement[bool]:
    """Whether an installment of any contract of the job still waits for its payment."""
    return exists().where(
        Installment.contract_id == Contract.id, Contract.job_id == job_id, Installment.state.not_in(FINISHED)
    )

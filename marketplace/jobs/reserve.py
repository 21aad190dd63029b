"""The job's reserve: tying money to a job, and committing the part that released seats need.

The reserve itself is the ledger's account 2020 of the job. Committed is what released seats
may still cost; free is the rest, and only free money can be committed or given back. Of the free part
the job's allowance is kept for gold answers, bonuses and paid recovery: no seat is released for it. What is paid out
of the allowance (J19) leaves that much less to be kept.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.hot import HotStatement
from marketplace.jobs.errors import RESERVE_SHORT
from marketplace.jobs.events import JOB_FUNDED
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job, JobReserve
from marketplace.jobs.queries import own_job
from marketplace.jobs.running import move_job
from marketplace.jobs.states import FUNDABLE
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, STATE_CONFLICT, DomainError, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.errors import BALANCE_INSUFFICIENT
from marketplace.ledger.models import Account, Journal, Posting
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import client_deposits, job_reserve
from marketplace.ledger.recipes.funding import j2_job_funded

_UNCOMMIT = HotStatement(
    text(
        "UPDATE job_reserve SET committed_amount = committed_amount - :amount "
        "WHERE job_id = :job_id AND currency = :currency AND committed_amount >= :amount RETURNING committed_amount"
    )
)


def fund(session: Session, actor: Actor, job_id: UUID, amount: Money) -> Job:
    """Tie an amount of the client's deposit to the job (J2); a draft becomes funded.

    A job may be funded in parts. Raises not_found, state_conflict, invalid for another currency
    or nothing, and balance_insufficient when the deposit does not hold as much.
    """
    actor.require("job.fund")
    own_job(session, actor, job_id)
    job = lock_job(session, job_id)
    if job.state not in FUNDABLE:
        raise STATE_CONFLICT.error(f"This job is {job.state}; it takes no more money.", noun="job", current=job.state)
    if amount.currency != job.currency:
        message = f"The job is in {job.currency}."
        raise INVALID.error(message, errors=[FieldError("/amount/currency", "currency_differs", message)])
    if amount.amount <= 0:
        message = "The amount is more than nothing."
        raise INVALID.error(message, errors=[FieldError("/amount/amount", "not_positive", message)])
    try:
        posted = post(
            session,
            actor,
            kind="J2",
            key=f"job:{job.id}:fund:{new_id()}",
            pairs=j2_job_funded(job.organization_id, job.id, amount),
            subject=("job", job.id),
        )
    except DomainError as error:
        if error.spec is not BALANCE_INSUFFICIENT:
            raise
        raise _too_little(session, job, amount) from error
    if job.state == "draft":
        move_job(session, actor, job, "funded")
    body = {"amount": amount.to_wire(), "journal": public("journal", posted.journal_id)}
    record(session, JOB_FUNDED, actor, subject=("job", job.id), organizations=[job.organization_id], body=body)
    return job


def _too_little(session: Session, job: Job, amount: Money) -> DomainError:
    """What the balance holds and what is missing, instead of the number of an account."""
    held = balance(session, client_deposits(job.organization_id, job.currency))
    message = f"Your balance holds {held}, which is {amount - held} less than {amount}. Pay in as much first."
    return BALANCE_INSUFFICIENT.error(message, balance=held.to_wire(), missing=(amount - held).to_wire())


def free(session: Session, job: Job) -> Money:
    """The part of the reserve that no released seat needs."""
    committed = session.execute(select(JobReserve.committed_amount).where(JobReserve.job_id == job.id)).scalar_one()
    return balance(session, job_reserve(job.id, job.currency)) - Money(committed, job.currency)


def spendable(session: Session, job: Job) -> Money:
    """The part of the free reserve that seats may be released for: all but what is left of the allowance."""
    rest = free(session, job) - allowance_left(session, job)
    return max(rest, Money.zero(job.currency))


def allowance_left(session: Session, job: Job) -> Money:
    """What of the allowance has not been paid out yet, whether or not it is funded."""
    spent = select(JobReserve.allowance_spent_amount).where(JobReserve.job_id == job.id)
    return max(job.allowance - Money(session.execute(spent).scalar_one(), job.currency), Money.zero(job.currency))


def spend_allowance(session: Session, job: Job, amount: Money) -> bool:
    """Count an amount as paid out of the allowance; False when it, or the free reserve, does not cover it.

    The caller holds the job's lock and moves the money out of the reserve in the same transaction.
    """
    row = _locked(session, job.id, amount)
    if amount > allowance_left(session, job) or amount > free(session, job):
        return False
    row.allowance_spent_amount += amount.amount
    session.flush()
    return True


def give_up_allowance(session: Session, job: Job, amount: Money) -> None:
    """Undo what was committed for a gold answer and counted as spent; the caller holds the job's lock."""
    uncommit(session, job.id, amount)
    row = _locked(session, job.id, amount)
    row.allowance_spent_amount -= amount.amount
    session.flush()


def hold(session: Session, job: Job) -> None:
    """Keep what is committed from changing to the end of the transaction, also by claims, which lock no job."""
    _locked(session, job.id, Money.zero(job.currency))


def funded(session: Session, job: Job) -> Money:
    """What was tied to the job in all, did not go back to its client's deposit and was not frozen by a chargeback."""
    account_id = select(Account.id).where(Account.key == job_reserve(job.id, job.currency).key).scalar_subquery()
    paid_in = select(func.sum(Posting.amount)).where(Posting.credit_account_id == account_id)
    given_back = (
        select(func.sum(Posting.amount))
        .join(Journal, Journal.id == Posting.journal_id)
        .where(Posting.debit_account_id == account_id, Journal.kind.in_(("J12", "J14")))
    )
    return Money(int(session.scalar(paid_in) or 0) - int(session.scalar(given_back) or 0), job.currency)


def commit(session: Session, job_id: UUID, amount: Money) -> None:
    """Commit free money for seats about to be released, never the allowance; the caller holds the job's lock.

    Raises reserve_short when not as much is free.
    """
    row = _locked(session, job_id, amount)
    left = spendable(session, session.get_one(Job, job_id))
    if amount > left:
        raise RESERVE_SHORT.error(
            f"{amount} are needed, and {left} are free.", needed=amount.to_wire(), free=left.to_wire()
        )
    row.committed_amount += amount.amount
    session.flush()


def uncommit(session: Session, job_id: UUID, amount: Money) -> None:
    """Undo a commitment: its answers are paid (in the same transaction), refused for good, or its seats gone."""
    _require_positive(amount)
    session.flush()
    values = {"job_id": job_id, "currency": amount.currency, "amount": amount.amount}
    if _UNCOMMIT.row(session, values) is None:
        raise AssertionError(f"job {job_id}: {amount} to uncommit, and not as much is committed")


def _require_positive(amount: Money) -> None:
    if amount.amount < 0:
        raise ValueError(f"a commitment is never negative: {amount}")


def _locked(session: Session, job_id: UUID, amount: Money) -> JobReserve:
    _require_positive(amount)
    statement = select(JobReserve).where(JobReserve.job_id == job_id).with_for_update(key_share=True)
    # Fresh under the lock: reviewers of one job accept at the same time, and each takes its part off.
    return session.scalars(statement.execution_options(populate_existing=True)).one()

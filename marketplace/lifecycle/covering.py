"""What stands for a client's payment that was charged back: its own free money first, then the platform's capital."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.models import Account, AccountBalance
from marketplace.ledger.posting import Pair, hold
from marketplace.ledger.recipes import claiming
from marketplace.ledger.recipes.accounts import bank_operating, bank_wages, client_deposits, job_reserve
from marketplace.ledger.treasury import hold_own_money
from marketplace.rails.chargeback_models import Chargeback


def cover(session: Session, row: Chargeback) -> list[Pair]:
    """The pairs that freeze what is free as far as it is needed, take what is frozen when the dispute is lost, and top
    up what is missing; the row says the same, and the caller holds its lock and posts them.
    """
    pairs = _freeze(session, row)
    if row.state == "lost":
        pairs += claiming.j14_collected(row.organization_id, row.label, row.frozen)
        row.collected_amount, row.frozen_amount = row.collected_amount + row.frozen_amount, 0
    return pairs + top_up(session, row)


def _freeze(session: Session, row: Chargeback) -> list[Pair]:
    wanted = row.uncovered
    if wanted.is_zero:
        return []
    deposits = client_deposits(row.organization_id, row.currency)
    jobs = [lock_job(session, job_id) for job_id in _with_free_reserve(session, row)]
    for job in jobs:
        # A claim may be committing the pay of a gold answer at this moment.
        reserve.hold(session, job)
    hold(session, [deposits, *(job_reserve(job.id, job.currency) for job in jobs)])
    sources: list[tuple[AccountRef, Money]] = [(deposits, balance(session, deposits))]
    sources += [(job_reserve(job.id, job.currency), reserve.spendable(session, job)) for job in jobs]
    taken = []
    for source, there in sources:
        part = min(there, wanted)
        wanted -= part
        taken.append((source, part))
    row.frozen_amount += sum(part.amount for _, part in taken)
    return claiming.j14_frozen(row.label, taken)


def _with_free_reserve(session: Session, row: Chargeback) -> Sequence[uuid.UUID]:
    """The client's jobs that may have something free, in the order in which they are locked."""
    jobs = session.scalars(
        select(Job)
        .join(Account, Account.owner_id == Job.id)
        .join(AccountBalance, AccountBalance.account_id == Account.id)
        .where(
            Job.organization_id == row.organization_id,
            Account.code == Code.JOB_RESERVE,
            Account.currency == row.currency,
            AccountBalance.balance > 0,
        )
        .order_by(Job.id)
    ).all()
    return [job.id for job in jobs if not reserve.spendable(session, job).is_zero]


def top_up(session: Session, row: Chargeback) -> list[Pair]:
    """Put in what is missing as far as the platform's capital reaches, or take back what is not missing any more."""
    missing = row.uncovered - row.topped_up
    if missing.is_zero:
        return []
    nothing = Money.zero(row.currency)
    hold_own_money(session)
    if missing > nothing:
        part = min(missing, max(balance(session, bank_operating(row.currency)), nothing))
        row.topped_up_amount += part.amount
        return claiming.j14_topped_up(part)
    part = min(-missing, max(balance(session, bank_wages(row.currency)), nothing))
    row.topped_up_amount -= part.amount
    return claiming.j14_taken_back(part)

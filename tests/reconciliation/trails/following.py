"""Payouts of each kind, and their trails."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.money import Money
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.trails.adding_up import Trail, trail
from tests.builders.identity import make_staff
from tests.builders.payouts import Finance, execute, inside


def latest_run(session: Session) -> PayoutRun:
    return session.scalars(select(PayoutRun).order_by(PayoutRun.id.desc()).limit(1)).one()


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY", negative=True)


def paid_and_matched(session: Session, finance: Finance, rail: SandboxRail, run: PayoutRun) -> None:
    """The run is executed, and the rail's lines are read and matched."""
    execute(session, finance, rail, run)
    reconcile(inside(session), {"sandbox": rail})
    session.expire_all()


def follow(session: Session, payout: Payout) -> Trail:
    """The trail as finance sees it."""
    return trail(session, make_staff(session, "finance"), payout.id)


def sums(found: Trail) -> dict[str, str]:
    """The sum of each step, as text."""
    return {step.name: ", ".join(map(str, step.sums)) for step in found.steps}


def reasons(found: Trail) -> dict[str, dict[str, str]]:
    """By step, why the one before it has another sum."""
    return {
        bridge.after: {reason.reason: str(reason.money) for reason in bridge.reasons}
        for bridge in found.bridges
        if bridge.reasons
    }


def booked(
    session: Session, kind: str, payout: Payout, *, debit: int | None = None, credit: int | None = None
) -> Money:
    """What the payout's journals of a kind moved between accounts with these codes, straight from the postings."""
    query = """
        SELECT coalesce(sum(posting.amount), 0) AS amount, coalesce(min(posting.currency), 'CNY') AS currency
        FROM journal
        JOIN posting ON posting.journal_id = journal.id
        JOIN account AS debit ON debit.id = posting.debit_account_id
        JOIN account AS credit ON credit.id = posting.credit_account_id
        WHERE journal.kind = :kind AND journal.subject_id = :payout
            AND debit.code = coalesce(:debit, debit.code) AND credit.code = coalesce(:credit, credit.code)
    """
    row = session.execute(text(query), {"kind": kind, "payout": payout.id, "debit": debit, "credit": credit}).one()
    return Money(int(row.amount), row.currency)


def agrees_with_the_ledger(found: Trail) -> bool:
    """Whether the ledger's sum stands beside each step that it knows, and is the same."""
    beside = [step for step in found.steps if step.booked is not None]
    return [step.name for step in beside] == ["answers", "earnings", "payout", "transfer", "lines"] and all(
        step.booked == step.sums for step in beside
    )

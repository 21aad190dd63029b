"""Installments fall due by the market's day, in bounded batches; any number of processes may do it at once."""

import hashlib
import uuid
from collections.abc import Sequence

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import system_actor
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.posting import Pair, hold, post
from marketplace.ledger.recipes.accounts import DatedShare, due_to, held
from marketplace.ledger.recipes.earning import j4_margin_fell_due, j4_pay_fell_due
from marketplace.rails.models import PayoutDestination
from marketplace.settlement import holding
from marketplace.settlement.models import Installment
from marketplace.settlement.states import NO_PAYOUT_METHOD, PAYEE_CURABLE, PAYOUT_RETURNED

BATCH = 200


def fall_due(session: Session, limit: int = BATCH) -> int:
    """Let up to `limit` scheduled installments whose day has come fall due; returns how many did.

    One journal J4 for all of them, so that their accounts are locked in one order. A payee who has no payout method
    on any rail cannot be paid: the installment is held for that reason instead (2150) and released when one is set.
    Rows that another process is at are skipped.
    """
    today = market_now(session).date()
    rows = holding.lock_installments(
        session,
        and_(Installment.state == "scheduled", Installment.due_on <= today),
        limit=limit,
        skip_locked=True,
    )
    if not rows:
        return 0
    actor = system_actor("fall_due")
    payable = _with_destination(session, rows)
    posted = post(
        session,
        actor,
        kind="J4",
        key=f"J4:{_digest(rows)}",
        pairs=[pair for row in rows for pair in _fell_due(row, None if row.payee_id in payable else NO_PAYOUT_METHOD)],
        subject=("installment", rows[0].id),
    )
    due = [row for row in rows if row.payee_id in payable]
    holding.fall_due(session, due)
    unpayable = [row for row in rows if row.payee_id not in payable]
    holding.hold(session, actor, unpayable, source="scheduled", reason=NO_PAYOUT_METHOD, journal_id=posted.journal_id)
    for row in due:
        holding.note_due(session, actor, row)
    return len(rows)


def release_cured(session: Session, limit: int = BATCH) -> int:
    """Let up to `limit` installments fall due again whose hold the payee has cured by setting a payout method.

    A method counts when it was set after the hold, or was missing at the hold. Returns how many were released.
    """
    cured = select(PayoutDestination.payee_id).where(
        PayoutDestination.payee_id == Installment.payee_id,
        (PayoutDestination.changed_at > Installment.held_at) | (Installment.held_reason == NO_PAYOUT_METHOD),
    )
    rows = holding.lock_installments(
        session,
        and_(Installment.state == "held", Installment.held_reason.in_(PAYEE_CURABLE), cured.exists()),
        limit=limit,
        skip_locked=True,
    )
    if not rows:
        return 0
    actor = system_actor("release_cured")
    now = market_now(session)
    posted = post(
        session,
        actor,
        kind="J4",
        key=f"J4:release:{_digest(rows)}:{now:%Y%m%d%H%M%S%f}",
        pairs=_released(session, rows),
        subject=("installment", rows[0].id),
    )
    holding.release(session, actor, rows, posted.journal_id)
    return len(rows)


def _digest(rows: Sequence[Installment]) -> str:
    return hashlib.sha256(b"".join(sorted(row.id.bytes for row in rows))).hexdigest()[:32]


def _with_destination(session: Session, rows: Sequence[Installment]) -> set[uuid.UUID]:
    return set(
        session.scalars(
            select(PayoutDestination.payee_id).where(PayoutDestination.payee_id.in_({row.payee_id for row in rows}))
        )
    )


def _fell_due(row: Installment, held_for: str | None) -> list[Pair]:
    share = DatedShare(row.payee_id, row.contract_id, row.due_on, row.money)
    if row.payee_kind == "worker":
        return j4_pay_fell_due(share, held_for)
    return j4_margin_fell_due(share, held_for)


def _released(session: Session, rows: Sequence[Installment]) -> list[Pair]:
    """What 2150 holds for the rows: their amounts, less what a later payout has paid of one that came back."""
    hold(session, [account for row in rows for account in (_held(row), _due(row))])
    back = {_held(row) for row in rows if row.held_reason == PAYOUT_RETURNED}
    left = {account: balance(session, account) for account in back}
    pairs = []
    for row in rows:
        account = _held(row)
        amount = row.money
        if row.held_reason == PAYOUT_RETURNED:
            amount = min(amount, left[account], key=lambda money: money.amount)
            left[account] -= amount
        pairs.append(Pair(account, _due(row), amount))
    return pairs


def _held(row: Installment) -> AccountRef:
    return held(row.payee_id, row.held_reason or "", row.currency)


def _due(row: Installment) -> AccountRef:
    return due_to(row.payee_kind, row.payee_id, row.contract_id, row.currency)

"""Installments fall due by the market's day, in bounded batches; any number of processes may do it at once."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from marketplace.contracts.default_models import ContractDefault
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.kernel.actor import system_actor
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.posting import Pair, hold, post
from marketplace.ledger.recipes.accounts import DatedShare, client_deposits, due_to, guarantee_fund, held
from marketplace.ledger.recipes.earning import j4_margin_fell_due, j4_margin_kept, j4_pay_fell_due
from marketplace.rails.models import PayoutDestination
from marketplace.settlement import holding
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_holds import covered
from marketplace.settlement.payability import why_held
from marketplace.settlement.states import (
    BANK_REFUSED,
    HELD_BY_FINANCE,
    LAYER_DEFAULT,
    MAY_BE_SHORT,
    NO_PAYOUT_METHOD,
    PAYEE_CURABLE,
)

BATCH = 200


def fall_due(session: Session, limit: int = BATCH) -> int:
    """Let up to `limit` scheduled installments whose day has come fall due; returns how many did.

    One journal J4 for all of them, so that their accounts are locked in one order. A payee who has no payout method
    on any rail, or none whose bank takes anything, cannot be paid: the installment is held for that reason instead
    (2150) and released when one is set. What finance holds is held until that ends. Rows that another process is at are
    skipped.
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
    reasons = why_held(session, rows)
    homes = _homes(session, rows)
    posted = post(
        session,
        actor,
        kind="J4",
        key=f"J4:{digest(rows)}",
        pairs=[pair for row in rows for pair in _fell_due(row, reasons.get(row.id), homes.get(row.payee_id))],
        subject=("installment", rows[0].id),
    )
    holding.keep(session, actor, [row for row in rows if row.payee_id in homes], posted.journal_id)
    layers_and_workers = [row for row in rows if row.payee_id not in homes]
    due = [row for row in layers_and_workers if row.id not in reasons]
    holding.fall_due(session, due)
    for reason in (NO_PAYOUT_METHOD, BANK_REFUSED, HELD_BY_FINANCE):
        aside = [row for row in layers_and_workers if reasons.get(row.id) == reason]
        holding.hold(session, actor, aside, source="scheduled", reason=reason, journal_id=posted.journal_id)
    for row in due:
        holding.note_due(session, actor, row)
    return len(rows)


def cured_by_payee() -> ColumnElement[bool]:
    """Whether an installment's payee has set a payout method since its hold, or had none before; one that works."""
    cured = select(PayoutDestination.payee_id).where(
        PayoutDestination.payee_id == Installment.payee_id,
        PayoutDestination.stopped_at.is_(None),
        (PayoutDestination.changed_at > Installment.held_at) | (Installment.held_reason == NO_PAYOUT_METHOD),
    )
    return and_(Installment.held_reason.in_(PAYEE_CURABLE), cured.exists())


def release_cured(session: Session, limit: int = BATCH) -> int:
    """Let up to `limit` installments fall due again whose hold has ended; returns how many.

    The payee has set a payout method since the hold, or had none before; or finance holds it no more; or what a layer
    in default had earned was released, and its day has come: a client's is its deposit then, the caretaker's the
    guarantee fund's.
    """
    freed = select(ContractDefault.id).where(
        ContractDefault.contract_id == Installment.contract_id,
        ContractDefault.former_organization_id == Installment.payee_id,
        ContractDefault.released_at.is_not(None),
    )
    now = market_now(session)
    rows = holding.lock_installments(
        session,
        and_(
            Installment.state == "held",
            or_(
                cured_by_payee(),
                and_(Installment.held_reason == HELD_BY_FINANCE, ~covered(now.date())),
                and_(Installment.held_reason == LAYER_DEFAULT, Installment.due_on <= now.date(), freed.exists()),
            ),
        ),
        limit=limit,
        skip_locked=True,
    )
    if not rows:
        return 0
    actor = system_actor("release_cured")
    homes = _homes(session, rows)
    posted = post(
        session,
        actor,
        kind="J4",
        key=f"J4:release:{digest(rows)}:{now:%Y%m%d%H%M%S%f}",
        pairs=_released(session, rows, homes),
        subject=("installment", rows[0].id),
    )
    holding.keep(session, actor, [row for row in rows if row.payee_id in homes], posted.journal_id, source="held")
    holding.release(session, actor, [row for row in rows if row.payee_id not in homes], posted.journal_id)
    return len(rows)


def digest(rows: Sequence[Installment]) -> str:
    """What the key of a journal of these rows has of them."""
    return hashlib.sha256(b"".join(sorted(row.id.bytes for row in rows))).hexdigest()[:32]


def _homes(session: Session, rows: Sequence[Installment]) -> dict[uuid.UUID, dict[str, AccountRef]]:
    """Where margins go of those who are no layer: they took over a contract of one in default (rule 9).

    By organization and currency: a client's is its deposit again, the platform's as caretaker is the guarantee fund's.
    """
    wanted = select(Organization).where(
        Organization.id.in_({row.payee_id for row in rows if row.payee_kind == "layer"}),
        Organization.kind.in_(["client", "platform"]),
    )
    currencies = {row.currency for row in rows}
    return {
        one.id: {
            currency: guarantee_fund(currency) if one.kind == "platform" else client_deposits(one.id, currency)
            for currency in currencies
        }
        for one in session.scalars(wanted)
    }


def _fell_due(row: Installment, held_for: str | None, homes: Mapping[str, AccountRef] | None) -> list[Pair]:
    share = DatedShare(row.payee_id, row.contract_id, row.due_on, row.money)
    if homes is not None:
        return j4_margin_kept(share, homes[row.currency])
    if row.payee_kind == "worker":
        return j4_pay_fell_due(share, held_for)
    return j4_margin_fell_due(share, held_for)


def _released(
    session: Session, rows: Sequence[Installment], homes: Mapping[uuid.UUID, Mapping[str, AccountRef]]
) -> list[Pair]:
    """What 2150 holds for the rows: their amounts, less what a later payout has paid of one that came back."""
    targets = {row.id: homes[row.payee_id][row.currency] if row.payee_id in homes else _due(row) for row in rows}
    hold(session, [account for row in rows for account in (_held(row), targets[row.id])])
    back = {_held(row) for row in rows if row.held_reason in MAY_BE_SHORT}
    left = {account: balance(session, account) for account in back}
    pairs = []
    for row in rows:
        account = _held(row)
        amount = row.money
        if row.held_reason in MAY_BE_SHORT:
            amount = min(amount, left[account], key=lambda money: money.amount)
            left[account] -= amount
        pairs.append(Pair(account, targets[row.id], amount))
    return pairs


def _held(row: Installment) -> AccountRef:
    return held(row.payee_id, row.held_reason or "", row.currency)


def _due(row: Installment) -> AccountRef:
    return due_to(row.payee_kind, row.payee_id, row.contract_id, row.currency)

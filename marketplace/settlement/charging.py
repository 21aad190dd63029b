"""Taking what a layer has to pay out of its margins: what is due, or held for its default or by finance, first, then
what is scheduled, latest date first.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_
from sqlalchemy.orm import Session

from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.recipes.accounts import DatedShare, held, margin_deferred, margin_due
from marketplace.settlement.extra_models import ExtraCharge
from marketplace.settlement.holding import lock_installments, whole
from marketplace.settlement.models import Installment
from marketplace.settlement.states import HELD_BY_FINANCE, INSTALLMENT, LAYER_DEFAULT

CHARGEABLE = or_(
    Installment.state.in_(["scheduled", "due"]),
    # Else a debt could be given up while the margin that pays it is only held for a time.
    and_(Installment.state == "held", Installment.held_reason.in_([LAYER_DEFAULT, HELD_BY_FINANCE]), whole()),
)
"""Which installments of a layer may give."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be taken from one installment of a layer, and the account that holds it."""

    row: Installment
    account: AccountRef
    amount: Money


def plan(
    session: Session,
    debtor_id: uuid.UUID,
    contract_id: uuid.UUID,
    wanted: Money,
    *,
    anywhere: bool = False,
    latest_first: bool = False,
) -> list[Charge]:
    """Which installments of a layer give the amount, as far as they reach; locks all it may take from.

    2140 and what is held for its default or by finance first, then 2120 with the latest date first; with
    `latest_first` only the date counts, so that a layer keeps longest what it counts on soonest. With `anywhere` the
    layer's other contracts in that currency give too, after this one. What is in a payout, paid, or held because the
    layer cannot be paid is not touched.
    """
    rows = lock_installments(
        session,
        and_(
            Installment.payee_kind == "layer",
            Installment.payee_id == debtor_id,
            Installment.currency == wanted.currency,
            CHARGEABLE,
            *([] if anywhere else [Installment.contract_id == contract_id]),
        ),
    )
    rows.sort(
        key=lambda row: (
            row.contract_id != contract_id,
            row.state == "scheduled" and not latest_first,
            -row.due_on.toordinal(),
        )
    )
    charges, rest = [], wanted
    for row in rows:
        taken = min(rest, row.money)
        if taken.amount > 0:
            charges.append(Charge(row, _account(row, taken), taken))
            rest -= taken
    return charges


def total(charges: Sequence[Charge], currency: str) -> Money:
    """The sum."""
    return sum((charge.amount for charge in charges), Money.zero(currency))


def take(
    session: Session,
    charges: Sequence[Charge],
    *,
    paid_to: str,
    journal_id: uuid.UUID,
    extra_id: uuid.UUID | None = None,
    quality_claim_id: uuid.UUID | None = None,
) -> None:
    """Shrink the installments by what that journal moved out of their accounts; one that gave all is cancelled.

    It is for an extra, or for a quality claim.
    """
    for charge in charges:
        row = charge.row
        session.add(
            ExtraCharge(
                journal_id=journal_id,
                installment_id=row.id,
                extra_id=extra_id,
                quality_claim_id=quality_claim_id,
                paid_to=paid_to,
                installment_state=row.state,
                amount=charge.amount.amount,
            )
        )
        row.amount -= charge.amount.amount
        if row.amount == 0:
            INSTALLMENT.check(row.state, "cancelled")
            row.state = "cancelled"
    session.flush()


def _account(row: Installment, taken: Money) -> AccountRef:
    if row.state == "due":
        return margin_due(row.payee_id, row.contract_id, row.currency)
    if row.state == "held":
        return held(row.payee_id, row.held_reason or "", row.currency)
    return margin_deferred(DatedShare(row.payee_id, row.contract_id, row.due_on, taken))

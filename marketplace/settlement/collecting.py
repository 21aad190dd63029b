"""A layer's payments to a worker (J18): from its margin, then from the guarantee fund, the rest as an open claim."""

import uuid

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance, balances
from marketplace.ledger.chart import Code
from marketplace.ledger.posting import hold, post
from marketplace.ledger.recipes.accounts import guarantee_fund
from marketplace.ledger.recipes.earning import j18_layer_pays, j18_recourse_collected
from marketplace.settlement import charging
from marketplace.settlement.charging import Charge
from marketplace.settlement.events import EXTRA_PAID, RECOURSE_COLLECTED
from marketplace.settlement.extra_bodies import collected_body, paid_body
from marketplace.settlement.extra_models import Extra, ExtraShare
from marketplace.settlement.holding import note_due, note_held
from marketplace.settlement.models import Installment
from marketplace.settlement.payability import why_unpayable


def pay(session: Session, actor: Actor, extra: Extra, charges: list[Charge]) -> bool:
    """Pay what of an extra these charges and the fund cover: one journal, one installment; says whether it paid.

    The caller planned the charges, so that their installments are locked.
    """
    currency = extra.currency
    from_margin = charging.total(charges, currency)
    from_fund = _from_fund(session, extra.unpaid - from_margin, charges)
    paid = from_margin + from_fund
    if paid.is_zero:
        return False
    debtor = _debtor(extra)
    held_for = why_unpayable(session, [extra.worker_id]).get(extra.worker_id)
    posted = post(
        session,
        actor,
        kind="J18",
        key=f"J18:{public('extra', extra.id)}:{extra.unpaid_amount}",
        pairs=j18_layer_pays(
            extra.worker_id,
            due=[(charge.account, charge.amount) for charge in charges],
            from_fund=from_fund,
            debtor_id=debtor,
            held_for=held_for,
        ),
        subject=("extra", extra.id),
    )
    charging.take(session, charges, paid_to="worker", journal_id=posted.journal_id, extra_id=extra.id)
    _add_installment(session, actor, extra, paid, posted.journal_id, held_for)
    extra.unpaid_amount -= paid.amount
    extra.recourse_amount += from_fund.amount
    extra.journal_id = extra.journal_id or posted.journal_id
    session.flush()
    record(
        session,
        EXTRA_PAID,
        actor,
        subject=("journal", posted.journal_id),
        organizations={debtor},
        people={extra.worker_id},
        body=paid_body(extra.id, extra.worker_id, paid),
    )
    return True


def _add_installment(
    session: Session, actor: Actor, extra: Extra, paid: Money, journal_id: uuid.UUID, held_for: str | None
) -> None:
    """The worker's installment for it: due today, or held where the worker has not said where to pay to."""
    now = market_now(session)
    row = Installment(
        id=new_id(),
        payee_kind="worker",
        payee_id=extra.worker_id,
        contract_id=extra.contract_id,
        due_on=now.date(),
        currency=paid.currency,
        amount=paid.amount,
        state="due" if held_for is None else "held",
        due_at=now if held_for is None else None,
        held_reason=held_for,
        held_at=None if held_for is None else now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add(ExtraShare(extra_id=extra.id, installment_id=row.id, journal_id=journal_id, amount=paid.amount))
    session.flush()
    if held_for is None:
        note_due(session, actor, row)
    else:
        note_held(session, actor, row, held_for, journal_id)


def _from_fund(session: Session, missing: Money, charges: list[Charge]) -> Money:
    """How much of it the guarantee fund can give: what it holds, less what layers already owe to it."""
    if missing.is_zero:
        return missing
    fund = guarantee_fund(missing.currency)
    # Two who draw on the fund at once would both see the same money in it; and all accounts are locked in order.
    hold(session, [fund, *(charge.account for charge in charges)])
    lent = session.scalar(select(func.sum(Extra.recourse_amount)).where(Extra.currency == missing.currency)) or 0
    there = balance(session, fund) - Money(int(lent), missing.currency)
    return max(min(missing, there), Money.zero(missing.currency))


def settle_open(session: Session, limit: int = 20) -> int:
    """Sweep: pay open claims of workers, then what layers owe to the fund, from the layers' margins there are by now.

    Margins of any contract of the layer in that currency give. Returns how many extras it brought forward.
    """
    margins = select(Installment.id).where(
        Installment.payee_kind == "layer",
        Installment.payee_id == Extra.debtor_organization_id,
        Installment.currency == Extra.currency,
        charging.CHARGEABLE,
    )
    funded = [fund.currency for fund in balances(session, Code.WAGE_GUARANTEE_FUND)]
    wanted = (
        select(Extra)
        .where(
            or_(Extra.unpaid_amount > 0, Extra.recourse_amount > 0),
            or_(margins.exists(), and_(Extra.unpaid_amount > 0, Extra.currency.in_(funded))),
        )
        .order_by(Extra.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    # One extra in a transaction: each posts a journal of its own, and two would not lock accounts in one order.
    return int(any(_bring_forward(session, system_actor("settle_extras"), extra) for extra in session.scalars(wanted)))


def _bring_forward(session: Session, actor: Actor, extra: Extra) -> bool:
    debtor = _debtor(extra)
    if extra.unpaid_amount > 0:
        charges = charging.plan(session, debtor, extra.contract_id, extra.unpaid, anywhere=True)
        return pay(session, actor, extra, charges)
    charges = charging.plan(session, debtor, extra.contract_id, extra.recourse, anywhere=True)
    if not charges:
        return False
    posted = post(
        session,
        actor,
        kind="J18",
        key=f"J18:{public('extra', extra.id)}:recourse:{extra.recourse_amount}",
        pairs=j18_recourse_collected(debtor, extra.currency, [(charge.account, charge.amount) for charge in charges]),
        subject=("extra", extra.id),
    )
    charging.take(session, charges, paid_to="fund", journal_id=posted.journal_id, extra_id=extra.id)
    collected = charging.total(charges, extra.currency)
    extra.recourse_amount -= collected.amount
    session.flush()
    body = collected_body(extra.id, debtor, collected)
    subject = ("journal", posted.journal_id)
    record(session, RECOURSE_COLLECTED, actor, subject=subject, organizations={debtor}, body=body)
    return True


def _debtor(extra: Extra) -> uuid.UUID:
    assert extra.debtor_organization_id is not None, f"extra {extra.id} is paid by an allowance"
    return extra.debtor_organization_id

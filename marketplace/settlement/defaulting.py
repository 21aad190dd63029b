"""Money of layers in default (J11): what they earned by the contract is held, and the workers stay as they were."""

import uuid

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.contracts.default_models import ContractDefault
from marketplace.contracts.errors import RECOURSE_OPEN
from marketplace.contracts.events import DEFAULT_RELEASED
from marketplace.contracts.models import Contract
from marketplace.contracts.reasons import require_reason
from marketplace.db.clock import market_now
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import DatedShare, margin_deferred, margin_due
from marketplace.ledger.recipes.earning import j11_margins_held
from marketplace.settlement import holding, quality_collecting
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.maturing import digest
from marketplace.settlement.models import Installment
from marketplace.settlement.states import LAYER_DEFAULT

_LOOSE = ("scheduled", "due")


def hold_margins(session: Session, actor: Actor, default: ContractDefault) -> Money | None:
    """Hold what the former seller is owed by the contract and is not being paid already; returns how much.

    A payout that was not sent yet is given up when its turn comes, and holds its installments then.
    """
    rows = holding.lock_installments(
        session,
        and_(
            Installment.payee_kind == "layer",
            Installment.payee_id == default.former_organization_id,
            Installment.contract_id == default.contract_id,
            Installment.state.in_(_LOOSE),
        ),
    )
    if not rows:
        return None
    posted = post(
        session,
        actor,
        kind="J11",
        key=f"J11:{public('default', default.id)}:{digest(rows)}",
        pairs=j11_margins_held(
            default.former_organization_id,
            LAYER_DEFAULT,
            [
                (
                    margin_deferred(DatedShare(row.payee_id, row.contract_id, row.due_on, row.money))
                    if row.state == "scheduled"
                    else margin_due(row.payee_id, row.contract_id, row.currency),
                    row.money,
                )
                for row in rows
            ],
        ),
        subject=("default", default.id),
    )
    for source in _LOOSE:
        of_source = [row for row in rows if row.state == source]
        holding.hold(session, actor, of_source, source=source, reason=LAYER_DEFAULT, journal_id=posted.journal_id)
    return sum((row.money for row in rows), Money.zero(rows[0].currency))


def hold_loose(session: Session, limit: int = 20) -> int:
    """Sweep: hold what came back to a layer in default since, such as by a refused payout; returns of how many.

    One default in a transaction: each posts a journal of its own.
    """
    loose = exists().where(
        Installment.payee_kind == "layer",
        Installment.payee_id == ContractDefault.former_organization_id,
        Installment.contract_id == ContractDefault.contract_id,
        Installment.state.in_(_LOOSE),
    )
    wanted = select(ContractDefault).where(ContractDefault.released_at.is_(None), loose)
    locked = wanted.order_by(ContractDefault.id).limit(limit).with_for_update(skip_locked=True, key_share=True)
    actor = system_actor("hold_margins")
    return int(any(hold_margins(session, actor, default) for default in session.scalars(locked)))


def is_held(session: Session, contract_id: uuid.UUID | None, organization_id: uuid.UUID) -> bool:
    """Whether what the organization earned by the contract is held because it is in default."""
    held = exists().where(
        ContractDefault.contract_id == contract_id,
        ContractDefault.former_organization_id == organization_id,
        ContractDefault.released_at.is_(None),
    )
    return bool(session.scalar(select(held)))


def release_margins(session: Session, actor: Actor, default_id: uuid.UUID, reason: str) -> ContractDefault:
    """End the hold: what is left to the former seller falls due on its days, to be paid like any margin.

    Raises forbidden, not_found, invalid without a reason, state_conflict for one that was released, recourse_open
    while the layer owes to a worker, to the guarantee fund or for a quality claim by any of its contracts.
    """
    actor.require("default.release")
    reason = require_reason(reason)
    wanted = select(ContractDefault).where(ContractDefault.id == default_id).with_for_update(key_share=True)
    default = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if default is None:
        raise NOT_FOUND.error("There is no default with this id.", noun="default")
    if default.released_at is not None:
        raise STATE_CONFLICT.error("This was released before.", noun="default", current="released")
    owes = exists().where(
        Extra.debtor_organization_id == default.former_organization_id,
        or_(Extra.unpaid_amount > 0, Extra.recourse_amount > 0),
    )
    if session.scalar(select(owes)):
        raise RECOURSE_OPEN.error("The layer still owes to a worker or to the guarantee fund.")
    currency = _currency(session, default)
    if session.scalar(select(quality_collecting.owes(default.former_organization_id, currency))):
        raise RECOURSE_OPEN.error("The layer still owes to a client for a quality claim.")
    default.released_at, default.released_by_person_id = market_now(session), actor.person_id
    default.release_reason = reason
    session.flush()
    record(
        session,
        DEFAULT_RELEASED,
        actor,
        subject=("default", default.id),
        organizations=[default.former_organization_id],
        body={
            "contract": public("contract", default.contract_id),
            "organization": public("organization", default.former_organization_id),
            "reason_commitment": said(reason),
        },
    )
    return default


def held_of(session: Session, default: ContractDefault) -> Money:
    """What is held of the former seller's by this default now."""
    amount = session.scalar(
        select(func.sum(Installment.amount)).where(
            Installment.payee_kind == "layer",
            Installment.payee_id == default.former_organization_id,
            Installment.contract_id == default.contract_id,
            Installment.state == "held",
            Installment.held_reason == LAYER_DEFAULT,
        )
    )
    return Money(int(amount or 0), _currency(session, default))


def _currency(session: Session, default: ContractDefault) -> str:
    return session.get_one(Job, session.get_one(Contract, default.contract_id).job_id).currency

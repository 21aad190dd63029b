"""Extras: what workers are paid beside the price of answers, each a line of its own on their statement.

A client's extras (gold answers, bonuses, recovery) come from the job's allowance (J19) and fall due by the worker's
own terms. A layer's (redo fees, wage-floor top-ups) come from its margin at once (J18); where that does not reach,
the guarantee fund pays and the layer owes it back, and where the fund does not reach either, the rest stays an open
claim that the sweep `collecting.settle_open` pays from the layer's next margins. The platform takes no fee of extras.
"""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.paydays import limits_of, paydays_of
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import DatedShare
from marketplace.ledger.recipes.earning import j19_from_allowance
from marketplace.settlement import charging
from marketplace.settlement.booking import grow_installments
from marketplace.settlement.collecting import pay
from marketplace.settlement.errors import EXTRA_DIFFERS, MARGIN_SHORT
from marketplace.settlement.events import EXTRA_BOOKED
from marketplace.settlement.extra_bodies import booked_body
from marketplace.settlement.extra_models import ALLOWANCE_KINDS, LAYER_KINDS, Extra, ExtraShare
from marketplace.work.models import Batch, Claim


def pay_from_allowance(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    job: Job,
    claim: Claim | None,
    worker_id: uuid.UUID,
    contract_id: uuid.UUID,
    amount: Money,
    key: str,
    note: str | None = None,
) -> Extra | None:
    """Pay a worker an extra of the client's (J19): "gold", "bonus" or "recovery"; None when the allowance is short.

    It falls due by the terms of the claim's batch, else of the contract. Takes the job's lock, so the caller holds no
    later one (contract, claim, installment). The same `key` again finds the first extra. Raises extra_differs when
    that was another one.
    """
    if kind not in ALLOWANCE_KINDS or amount.amount <= 0:
        raise ValueError(f"no {kind} of {amount} is paid from an allowance")
    job = lock_job(session, job.id)
    if (known := _known(session, key, kind, worker_id, amount)) is not None:
        return known
    if amount.currency != job.currency or not reserve.spend_allowance(session, job, amount):
        return None
    now = market_now(session)
    source = session.get_one(Contract, contract_id) if claim is None else _batch(session, claim)
    limits = limits_of(session, [worker_id], since=source.created_at if isinstance(source, Batch) else now)
    (paydays,) = paydays_of(session, [source.terms], now, limits.get(worker_id, ()))
    shares = paydays.split(amount)
    dated = {("worker", worker_id, contract_id, due_on): share for due_on, share in shares}
    installment_ids = grow_installments(session, dated, amount.currency)
    extra = _new(kind, job.id, contract_id, claim, worker_id, amount, key, note)
    posted = post(
        session,
        actor,
        kind="J19",
        key=f"J19:{public('extra', extra.id)}",
        pairs=j19_from_allowance(job.id, [DatedShare(worker_id, contract_id, *share) for share in shares]),
        subject=("extra", extra.id),
        effective_on=now.date(),
    )
    extra.journal_id = posted.journal_id
    session.add(extra)
    session.flush()
    session.add_all(
        ExtraShare(
            extra_id=extra.id,
            installment_id=installment_ids[dated_key],
            journal_id=posted.journal_id,
            amount=share.amount,
        )
        for dated_key, share in dated.items()
    )
    session.flush()
    _record_booked(session, actor, extra, job.organization_id)
    return extra


def pay_from_layer(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    contract: Contract,
    worker_id: uuid.UUID,
    claim: Claim | None,
    amount: Money,
    key: str,
    note: str | None = None,
    debtor_id: uuid.UUID | None = None,
) -> Extra:
    """Make the seller of a contract pay a worker at once (J18): "redo_fee" or "wage_top_up".

    `debtor_id` names who sold under it before, where it is their debt and not their successor's. The debtor's margin of
    that contract gives, due first, then the latest date first; for a top-up the guarantee fund gives the rest as far
    as it goes, and what is still missing stays open. Locks installments, then accounts: the caller
    holds neither, and posts no other journal in this transaction that debits accounts of workers. The same `key` again
    finds the first extra. Raises margin_short for a redo fee that the margin does not cover, extra_differs.
    """
    if kind not in LAYER_KINDS or amount.amount <= 0:
        raise ValueError(f"no {kind} of {amount} is paid by a layer")
    if (known := _known(session, key, kind, worker_id, amount)) is not None:
        return known
    debtor_id = debtor_id or contract.seller_organization_id
    charges = charging.plan(session, debtor_id, contract.id, amount)
    missing = amount - charging.total(charges, amount.currency)
    if kind == "redo_fee" and not missing.is_zero:
        left = amount - missing
        raise MARGIN_SHORT.error(
            f"The layer's margin of this contract is {left}, the fee {amount}.",
            needed=amount.to_wire(),
            left=left.to_wire(),
        )
    extra = _new(kind, contract.job_id, contract.id, claim, worker_id, amount, key, note)
    extra.debtor_organization_id, extra.unpaid_amount = debtor_id, amount.amount
    session.add(extra)
    session.flush()
    _record_booked(session, actor, extra, debtor_id)
    pay(session, actor, extra, charges)
    return extra


def _batch(session: Session, claim: Claim) -> Batch:
    return session.get_one(Batch, claim.batch_id)


def _known(session: Session, key: str, kind: str, worker_id: uuid.UUID, amount: Money) -> Extra | None:
    found = session.scalars(select(Extra).where(Extra.key == key)).one_or_none()
    if found is not None and (found.kind, found.worker_id, found.money) != (kind, worker_id, amount):
        raise EXTRA_DIFFERS.error("This extra was paid before, and differently.", extra=public("extra", found.id))
    return found


def _new(
    kind: str,
    job_id: uuid.UUID,
    contract_id: uuid.UUID,
    claim: Claim | None,
    worker_id: uuid.UUID,
    amount: Money,
    key: str,
    note: str | None,
) -> Extra:
    return Extra(
        id=new_id(),
        kind=kind,
        job_id=job_id,
        contract_id=contract_id,
        claim_id=None if claim is None else claim.id,
        worker_id=worker_id,
        amount=amount.amount,
        currency=amount.currency,
        unpaid_amount=0,
        recourse_amount=0,
        written_off_amount=0,
        key=key,
        note=note,
    )


def _record_booked(session: Session, actor: Actor, extra: Extra, payer_id: uuid.UUID) -> None:
    record(
        session,
        EXTRA_BOOKED,
        actor,
        subject=("extra", extra.id),
        organizations={payer_id},
        people={extra.worker_id},
        body=booked_body(extra),
    )

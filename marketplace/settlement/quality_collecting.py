"""What an upheld quality claim brings back (J10b): margin of the layer that vouched, to the job's reserve.

Never a worker's pay. What the layer cannot give at once it owes (1210), and it is taken from its next margins, after
what it owes to workers and to the guarantee fund. All of it at one time or nothing: a part would tell the claimant what
margin there is (rule 12). Until then no margin of the layer in that currency is paid out.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputer, record
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.correcting import j10b_recourse_collected, j10b_upheld
from marketplace.settlement import charging
from marketplace.settlement.extra_models import Extra, ExtraCharge
from marketplace.settlement.models import Installment
from marketplace.settlement.quality_events import QUALITY_CLAIM_COLLECTED
from marketplace.settlement.quality_models import QualityClaim


def collect(session: Session, actor: Actor, claim: QualityClaim, *, at_once: bool) -> Money:
    """Take what of an upheld claim is uncollected from the layer's margins; returns how much: all of it, or nothing.

    `at_once`, when it is upheld, the margins of the claimed contract give, the latest due date first; later those of
    the layer's other contracts in that currency too, through what it owes (1210). The caller holds the job's lock and
    the claim's, and neither installments nor accounts.
    """
    debtor, currency = claim.against_organization_id, claim.currency
    if session.scalar(select(owes_workers(debtor, currency))):
        return Money.zero(currency)
    charges = charging.plan(
        session, debtor, claim.contract_id, claim.uncollected, anywhere=not at_once, latest_first=True
    )
    if charging.total(charges, currency) < claim.uncollected:
        return Money.zero(currency)
    return give_back(session, actor, claim, charges, at_once=at_once)


def give_back(
    session: Session, actor: Actor, claim: QualityClaim, charges: Sequence[charging.Charge], *, at_once: bool
) -> Money:
    """Move what was planned from the layer's margins to the job's reserve; the claim is met, or the rest given up."""
    debtor, currency = claim.against_organization_id, claim.currency
    sources = [(charge.account, charge.amount) for charge in charges]
    posted = post(
        session,
        actor,
        kind="J10b",
        key=f"J10b:{public('quality_claim', claim.id)}:{claim.uncollected_amount}",
        pairs=j10b_upheld(claim.job_id, sources)
        if at_once
        else j10b_recourse_collected(debtor, claim.job_id, currency, sources),
        subject=("quality_claim", claim.id),
    )
    charging.take(session, charges, paid_to="reserve", journal_id=posted.journal_id, quality_claim_id=claim.id)
    collected = charging.total(charges, currency)
    claim.uncollected_amount = 0
    claim.written_off_amount = (claim.awarded - collected).amount
    session.flush()
    client_id = session.get_one(Job, claim.job_id).organization_id
    record(
        session,
        QUALITY_CLAIM_COLLECTED,
        actor,
        subject=("journal", posted.journal_id),
        organizations={claim.claimant_organization_id, debtor, client_id},
        body=collected_body(claim, collected),
    )
    return collected


def collect_open(session: Session, limit: int = 20) -> int:
    """Sweep: take what layers owe for upheld claims from the margins there are by now; returns of how many claims.

    One claim in a transaction. What a layer owes to workers and to the guarantee fund comes first.
    """
    margins = (
        select(func.coalesce(func.sum(Installment.amount), 0))
        .where(
            Installment.payee_kind == "layer",
            Installment.payee_id == QualityClaim.against_organization_id,
            Installment.currency == QualityClaim.currency,
            charging.CHARGEABLE,
        )
        .scalar_subquery()
    )
    workers_first = owes_workers(QualityClaim.against_organization_id, QualityClaim.currency)
    wanted = select(QualityClaim.id, QualityClaim.job_id).where(
        QualityClaim.uncollected_amount > 0, margins >= QualityClaim.uncollected_amount, ~workers_first
    )
    actor = system_actor("collect_quality_claims")
    for claim_id, job_id in session.execute(wanted.order_by(QualityClaim.id).limit(limit)).all():
        # The job before the claim, as who decides does; then again what was seen without the locks.
        lock_job(session, job_id)
        locked = select(QualityClaim).where(QualityClaim.id == claim_id).with_for_update(key_share=True)
        claim = session.scalars(locked.execution_options(populate_existing=True)).one()
        if claim.uncollected_amount > 0:
            collected = collect(session, actor, claim, at_once=False)
            return int(not collected.is_zero)
    return 0


def owes(organization_id: Any, currency: Any) -> ColumnElement[bool]:
    """Whether an organization still owes in that currency for a quality claim that was upheld; values or columns."""
    return exists().where(
        QualityClaim.against_organization_id == organization_id,
        QualityClaim.currency == currency,
        QualityClaim.uncollected_amount > 0,
    )


def owes_workers(debtor: Any, currency: Any) -> ColumnElement[bool]:
    """Whether an organization still owes in that currency to workers or to the guarantee fund, who come first."""
    return exists().where(
        Extra.debtor_organization_id == debtor,
        Extra.currency == currency,
        or_(Extra.unpaid_amount > 0, Extra.recourse_amount > 0),
    )


def collected_body(claim: QualityClaim, collected: Money) -> dict[str, Any]:
    """What one journal brought back to the reserve."""
    return {
        "quality_claim": public("quality_claim", claim.id),
        "job": public("job", claim.job_id),
        "amount": collected.to_wire(),
    }


@recomputer(QUALITY_CLAIM_COLLECTED)
def _collected(session: Session, journal_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.execute(
        select(ExtraCharge.journal_id, QualityClaim, func.sum(ExtraCharge.amount))
        .join(QualityClaim, QualityClaim.id == ExtraCharge.quality_claim_id)
        .where(ExtraCharge.journal_id.in_(journal_ids))
        .group_by(ExtraCharge.journal_id, QualityClaim.id)
    )
    return {journal_id: collected_body(claim, Money(int(amount), claim.currency)) for journal_id, claim, amount in rows}

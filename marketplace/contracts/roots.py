"""The root contract: the job's own layer 0, made when the job is published."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.ordinals import Ordinals, ordinals
from marketplace.db.clock import market_now
from marketplace.jobs.models import Job
from marketplace.jobs.queries import rates_of


def create_root(session: Session, job: Job) -> Contract:
    """Make the root of a job just opened; the caller holds the job's lock.

    Buyer and seller are the client; it sells at the client price less the fee, holds every item,
    and has no margin. Its audit event is the job's publication.
    """
    now = market_now(session)
    root = Contract(
        job_id=job.id,
        parent_id=None,
        layer=0,
        buyer_organization_id=job.organization_id,
        seller_organization_id=job.organization_id,
        state="active",
        settlement_terms=job.settlement_terms,
        version=1,
        accepted_at=now,
    )
    session.add(root)
    session.flush()
    for rate in rates_of(session, job.id):
        assert rate.fee is not None, "fees are fixed before the root is made"
        items = ordinals((1, rate.item_count)) if rate.item_count else Ordinals([])
        session.add(
            ContractRate(
                contract_id=root.id,
                rate_code=rate.code,
                job_id=job.id,
                currency=rate.currency,
                price_amount=(rate.price - rate.fee).amount,
                allotment=items,
                free=items,
            )
        )
    session.flush()
    return root

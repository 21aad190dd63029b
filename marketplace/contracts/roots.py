"""The root contract: the job's own layer 0, made when the job is published."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.ordinals import ordinals
from marketplace.contracts.paths import lock_contract
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.jobs.models import Job
from marketplace.jobs.queries import rates_of, standing_ordinals

_SQL = load(__file__, "allotting.sql")
_GROW = _SQL.grow.bindparams(bindparam("added", type_=INT8MULTIRANGE))


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
    standing = standing_ordinals(session, job.id)
    for rate in rates_of(session, job.id):
        assert rate.fee is not None, "fees are fixed before the root is made"
        items = standing[rate.code]
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


def grow_root(session: Session, root_id: UUID, spans: Mapping[str, tuple[int, int]]) -> None:
    """Give items added after publication to the root: `spans` are first and last ordinal by rate.

    The caller holds the job's lock. The audit event is that of the items.
    """
    root = lock_contract(session, root_id)
    for code, span in sorted(spans.items()):
        grown = {"contract_id": root_id, "rate_code": code, "added": ordinals(span)}
        changed = getattr(session.execute(_GROW, grown), "rowcount", 0)
        assert changed == 1, f"the root {root_id} has no rate {code}"
    root.version += 1
    session.flush()

"""Contracts whose work is done: exhausted once every item is answered and decided, closed once nothing is contestable.

The job's own contract is left to the job, which may still be given items.
"""

from sqlalchemy.orm import Session

from marketplace.contracts.events import CONTRACT_CLOSED, CONTRACT_EXHAUSTED
from marketplace.contracts.moving import move, record_for_parties
from marketplace.contracts.paths import lock_contract
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import system_actor

_STATEMENTS = load(__file__, "exhausting.sql")


def exhaust_contracts(session: Session, limit: int = 100) -> int:
    """Sweep: move contracts on whose items are all answered, the lowest first; returns how many moved."""
    moved = 0
    ready = session.execute(_STATEMENTS.ready_to_move, {"ids": None, "limit": limit}).all()
    # Ordered by job: locks of several jobs in one transaction are taken in one order by every sweep.
    for row in ready:
        lock_job(session, row.job_id)
        contract = lock_contract(session, row.id)
        # Looked at again under the lock: items may have come back to it, or it may have been frozen or recalled.
        if session.execute(_STATEMENTS.ready_to_move, {"ids": [row.id], "limit": 1}).one_or_none() is None:
            continue
        done = contract.state == "exhausted"
        target, event = ("closed", CONTRACT_CLOSED) if done else ("exhausted", CONTRACT_EXHAUSTED)
        move(contract, target)
        session.flush()
        record_for_parties(session, event, system_actor("exhaust_contracts"), contract, {})
        moved += 1
    return moved

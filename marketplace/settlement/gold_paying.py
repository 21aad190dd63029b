"""Gold answers are paid with the others of their claim, from the job's allowance, whether they were right or not."""

import uuid

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.settlement.extras import pay_from_allowance
from marketplace.work.gold_models import GoldDraw
from marketplace.work.models import Batch, Claim

_STATEMENTS = load(__file__, "gold_paying.sql")


def settle_one_draw(session: Session) -> int:
    """Sweep: pay the gold answer of one claim that is decided, or free its pay where the claim ended without answers.

    Only then does a line of its own tell the worker. Returns how many draws were settled.
    """
    found = session.execute(_STATEMENTS.draw_to_settle).one_or_none()
    if found is None:
        return 0
    job = lock_job(session, found.job_id)
    draw = session.get_one(GoldDraw, found.claim_id, populate_existing=True)
    # Another process may have settled it while this one waited for the job.
    if draw.state == "open":
        claim = session.get_one(Claim, draw.claim_id, populate_existing=True)
        amount = Money(draw.amount, job.currency)
        reserve.give_up_allowance(session, job, amount)
        draw.state = "paid" if claim.state == "decided" else "ended"
        session.flush()
        if draw.state == "paid":
            extra = pay_from_allowance(
                session,
                system_actor("settle_gold"),
                kind="gold",
                job=job,
                claim=claim,
                worker_id=draw.worker_id,
                contract_id=_contract_id(session, claim),
                amount=amount,
                key=f"gold:{public('claim', claim.id)}",
            )
            assert extra is not None, f"{public('claim', claim.id)}: the pay of its gold answer was committed"
    return 1


def _contract_id(session: Session, claim: Claim) -> uuid.UUID:
    return session.get_one(Batch, claim.batch_id).contract_id

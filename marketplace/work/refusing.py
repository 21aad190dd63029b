"""Why a claim is refused: nothing there for the worker, too much held already, or other terms than they were shown."""

import uuid
from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy.orm import Session

from marketplace.contracts.paths import refuse_halted
from marketplace.db.sql import load
from marketplace.kernel.money import Money
from marketplace.kernel.texts import say
from marketplace.work import eligibility
from marketplace.work.errors import CLAIMS_HELD, NOTHING_TO_CLAIM, TERMS_STALE
from marketplace.work.models import Batch

_STATEMENTS = load(__file__, "claiming.sql")


@dataclass(frozen=True, slots=True)
class ShownTerms:
    """What a worker was shown of the work; what is None was not named, and is not compared."""

    pay: Money | None = None
    terms_hash: bytes | None = None
    guideline_version: int | None = None

    def compare(self, pay: Money, terms_hash: bytes, guideline_version: int) -> None:
        """Raise terms_stale where a claim would freeze something else."""
        named = ((self.pay, pay), (self.terms_hash, terms_hash), (self.guideline_version, guideline_version))
        if any(seen is not None and seen != present for seen, present in named):
            raise TERMS_STALE.error(
                say("Pay, settlement terms or guideline are not as you saw them."),
                pay=pay.to_wire(),
                terms_hash=terms_hash.hex(),
                guideline_version=guideline_version,
            )


def refuse_claim(session: Session, worker_id: uuid.UUID, batch_id: uuid.UUID | None, held_max: int) -> NoReturn:
    """Say why there is nothing for the worker in the batch, or anywhere.

    Raises claims_held, contract_halted, worker_blocked, not_in_team, worker_not_allowed, screened_out, and else
    nothing_to_claim.
    """
    held = session.execute(_STATEMENTS.held, {"worker_id": worker_id, "batch_id": batch_id}).one()
    if held.held >= held_max:
        raise CLAIMS_HELD.error(say("You may hold %(held_max)s tasks at once.", held_max=held_max), held_max=held_max)
    batch = None if batch_id is None else session.get(Batch, batch_id, populate_existing=True)
    if batch is not None:
        if batch.state == "open" and not batch.claimable:
            refuse_halted(session, batch.contract_id)
        eligibility.refuse(session, worker_id, batch.id)
        if held.held_max is not None and held.held_in_job >= held.held_max:
            raise CLAIMS_HELD.error(
                say("You may hold %(held_max)s tasks of this job at once.", held_max=held.held_max),
                held_max=held.held_max,
            )
    raise NOTHING_TO_CLAIM.error(say("No task is open to you here at the moment."))

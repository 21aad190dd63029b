"""Markets whose items stop early or get further answers, and what is done in them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.models import JobReserve
from marketplace.jobs.overlap import Overlap
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import Claimed, claim_next
from marketplace.work.extending import extend_one_batch
from marketplace.work.models import Batch
from marketplace.work.overlap import judge_one_job
from marketplace.work.overlap_models import OverlapItem
from marketplace.work.submitting import submit
from tests.builders.work import Market, accept_all, make_market, make_worker


def make_overlap_market(session: Session, *, answers_max: int = 4, **overrides: Any) -> Market:
    """A text job with two first answers an item and as many as `answers_max`, funded for all of these at 1 USD."""
    agreement = overrides.pop("agreement_min_ppm", 900_000)
    chance = overrides.pop("posterior_min_ppm", None)
    items = overrides.pop("items_count", 4)
    wait = overrides.pop("wait_seconds", 600)
    overlap = Overlap(answers_max, agreement, chance, wait)
    values = {"redundancy": 2, "funded": str(items * answers_max), "overlap": overlap, **overrides}
    return make_market(session, items_count=items, **values)


def answer(session: Session, worker: Actor, batch: Batch, *labels: str) -> Claimed:
    """Claim the next task and answer its items with these labels, the last for all further ones."""
    claimed = claim_next(session, worker, batch.id)
    given = {item.id: {"label": labels[min(place, len(labels) - 1)]} for place, item in enumerate(claimed.items)}
    submit(session, worker, claimed.id, given, 1)
    return claimed


def do(session: Session, market: Market, batch: Batch, *labels: str, worker: Actor | None = None) -> Claimed:
    """Answer the next task, by somebody new unless given, and accept all of it."""
    claimed = answer(session, worker or make_worker(session), batch, *labels)
    decide_answers(session, market.reviewer, claimed.id, accept_all(session, claimed.id))
    return claimed


def sweep(session: Session) -> None:
    """Compare and gather until nothing is left to do."""
    while judge_one_job(session) or extend_one_batch(session):
        pass
    session.expire_all()


def extensions(session: Session, batch: Batch) -> list[Batch]:
    """The extensions of a batch, oldest first."""
    wanted = select(Batch).where(Batch.extends_batch_id == batch.id).order_by(Batch.opened_sequence)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def states(session: Session) -> dict[int, tuple[str, int]]:
    """State and answers held of every item there was no agreement on, by ordinal."""
    rows = session.scalars(select(OverlapItem).execution_options(populate_existing=True))
    return {row.ordinal: (row.state, row.answers_held) for row in rows}


def committed(session: Session, market: Market) -> Money:
    """What is committed of the job's reserve."""
    return session.get_one(JobReserve, market.job.id, populate_existing=True).committed

"""Workers whose scores are known."""

from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.scores.scoring import score_one_worker
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch
from marketplace.work.submitting import submit
from tests.builders.consensus import find_consensus
from tests.builders.screening import days_pass
from tests.builders.work import Market, accept_all, make_market, make_worker, open_batch


def score_workers(session: Session) -> int:
    """Reckon every score that is due today; of how many workers."""
    workers = 0
    while score_one_worker(session):
        workers += 1
    session.expire_all()
    return workers


def compared(session: Session, worker: Actor, *, right: int, wrong: int = 0, others: int = 2) -> Market:
    """The worker answers so many items as `others` do and so many otherwise; all is accepted, and has its consensus."""
    items = right + wrong
    market = make_market(session, items_count=items, redundancy=others + 1)
    batch = open_batch(session, market, items_per_task=items)
    for other in [make_worker(session) for _ in range(others)]:
        answer(session, market, batch, other, ["good"] * items)
    answer(session, market, batch, worker, ["good"] * right + ["bad"] * wrong)
    find_consensus(session)
    return market


def answer(session: Session, market: Market, batch: Batch, worker: Actor, labels: list[str]) -> None:
    """The worker answers a task with these labels, in the order of its items, and all is accepted."""
    claimed = claim_next(session, worker, batch.id)
    contents = {item.id: {"label": label} for item, label in zip(claimed.items, labels, strict=True)}
    submit(session, worker, claimed.id, contents, 1)
    decide_answers(session, market.reviewer, claimed.id, accept_all(session, claimed.id))


def scored(session: Session, *, right: int, wrong: int = 0) -> Actor:
    """A worker with a known score for classifying texts."""
    worker = make_worker(session)
    compared(session, worker, right=right, wrong=wrong)
    days_pass(session, 1)
    score_workers(session)
    return worker

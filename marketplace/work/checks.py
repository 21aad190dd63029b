"""The invariants of work, for `piecework ledger check`, its sweep and the tests."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.jobs.models import Job
from marketplace.kernel.ids import public
from marketplace.ledger.checking import Finding, check
from marketplace.work.review_models import SamplingSeed
from marketplace.work.sampling import misdrawn
from marketplace.work.states import HOLDING_CLAIM

_STATEMENTS = load(__file__, "checks.sql")


@check("R5", "every taken seat is kept by exactly one claim, every other by none")
def seats_are_held_once(session: Session) -> Iterator[Finding]:
    """Seats with more or fewer claims than their state says."""
    for row in session.execute(_STATEMENTS.seats_not_held_once, {"holding_states": sorted(HOLDING_CLAIM)}):
        yield Finding(public("task", row.task_id), f"a seat is {row.state} and {row.claims} claims keep it")


@check("R3", "a batch counts its seats and items right")
def batches_are_counted(session: Session) -> Iterator[Finding]:
    """Batches whose counts differ from their rows."""
    for row in session.execute(_STATEMENTS.batches_miscounted):
        problem = (
            f"{row.seats_released} seats released and {row.released} there, {row.seats_withdrawn} withdrawn and "
            f"{row.withdrawn} there, {row.item_count} items and {row.items} in tasks"
        )
        yield Finding(public("batch", row.batch_id), problem)


@check("W1", "nobody answers an item a second time that was given out again")
def items_are_answered_once_by_each(session: Session) -> Iterator[Finding]:
    """Items without agreement that one worker answered more than once."""
    for row in session.execute(_STATEMENTS.answered_twice):
        yield Finding(
            public("item", row.item_id), f"{public('person', row.worker_id)} gave {row.answers} answers to it"
        )


@check("W2", "an item never gets more answers than its batch allows, nor holds more")
def items_stay_within_their_most(session: Session) -> Iterator[Finding]:
    """Items whose answers given, asked for and held are more than the most."""
    for row in session.execute(_STATEMENTS.beyond_the_most):
        problem = f"{row.asked} answers asked for and {row.held} held, of at most {row.answers_max}"
        yield Finding(public("item", row.item_id), problem)


@check("S1", "what was drawn for review follows from the job's secret and its answers")
def draws_follow(session: Session) -> Iterator[Finding]:
    """Claims in whose answers somebody else drew than the secret of their job."""
    for job in session.scalars(select(Job).join(SamplingSeed, SamplingSeed.job_id == Job.id)):
        for claim_id in misdrawn(session, job):
            yield Finding(public("claim", claim_id), "its draw does not follow from the job's secret")

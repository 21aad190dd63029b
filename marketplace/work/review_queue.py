"""The reviewers' queue: what waits for a side, in which order, and who has taken what of it in hand."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Interval, Select, and_, cast, exists, false, func, literal, select, true
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.db.sql import load
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.work import holds
from marketplace.work.errors import NOTHING_TO_REVIEW
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.review_models import AnswerHold, ReviewReservation, Sampling
from marketplace.work.reviewing import reviewable_by

_STATEMENTS = load(__file__, "review_queue.sql")
RESERVED_FOR: Final = dt.timedelta(minutes=15)
"""How long a claim that was taken in hand is offered to no other reviewer."""
ORDERS: Final = ("oldest", "deadline")
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A claim that waits; `deadline_at` is when silence accepts it, or what of it is held, by market time `now`.

    `reserved_until` says that a reviewer has it in hand, `reserved_by_me` that it is oneself.
    """

    claim: Claim
    batch: Batch
    job: Job
    deadline_at: dt.datetime
    now: dt.datetime
    reserved_until: dt.datetime | None = None
    reserved_by_me: bool = False

    @property
    def id(self) -> uuid.UUID:
        """The claim's id."""
        return self.claim.id

    @property
    def auto_accept_at(self) -> dt.datetime:
        """When silence accepts it."""
        return self.deadline_at

    @property
    def seconds_left(self) -> int:
        """Until silence accepts it, never below nothing."""
        return max(0, int((self.deadline_at - self.now).total_seconds()))


def queue(
    session: Session,
    actor: Actor,
    *,
    job_id: uuid.UUID | None = None,
    contract_id: uuid.UUID | None = None,
    held: bool = False,
    sampled: bool = False,
    order: str = "oldest",
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[QueueLine]:
    """Claims that wait for the actor's side, for an auditor all: oldest submission first, or nearest to its deadline.

    Never one's own. With `held` those with rejections that are held for the actor's side to decide, with `sampled`
    those that were drawn for review. Claims of jobs that have a sample reviewed appear once the draw has looked at
    them.
    """
    actor.require("review.read")
    wanted = _waiting(actor, job_id=job_id, contract_id=contract_id, held=held, sampled=sampled)
    first = Claim.submitted_at if order == "oldest" else _deadline(actor, held=held)
    page = paginate(session, wanted, keys=[first, Claim.id], cursor=cursor, limit=limit)
    return Page(_lines(session, actor, page.data), page.next_cursor)


def take_next(
    session: Session,
    actor: Actor,
    *,
    job_id: uuid.UUID | None = None,
    contract_id: uuid.UUID | None = None,
    held: bool = False,
    sampled: bool = False,
) -> QueueLine:
    """Take the claim nearest to its deadline in hand: for a quarter of an hour no other reviewer is given it.

    Whoever still has one in hand gets that again. It binds nobody: a verdict may come from any reviewer of the side,
    and it ends by itself. Raises forbidden, and nothing_to_review.
    """
    actor.require("review.decide")
    now = market_now(session)
    session.execute(_STATEMENTS.forget, {"now": now})
    taken = and_(
        ReviewReservation.claim_id == Claim.id,
        ReviewReservation.reserved_until > now,
        ReviewReservation.person_id != actor.person,
    )
    mine = and_(
        ReviewReservation.claim_id == Claim.id,
        ReviewReservation.reserved_until > now,
        ReviewReservation.person_id == actor.person,
    )
    wanted = _waiting(actor, job_id=job_id, contract_id=contract_id, held=held, sampled=sampled)
    wanted = wanted.where(~exists().where(taken))
    wanted = wanted.order_by(exists().where(mine).desc(), _deadline(actor, held=held), Claim.id).limit(1)
    for _ in range(_TRIES):
        row = session.execute(wanted).one_or_none()
        if row is None:
            break
        values = {
            "claim_id": row[0].id,
            "person_id": actor.person,
            "until": now + RESERVED_FOR,
            "now": now,
        }
        # Two who look at one moment find the same claim: the row is the judge, and who comes second looks again.
        if session.execute(_STATEMENTS.reserve, values).one_or_none() is not None:
            return _lines(session, actor, [tuple(row)])[0]
    raise NOTHING_TO_REVIEW.error("Nothing waits here that no other reviewer has in hand.")


def _waiting(
    actor: Actor, *, job_id: uuid.UUID | None, contract_id: uuid.UUID | None, held: bool, sampled: bool
) -> Select[*tuple[Any, ...]]:
    wanted: Select[*tuple[Any, ...]] = (
        select(Claim, Batch, Job, _deadline(actor, held=held))
        .join(Batch, Batch.id == Claim.batch_id)
        .join(Contract, Contract.id == Batch.contract_id)
        .join(Job, Job.id == Claim.job_id)
    )
    if held:
        wanted = wanted.where(Claim.state.in_(["submitted", "claimed"]), holds.decidable_by(actor))
    else:
        wanted = wanted.where(Claim.state == "submitted", _readable_side(actor), _waits())
    if sampled:
        wanted = wanted.where(exists().where(Sampling.claim_id == Claim.id))
    if actor.person_id is not None:
        wanted = wanted.where(Claim.worker_id != actor.person_id)
    if job_id is not None:
        wanted = wanted.where(Claim.job_id == job_id)
    if contract_id is not None:
        wanted = wanted.where(Batch.contract_id == contract_id)
    return wanted


def _readable_side(actor: Actor) -> ColumnElement[bool]:
    # Who decides is not handed what others decide: taken in hand, it would be offered to none of them.
    reads = actor.organization_kind == "platform" and not actor.may("review.decide")
    return true() if reads else reviewable_by(actor)


def _deadline(actor: Actor, *, held: bool) -> ColumnElement[Any]:
    """Over Claim and Job: when silence accepts, the claim's answers or those of them that are held."""
    if not held:
        return Claim.submitted_at + Job.auto_accept_seconds * cast(literal("1 second"), Interval)
    open_ones = (AnswerHold.claim_id == Claim.id, AnswerHold.ended_at.is_(None), holds.for_side(actor))
    return select(func.min(AnswerHold.deadline_at)).where(*open_ones).correlate(Claim).scalar_subquery()


def _waits() -> ColumnElement[bool]:
    """Over Claim joined with Job: whether an answer on it waits for its reviewing side."""
    answer = exists().where(Answer.claim_id == Claim.id, Answer.state == "submitted")
    undrawn = and_(
        Job.review_policy["mode"].astext == "sample",
        Claim.attempt == 1,
        ~exists().where(Sampling.claim_id == Claim.id),
    )
    return and_(answer, ~func.coalesce(undrawn, false()))


def _lines(session: Session, actor: Actor, rows: list[Any]) -> list[QueueLine]:
    now = market_now(session)
    ids = [claim.id for claim, _, _, _ in rows]
    live = (ReviewReservation.claim_id.in_(ids), ReviewReservation.reserved_until > now)
    wanted = select(ReviewReservation).where(*live).execution_options(populate_existing=True)
    reserved = {row.claim_id: row for row in session.scalars(wanted)}
    lines = []
    for claim, batch, job, deadline in rows:
        row = reserved.get(claim.id)
        lines.append(
            QueueLine(
                claim,
                batch,
                job,
                deadline,
                now,
                None if row is None else row.reserved_until,
                row is not None and row.person_id == actor.person_id,
            )
        )
    return lines

"""The mass-rejection breaker: who rejects too much of a contract within a day has further rejections held.

It trips when, within 24 hours of market time and counted to the minute, more than `REJECTED_MAX` answers to a
contract's tasks were rejected, or more than `SHARE_MAX_PPM` of those that its reviewers decided, once these are
`DECIDED_MIN` or more. What was rejected before stands, and can be contested as ever. Verdicts of the timer, of
sampling, and those on held rejections are not counted. It ends when the counts fall back or another side's reviewer
lifts it.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.audit.words import said
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.hot import HotStatement
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.kernel.actor import EVERYTHING, Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.kernel.money import PPM
from marketplace.work import events
from marketplace.work.errors import BREAKER_NOT_YOURS
from marketplace.work.models import Batch
from marketplace.work.parties import is_member, side_above
from marketplace.work.review_models import ReviewBreaker
from marketplace.work.texts import reason_of
from marketplace.work.verdicts import Verdict

_STATEMENTS = load(__file__, "breaker.sql")
_COUNT = HotStatement(_STATEMENTS.count)
WINDOW: Final = dt.timedelta(hours=24)
REJECTED_MAX: Final = 20
SHARE_MAX_PPM: Final = 150_000
DECIDED_MIN: Final = 20


@dataclass(slots=True)
class Tally:
    """Verdicts of reviewers on a contract's answers within the window."""

    decided: int = 0
    rejected: int = 0

    @property
    def too_many(self) -> bool:
        """Whether it is enough to hold the next rejection."""
        share = self.decided >= DECIDED_MIN and self.rejected * PPM > self.decided * SHARE_MAX_PPM
        return self.rejected > REJECTED_MAX or share


def tally(session: Session, contract_id: uuid.UUID, now: dt.datetime) -> Tally:
    """What was counted within the window that ends now."""
    row = session.execute(_STATEMENTS.counted, {"contract_id": contract_id, "since": now - WINDOW}).one()
    return Tally(int(row.decided), int(row.rejected))


def count(session: Session, contract_id: uuid.UUID, now: dt.datetime, *, decided: int, rejected: int = 0) -> None:
    """Add verdicts of reviewers to the counts of a contract; the caller holds the job's lock."""
    if decided:
        values = {"contract_id": contract_id, "now": now, "decided": decided, "rejected": rejected}
        _COUNT.run(session, values)


def open_breaker(session: Session, contract_id: uuid.UUID) -> ReviewBreaker | None:
    """The breaker that holds rejections on the contract's tasks now, if one does."""
    wanted = select(ReviewBreaker).where(ReviewBreaker.contract_id == contract_id, ReviewBreaker.ended_at.is_(None))
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def open_breakers(session: Session, contract_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ReviewBreaker]:
    """The breakers that hold rejections now, by contract."""
    wanted = select(ReviewBreaker).where(ReviewBreaker.contract_id.in_(contract_ids), ReviewBreaker.ended_at.is_(None))
    return {row.contract_id: row for row in session.scalars(wanted)}


def watch(
    session: Session, actor: Actor, batch: Batch, verdicts: Sequence[Verdict], now: dt.datetime
) -> Collection[uuid.UUID]:
    """Count a reviewer's verdicts on answers that waited; returns the answers whose rejection is to be held.

    The caller holds the job's lock, so that no two decisions on a contract count at once: the 21st rejection of a day
    is the 21st, whoever gives it. Of verdicts given together those that reject nothing are counted first.
    """
    if actor.organization_id is None or not verdicts:
        return ()
    rejecting = [verdict.answer_id for verdict in verdicts if verdict.verdict == "reject"]
    if not rejecting:
        count(session, batch.contract_id, now, decided=len(verdicts))
        return ()
    lasting = open_breaker(session, batch.contract_id)
    so_far = tally(session, batch.contract_id, now)
    so_far.decided += len(verdicts) - len(rejecting)
    held = []
    for answer_id in rejecting:
        if so_far.too_many:
            held.append(answer_id)
        else:
            so_far.decided += 1
            so_far.rejected += 1
    count(
        session,
        batch.contract_id,
        now,
        decided=len(verdicts) - len(held),
        rejected=len(rejecting) - len(held),
    )
    if so_far.too_many and lasting is None:
        _trip(session, actor, batch, so_far, now)
    elif lasting is not None and not so_far.too_many:
        _end(session, system_actor("review_breaker"), lasting, "fell", None, now)
    return held


def _trip(session: Session, actor: Actor, batch: Batch, counts: Tally, now: dt.datetime) -> None:
    breaker = ReviewBreaker(
        contract_id=batch.contract_id,
        job_id=batch.job_id,
        decided=counts.decided,
        rejected=counts.rejected,
        tripped_at=now,
    )
    session.add(breaker)
    session.flush()
    decider = side_above(session, batch.contract_id, actor.organization)
    body = {
        "job": public("job", batch.job_id),
        "contract": public("contract", batch.contract_id),
        "decided": counts.decided,
        "rejected": counts.rejected,
        "held_for": "platform" if decider is None else public("organization", decider),
    }
    _record(session, system_actor("review_breaker"), events.BREAKER_TRIPPED, breaker, body, now)


def end_fallen(session: Session, limit: int = 100) -> int:
    """Sweep: end breakers whose counts fell back, those of one job at a time, and forget counts nobody asks for."""
    now = market_now(session)
    session.execute(_STATEMENTS.forget, {"before": now - 2 * WINDOW, "limit": 1000})
    wanted = select(ReviewBreaker.id, ReviewBreaker.contract_id, ReviewBreaker.job_id)
    ended = 0
    for breaker_id, contract_id, job_id in session.execute(wanted.where(ReviewBreaker.ended_at.is_(None))).all():
        if ended == limit or tally(session, contract_id, now).too_many:
            continue
        lock_job(session, job_id)
        # A reviewer may have rejected more, or lifted it, while we waited for the job.
        breaker = session.get_one(ReviewBreaker, breaker_id, populate_existing=True)
        if breaker.ended_at is None and not tally(session, contract_id, now).too_many:
            _end(session, system_actor("end_breakers"), breaker, "fell", None, now)
            ended += 1
            break
    return ended


def lift(session: Session, actor: Actor, contract_id: uuid.UUID, reason: str) -> ReviewBreaker:
    """End the breaker of a contract: for a reviewer of the side that decides what is held, who says why.

    The counts begin anew, and what was held stays so until it is decided. Raises forbidden, not_found, invalid, and
    breaker_not_yours for the side that rejected.
    """
    actor.require("review.decide")
    job_id = session.scalar(select(Contract.job_id).where(Contract.id == contract_id))
    if job_id is None or open_breaker(session, contract_id) is None:
        raise NOT_FOUND.error("There is no contract with this id whose rejections are held.", noun="contract")
    job = lock_job(session, job_id)
    breaker = open_breaker(session, contract_id)
    if breaker is None:
        raise NOT_FOUND.error("There is no contract with this id whose rejections are held.", noun="contract")
    rejecting = reviewing_side(job, session.get_one(Contract, contract_id))
    decider = side_above(session, contract_id, rejecting)
    if EVERYTHING not in actor.permissions:
        if not _is_side(actor, decider):
            if not _may_know(actor, rejecting):
                raise NOT_FOUND.error("There is no contract with this id whose rejections are held.", noun="contract")
            raise BREAKER_NOT_YOURS.error("Another side lifts this: the one that decides what is held.")
        if is_member(session, actor.person_id, [rejecting]):
            raise BREAKER_NOT_YOURS.error("You are a member of the side whose rejections are held.")
    reason = reason_of(reason, "/reason")
    now = market_now(session)
    session.execute(_STATEMENTS.begin_anew, {"contract_id": contract_id})
    breaker.lifted_by_person_id, breaker.lifted_by_organization_id = actor.person_id, actor.organization_id
    _end(session, actor, breaker, "lifted", reason, now)
    return breaker


def _is_side(actor: Actor, side: uuid.UUID | None) -> bool:
    return actor.organization_kind == "platform" if side is None else actor.organization_id == side


def _may_know(actor: Actor, rejecting: uuid.UUID) -> bool:
    return actor.organization_id == rejecting or actor.organization_kind == "platform"


def reviewing_side(job: Job, contract: Contract) -> uuid.UUID:
    """The organization that reviews answers to a contract's tasks, as the job's `acceptance_by` says."""
    sides = {"layer": contract.seller_organization_id, "parent": contract.buyer_organization_id}
    return sides.get(job.acceptance_by, job.organization_id)


def _end(
    session: Session, actor: Actor, breaker: ReviewBreaker, because: str, reason: str | None, now: dt.datetime
) -> None:
    breaker.ended_at, breaker.ended_because, breaker.reason = now, because, reason
    session.flush()
    body = {
        "job": public("job", breaker.job_id),
        "contract": public("contract", breaker.contract_id),
        "because": because,
        "reason_commitment": said(reason),
    }
    _record(session, actor, events.BREAKER_ENDED, breaker, body, now)


def _record(
    session: Session, actor: Actor, kind: Any, breaker: ReviewBreaker, body: dict[str, Any], now: dt.datetime
) -> None:
    contract = session.get_one(Contract, breaker.contract_id)
    job = session.get_one(Job, breaker.job_id)
    readers = {contract.seller_organization_id, contract.buyer_organization_id, job.organization_id}
    audit.record(
        session,
        kind,
        actor,
        subject=("contract", contract.id),
        organizations=sorted(readers),
        about=() if actor.person_id is None else (actor.person_id,),
        body=body,
        at=now,
    )

"""Finding work: the batches that a worker can claim from now, by what they want, in the order they want."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, exists, func, literal, select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Key, Page, paginate
from marketplace.jobs.labels import KINDS
from marketplace.jobs.models import Job
from marketplace.jobs.paydays import Paydays, limits_of, paydays_of
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money
from marketplace.kernel.texts import say
from marketplace.work.eligibility import OPEN_TO_WORKER
from marketplace.work.models import Answer, Batch, Claim, Seat
from marketplace.work.protection_models import PayFigure
from marketplace.work.states import FINAL_ANSWER, PAID_ANSWER
from marketplace.work.views import OpenBatch

OPEN_SEATS_SHOWN_MAX: Final = 100
CLAIMS_JUDGED_MAX: Final = 500
"""By how many of the worker's claims, of the newest batches they were at, their fit for a kind is reckoned."""
FIT_UNKNOWN: Final = 50
FIT_SKILL: Final = 20
FIT_LANGUAGE: Final = 10
Order = Literal["oldest", "pay", "fit"]
ORDERS: Final[tuple[Order, ...]] = get_args(Order)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a worker looks for; what is left as it is asks for nothing.

    `language` and `skill_id` are of those that a job asks for. `hourly_min` keeps what workers are known to have
    earned at least so much an hour at, by the median of this very work. `phone`, `keyboard`, `without_hearing` and
    `without_sight` ask for kinds that can be worked on like that.

    `order`: "oldest" first; "pay", by currency, the highest known pay an hour first, then what pays an answer most;
    "fit", the best first: from 0 to 100 for how many of one's last answers of the kind were accepted (50 while nobody
    knows), 20 more for each skill and 10 for each language that the job asks for, which one has.
    """

    kinds: tuple[str, ...] = ()
    language: str | None = None
    skill_id: uuid.UUID | None = None
    hourly_min: Money | None = None
    severity_max: int | None = None
    phone: bool = False
    keyboard: bool = False
    without_hearing: bool = False
    without_sight: bool = False
    order: Order = "oldest"

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anything out."""
        return self != Wanted(order=self.order)


EVERYTHING_OPEN: Final = Wanted()


def open_batches(
    session: Session,
    actor: Actor,
    wanted: Wanted = EVERYTHING_OPEN,
    *,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[OpenBatch]:
    """Batches the worker can claim from now; those without an open seat are left out. One statement, two by fit."""
    actor.require("work.find")
    a_seat = exists().where(Seat.batch_id == Batch.id, Seat.state == "open")
    statement = _claimable(actor).where(a_seat, Batch.seats_left, *_conditions(wanted))
    if wanted.hourly_min is not None or wanted.order == "pay":
        of_this_work = and_(PayFigure.job_id == Batch.job_id, PayFigure.rate_code == Batch.rate_code)
        statement = statement.outerjoin(PayFigure, of_this_work)
    keys = _keys(session, actor, wanted)
    page = paginate(session, statement, keys=keys, cursor=cursor, limit=limit)
    return Page([_open_batch(*row) for row in page.data], page.next_cursor)


def open_batch(session: Session, actor: Actor, batch_id: uuid.UUID) -> OpenBatch:
    """One batch as a worker who looks for work sees it; raises not_found when it is not open to them."""
    actor.require("work.find")
    row = session.execute(_claimable(actor).where(Batch.id == batch_id)).one_or_none()
    if row is None:
        raise NOT_FOUND.error(say("There is no open batch with this id."), noun="batch")
    return _open_batch(*row)


def _claimable(actor: Actor) -> Select[Batch, Job, int]:
    open_to_worker = text(OPEN_TO_WORKER).bindparams(worker_id=actor.person)
    bounded = select(Seat.id).where(Seat.batch_id == Batch.id, Seat.state == "open").limit(OPEN_SEATS_SHOWN_MAX)
    seats = select(func.count()).select_from(bounded.correlate(Batch).subquery()).scalar_subquery()
    wanted = select(Batch, Job, seats).join(Job, Job.id == Batch.job_id)
    return wanted.where(Batch.claimable, Batch.state == "open", open_to_worker)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    kinds = {kind for kind in KINDS if _suits(kind, wanted)}
    conditions: list[ColumnElement[bool]] = [] if kinds == set(KINDS) else [Job.kind.in_(sorted(kinds))]
    if wanted.language is not None:
        conditions.append(Job.screening_languages.contains([wanted.language]))
    if wanted.skill_id is not None:
        conditions.append(Job.screening_skills.contains([wanted.skill_id]))
    if wanted.severity_max is not None:
        conditions.append(Job.severity <= wanted.severity_max)
    if wanted.hourly_min is not None:
        conditions.append(PayFigure.currency == wanted.hourly_min.currency)
        conditions.append(PayFigure.median_amount >= wanted.hourly_min.amount)
    return conditions


def _suits(kind: str, wanted: Wanted) -> bool:
    if wanted.kinds and kind not in wanted.kinds:
        return False
    can = KINDS[kind].ACCESSIBILITY
    return all(
        getattr(can, way) or not getattr(wanted, way)
        for way in ("phone", "keyboard", "without_hearing", "without_sight")
    )


def _keys(session: Session, actor: Actor, wanted: Wanted) -> list[Key]:
    """What the list is sorted by, all ascending; the sequence of opening last, so that no two are alike."""
    if wanted.order == "pay":
        hourly = literal(0, BigInteger()) - func.coalesce(PayFigure.median_amount, 0, type_=BigInteger())
        return [Batch.currency, hourly, literal(0, BigInteger()) - Batch.pay_amount, Batch.opened_sequence]
    if wanted.order == "fit":
        accepted = _acceptance(session, actor)
        of_kind: ColumnElement[Any] = literal(FIT_UNKNOWN, BigInteger())
        if accepted:
            of_kind = case(accepted, value=Job.kind, else_=FIT_UNKNOWN)
        fit = (
            func.coalesce(of_kind, 0, type_=BigInteger())
            + func.cardinality(Job.screening_skills, type_=BigInteger()) * FIT_SKILL
            + func.cardinality(Job.screening_languages, type_=BigInteger()) * FIT_LANGUAGE
        )
        return [literal(0, BigInteger()) - fit, Batch.opened_sequence]
    return [Batch.opened_sequence]


def _acceptance(session: Session, actor: Actor) -> dict[str, int]:
    """Of the worker's last final answers of a kind, how many percent were accepted; in the index's own order."""
    newest = (
        select(Claim.id, Claim.job_id)
        .where(Claim.worker_id == actor.person)
        .order_by(Claim.batch_id.desc(), Claim.id.desc())
        .limit(CLAIMS_JUDGED_MAX)
        .subquery()
    )
    counted = (
        select(
            Job.kind,
            func.count().filter(Answer.state.in_(sorted(PAID_ANSWER - {"paid_not_used"}))),
            func.count(),
        )
        .select_from(newest)
        .join(Job, Job.id == newest.c.job_id)
        .join(Answer, Answer.claim_id == newest.c.id)
        # What was accepted by mistake, which was not theirs, says nothing about them.
        .where(Answer.state.in_(sorted(FINAL_ANSWER - {"accepted_in_error"})))
        .group_by(Job.kind)
    )
    return {kind: 100 * accepted // final for kind, accepted, final in session.execute(counted)}


def _open_batch(batch: Batch, job: Job, open_seats: int) -> OpenBatch:
    return OpenBatch(
        id=batch.id,
        job_id=job.id,
        job_title=job.title,
        kind=job.kind,
        severity=job.severity,
        instructions=job.instructions,
        organization_id=job.organization_id,
        rate_code=batch.rate_code,
        items_per_task=batch.items_per_task,
        pay=Money(batch.pay_amount, batch.currency),
        lease_seconds=batch.lease_seconds,
        settlement_terms=batch.terms,
        terms_hash=batch.terms_hash,
        guideline_version=job.guideline_version,
        auto_accept_seconds=job.auto_accept_seconds,
        redo_max=job.redo_max,
        open_seats=open_seats,
        funded_percent=100 * batch.seats_released // (batch.task_count * batch.seats_per_task + batch.seats_added),
    )


def paydays(session: Session, actor: Actor, batches: Sequence[OpenBatch]) -> dict[uuid.UUID, Paydays]:
    """On which days the acting worker would be paid, were their answers accepted now; by batch."""
    now = market_now(session)
    limits = limits_of(session, [actor.person], since=now).get(actor.person, ())
    days = paydays_of(session, [batch.settlement_terms for batch in batches], now, limits)
    return {batch.id: one for batch, one in zip(batches, days, strict=True)}

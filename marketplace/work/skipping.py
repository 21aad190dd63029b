"""Skipping: a worker gives a task back for a reason, is never offered it again, and nothing is held against them.

A skip is no submission, no rejection and no lease that ran out: neither scorecards nor scores count it (rule 11). The
organization that opened the tasks reads how often which item was skipped for which reason, and not by whom.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Uuid, func, literal, select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Item
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say
from marketplace.work import events, freeing
from marketplace.work.errors import SKIP_REDO
from marketplace.work.holding import own_claim
from marketplace.work.masking import real_ids
from marketplace.work.models import Batch, Claim
from marketplace.work.queries import batch_visible_to
from marketplace.work.skip_models import SKIP_REASONS, Skip
from marketplace.work.states import CLAIM

_NO_ITEM: Final = uuid.UUID(int=0)
_STATEMENTS = load(__file__, "queries.sql")


@dataclass(frozen=True, slots=True)
class SkipCount:
    """How often an item was skipped for a reason, and when last; without an item, tasks as a whole."""

    reason: str
    item_id: uuid.UUID | None
    external_id: str | None
    skips: int
    last_at: dt.datetime


def skip(session: Session, actor: Actor, claim_id: uuid.UUID, reason: str, item_id: uuid.UUID | None = None) -> Claim:
    """Give a first attempt back for a published reason; the seat is free for others, and never offered here again.

    `item_id` is the item it is about; a broken one must be named unless the task has only one.
    Raises forbidden, not_found, state_conflict, skip_redo, invalid.
    """
    actor.require("work.claim")
    lock_job(session, own_claim(session, actor, claim_id).job_id)
    claim = own_claim(session, actor, claim_id, lock=True)
    CLAIM.check(claim.state, "returned")
    if claim.attempt > 1:
        raise SKIP_REDO.error(say("This was sent back to you; give it back instead."))
    about = _item(session, claim, reason, item_id)
    now = market_now(session)
    claim.skipped = True
    session.flush()
    freeing.end_unanswered(session, {claim.id: claim.attempt}, "returned", now)
    session.refresh(claim)
    batch = session.get_one(Batch, claim.batch_id)
    # A broken item that is none of the job's is gold: the layer that counts skips knows nothing of it.
    if about is not None or reason != "broken_item":
        session.add(
            Skip(
                claim_id=claim.id,
                contract_id=batch.contract_id,
                batch_id=batch.id,
                task_id=claim.task_id,
                item_id=about,
                reason=reason,
                created_at=now,
            )
        )
        session.flush()
    audit.record(
        session,
        events.CLAIM_RETURNED,
        actor,
        subject=("claim", claim.id),
        people=[claim.worker_id],
        body={"job": public("job", claim.job_id), "attempt": 1, "lapsed": 0},
        at=now,
    )
    return claim


def _item(session: Session, claim: Claim, reason: str, item_id: uuid.UUID | None) -> uuid.UUID | None:
    """The item a skip is about: the one named, or the only one there is."""
    if reason not in SKIP_REASONS:
        message = say("One of %(known)s.", known=tuple(SKIP_REASONS))
        raise INVALID.error(message, errors=[FieldError("/reason", "reason_unknown", message)])
    rows: list[dict[str, Any]] = session.execute(_STATEMENTS.items_of_task, {"task_id": claim.task_id}).scalar_one()
    ids: dict[uuid.UUID, uuid.UUID | None] = {uuid.UUID(row["id"]): uuid.UUID(row["id"]) for row in rows}
    if claim.shown_count is not None:
        ids = real_ids(session, claim.id)
    if item_id is None and len(ids) == 1:
        return next(iter(ids.values()))
    if item_id is None and reason != "broken_item":
        return None
    if item_id is None or item_id not in ids:
        message = say("Name the item of the task that it is about.")
        raise INVALID.error(message, errors=[FieldError("/item_id", "item_unknown", message)])
    return ids[item_id]


def skip_counts(
    session: Session, actor: Actor, contract_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[SkipCount]:
    """What was skipped of a contract's tasks, by reason and item, for the organization that opened them."""
    item = func.coalesce(Skip.item_id, literal(_NO_ITEM, Uuid()), type_=Uuid())
    counted = (
        select(
            Skip.reason.label("reason"),
            item.label("item"),
            func.count().label("skips"),
            func.max(Skip.created_at).label("last_at"),
        )
        .join(Batch, Batch.id == Skip.batch_id)
        .join(Contract, Contract.id == Batch.contract_id)
        .where(Skip.contract_id == contract_id, batch_visible_to(actor))
        .group_by(Skip.reason, item)
        .subquery()
    )
    wanted = select(counted.c.reason, counted.c.item, Item.external_id, counted.c.skips, counted.c.last_at)
    wanted = wanted.select_from(counted).outerjoin(Item, Item.id == counted.c.item)
    page = paginate(session, wanted, keys=[counted.c.reason, counted.c.item], cursor=cursor, limit=limit)
    return Page(
        [
            SkipCount(reason, None if about == _NO_ITEM else about, external_id, skips, last_at)
            for reason, about, external_id, skips, last_at in page.data
        ],
        page.next_cursor,
    )

"""Drawing a gold item for a claim by chance, and scoring its answer when it comes."""

import random
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.jobs.gold import Gold
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import PPM
from marketplace.ledger.chart import Code
from marketplace.quality.agreement import pair_agreement
from marketplace.work.gold_events import GOLD_RETIRED
from marketplace.work.gold_models import GoldAnswer, GoldItem

if TYPE_CHECKING:
    from marketplace.work.claiming import Claimed, ClaimItem

_STATEMENTS = load(__file__, "gold.sql")
_CHANCE: Final = random.SystemRandom()
RECENT: Final = 20
FAILURES_MAX: Final = 8
"""A gold item that so many of its last `RECENT` workers failed is more likely wrong than they are: it retires."""


def masked_claim(session: Session, claimed: "Claimed", worker_id: uuid.UUID, wire: Mapping[str, Any]) -> "Claimed":
    """A fresh claim of a job with gold as its worker sees it: perhaps with a gold item, at a random place.

    Every item goes under an id made now. Without a gold item left for this worker, or money in the allowance, or when
    the reserve is being changed at this moment, there is none; the claim looks the same.
    """
    gold = Gold.from_wire(wire)
    # A model's proposal on all items but one would tell.
    proposed = any(item.prelabel is not None for item in claimed.items)
    wanted = not proposed and _CHANCE.randrange(PPM) < gold.share_ppm
    drawn = _draw(session, claimed, worker_id) if wanted else None
    items: list[ClaimItem | None] = list(claimed.items)
    if drawn is not None:
        items.insert(_CHANCE.randrange(len(items) + 1), None)
    ids = [new_id() for _ in items]
    values = {
        "claim_id": claimed.id,
        "ids": ids,
        "item_ids": [None if item is None else item.id for item in items],
        "gold_item_ids": [None if item is not None or drawn is None else drawn.id for item in items],
    }
    session.execute(_STATEMENTS.mask, values)
    rows = {row.id: row for row in session.execute(_STATEMENTS.masked_items, {"claim_id": claimed.id})}
    shown = []
    for place, (shown_id, item) in enumerate(zip(ids, items, strict=True), start=1):
        row = rows[shown_id]
        like = item or replace(
            claimed.items[0],
            content=row.content,
            width=row.width,
            height=row.height,
            duration_ms=row.duration_ms,
            point_count=row.point_count,
        )
        shown.append(disguised(like, shown_id, place))
    return replace(claimed, items=shown)


def disguised(item: "ClaimItem", shown_id: uuid.UUID, place: int) -> "ClaimItem":
    """An item under another id, with its place for a name and a number; ids of media are ordered by time, too."""
    content: dict[str, Any] = item.content
    if "media" in content:
        content = {**content, "media": public("media", shown_id)}
    return replace(item, id=shown_id, ordinal=place, external_id=str(place), content=content)


def _draw(session: Session, claimed: "Claimed", worker_id: uuid.UUID) -> GoldItem | None:
    if session.execute(_STATEMENTS.lock_purse, {"job_id": claimed.job_id}).first() is None:
        return None
    values = {
        "claim_id": claimed.id,
        "batch_id": claimed.batch_id,
        "job_id": claimed.job_id,
        "worker_id": worker_id,
        "amount": claimed.pay.amount,
        "job_reserve": int(Code.JOB_RESERVE),
    }
    drawn = session.execute(_STATEMENTS.draw, values).scalar_one_or_none()
    return None if drawn is None else session.get_one(GoldItem, drawn)


def write_answer(
    session: Session,
    claim_id: uuid.UUID,
    worker_id: uuid.UUID,
    gold_item_id: uuid.UUID,
    answer_id: uuid.UUID,
    content: Mapping[str, Any],
) -> GoldAnswer:
    """Keep and score the answer to a claim's gold item; an item that too many failed retires."""
    gold = session.get_one(GoldItem, gold_item_id)
    job = session.get_one(Job, gold.job_id)
    score = round(pair_agreement(content, gold.expected) * PPM)
    answer = GoldAnswer(
        id=answer_id,
        claim_id=claim_id,
        gold_item_id=gold_item_id,
        job_id=job.id,
        worker_id=worker_id,
        content=dict(content),
        score_ppm=score,
        passed=job.gold is not None and score >= job.gold.pass_min_ppm,
        submitted_at=market_now(session),
    )
    session.add(answer)
    session.flush()
    if not answer.passed:
        _retire_doubtful(session, gold)
    return answer


def _retire_doubtful(session: Session, gold: GoldItem) -> None:
    values = {"gold_item_id": gold.id, "answers": RECENT}
    if session.execute(_STATEMENTS.recent_failures, values).scalar_one() < FAILURES_MAX:
        return
    reason = f"{FAILURES_MAX} of the last {RECENT} workers failed it: look at the expected answer."
    # Of two who fail it at one moment, one writes this down.
    if session.execute(_STATEMENTS.retire, {"gold_item_id": gold.id, "reason": reason}).first() is not None:
        record_retired(session, system_actor("retire_gold"), gold, automatic=True)


def record_retired(session: Session, actor: Actor, gold: GoldItem, *, automatic: bool) -> None:
    """Tell who made it that a gold item is drawn no more."""
    audit.record(
        session,
        GOLD_RETIRED,
        actor,
        subject=("item", gold.id),
        organizations=[gold.organization_id],
        body={"job": public("job", gold.job_id), "external_id": gold.external_id, "automatic": automatic},
    )

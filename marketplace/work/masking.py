"""What the worker of a claim sees of its items in a job with gold: other ids, numbers for names, gold among them.

Nothing that is shown tells a gold item from the others until the claim is decided: all items of all claims of such a
job go under ids made for the claim, and answers under ids made together. The core keeps the real ones.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.jobs.models import Item, Job, Media, RemoteMedia
from marketplace.jobs.queries import media_of_item
from marketplace.kernel.actor import Actor
from marketplace.work.claiming import ClaimItem
from marketplace.work.gold_drawing import disguised
from marketplace.work.gold_models import GoldAnswer, GoldItem, MaskedItem
from marketplace.work.models import Answer, Claim
from marketplace.work.states import LIVE_CLAIM
from marketplace.work.views import AnswerView, ClaimView

_STATEMENTS = load(__file__, "gold.sql")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mask:
    """The items as they are shown, in order; which of the job's items each is, by the id shown.

    `gold` is the id shown and the gold item's own, None in a claim that got none.
    """

    items: list[ClaimItem]
    real: Mapping[uuid.UUID, ClaimItem]
    gold: tuple[uuid.UUID, uuid.UUID] | None

    def those_of(self, items: Sequence[ClaimItem], *, with_gold: bool) -> list[ClaimItem]:
        """How some of the job's items are shown, in order, and the gold one if wanted."""
        wanted = {item.id for item in items}
        gold_id = None if self.gold is None else self.gold[0]
        return [
            item
            for item in self.items
            if (with_gold and item.id == gold_id) or (item.id in self.real and self.real[item.id].id in wanted)
        ]

    def unmasked(self, values: Mapping[uuid.UUID, T]) -> dict[uuid.UUID, T]:
        """Values by the id shown, as those by the real items' ids; gold is left out."""
        return {item.id: values[shown_id] for shown_id, item in self.real.items() if shown_id in values}


def mask_of(session: Session, claim_id: uuid.UUID, items: Sequence[ClaimItem]) -> Mask:
    """How the items of a masked claim, the job's own ones, are shown to its worker."""
    by_id = {item.id: item for item in items}
    shown, real = [], {}
    gold = None
    for row in session.execute(_STATEMENTS.masked_items, {"claim_id": claim_id}):
        if row.item_id is None:
            gold = (row.id, row.gold_item_id)
            size = (row.width, row.height, None, row.duration_ms, row.point_count)
            item = ClaimItem(row.id, row.place, "", row.content, *size)
        else:
            real[row.id] = item = by_id[row.item_id]
        shown.append(disguised(item, row.id, row.place))
    return Mask(shown, real, gold)


def masked_contents(
    session: Session, claim_id: uuid.UUID, items: Sequence[ClaimItem], contents: Mapping[uuid.UUID, Any], attempt: int
) -> dict[uuid.UUID, Any]:
    """Contents of an attempt's answers by real items' ids, as those by the ids shown; with the gold answer."""
    mask = mask_of(session, claim_id, items)
    found = {shown_id: contents[item.id] for shown_id, item in mask.real.items() if item.id in contents}
    given = _gold_answer(session, claim_id)
    if given is not None and mask.gold is not None and attempt == 1:
        found[mask.gold[0]] = given.content
    return found


def real_ids(session: Session, claim_id: uuid.UUID) -> dict[uuid.UUID, uuid.UUID | None]:
    """The ids of a masked claim's items by the ids shown; None for a gold one, which is none of the job's."""
    rows = session.execute(select(MaskedItem.id, MaskedItem.item_id).where(MaskedItem.claim_id == claim_id))
    return {row.id: row.item_id for row in rows}


def _gold_answer(session: Session, claim_id: uuid.UUID) -> GoldAnswer | None:
    return session.scalars(select(GoldAnswer).where(GoldAnswer.claim_id == claim_id)).one_or_none()


def masked_view(session: Session, view: ClaimView) -> ClaimView:
    """A claim as its worker sees it."""
    mask = mask_of(session, view.claim.id, view.items)
    answers = {shown_id: view.answers[item.id] for shown_id, item in mask.real.items() if item.id in view.answers}
    given = _gold_answer(session, view.claim.id)
    if given is not None and mask.gold is not None:
        answers[mask.gold[0]] = AnswerView(_as_answer(view.claim, given, list(answers.values())), [], None, None)
    return replace(view, items=mask.items, answers=answers)


def _as_answer(claim: Claim, given: GoldAnswer, others: Sequence[AnswerView]) -> Answer:
    """A gold answer in the form of the others; it waits for review as long as one of them does for its first."""
    waiting = any(one.answer.attempt == 1 and one.answer.state in {"submitted", "held"} for one in others)
    return Answer(
        id=given.id,
        claim_id=claim.id,
        item_id=given.id,
        job_id=claim.job_id,
        ordinal=0,
        price_chain_id=claim.price_chain_id,
        state="submitted" if waiting else "accepted",
        attempt=1,
        content=given.content,
        submitted_at=given.submitted_at,
    )


def own_gold_answer(session: Session, worker_id: uuid.UUID, answer_id: uuid.UUID) -> Answer | None:
    """A gold answer of the worker as if it were one of the others; None where it is none."""
    wanted = select(GoldAnswer).where(GoldAnswer.id == answer_id, GoldAnswer.worker_id == worker_id)
    given = session.scalars(wanted).one_or_none()
    if given is None:
        return None
    others = session.scalars(select(Answer).where(Answer.claim_id == given.claim_id))
    views = [AnswerView(answer, [], None, None) for answer in others]
    return _as_answer(session.get_one(Claim, given.claim_id), given, views)


def sibling_of(session: Session, worker_id: uuid.UUID, answer_id: uuid.UUID) -> uuid.UUID | None:
    """An answer of the same claim, in the same state if there is one, for a worker's gold answer; else None.

    All answers of a claim have one price chain: what is shown of it is the same.
    """
    gold = own_gold_answer(session, worker_id, answer_id)
    if gold is None:
        return None
    others = select(Answer.id).where(Answer.claim_id == gold.claim_id)
    return session.scalar(others.order_by((Answer.state == gold.state).desc(), Answer.id).limit(1))


def media_of_masked(session: Session, actor: Actor, shown_id: uuid.UUID) -> Media | None:
    """The media of an item of the acting worker's live claim, by the id shown; None for everybody else."""
    masked = session.get(MaskedItem, shown_id)
    if masked is None or actor.organization_id is not None or not actor.may("media.read.own"):
        return None
    claim = session.get_one(Claim, masked.claim_id)
    if claim.worker_id != actor.person_id or claim.state not in LIVE_CLAIM:
        return None
    if masked.item_id is not None:
        return media_of_item(session, session.get_one(Item, masked.item_id))
    return _media_of_gold(session, session.get_one(GoldItem, masked.gold_item_id))


def _media_of_gold(session: Session, gold: GoldItem) -> Media | None:
    if gold.media_id is not None:
        return session.get(Media, gold.media_id)
    url = str(gold.content.get("url", ""))
    client_id = session.get_one(Job, gold.job_id).organization_id
    remote = session.get(RemoteMedia, (client_id, hashlib.sha256(url.encode()).digest()))
    return None if remote is None or remote.media_id is None else session.get(Media, remote.media_id)

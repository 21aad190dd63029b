"""Deciding items on whose answers there was no agreement, by somebody outside the workers and their side."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.audit.words import said
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs.labels import KINDS, ItemMeta
from marketplace.jobs.labels.kind import answer_errors
from marketplace.jobs.models import Item, Job
from marketplace.jobs.queries import media_of_item
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.quality.agreement import agreement
from marketplace.work import events
from marketplace.work.errors import REVIEW_OWN_ANSWER
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.overlap_models import Adjudication, OverlapItem
from marketplace.work.parties import decided_by, is_member
from marketplace.work.texts import reason_of

STANDING = ("accepted", "accepted_on_appeal")
"""Answers that can be chosen: those that count when answers are compared."""


@dataclass(frozen=True, slots=True)
class Adjudicable:
    """An item that waits for a third person, with its standing answers, oldest first, and how well these agree."""

    item: Item
    job: Job
    overlap: OverlapItem
    answers: Sequence[Answer]
    agreement: float | None


def decidable_by(actor: Actor) -> ColumnElement[bool]:
    """Over OverlapItem joined with Job: whose items one decides.

    The side next above the one that opened the tasks, or the client; where neither is another side, the platform.
    """
    client = and_(Job.organization_id == actor.organization_id, OverlapItem.for_organization_id.is_not(None))
    return or_(decided_by(actor, OverlapItem.for_organization_id), client)


def _queue(actor: Actor) -> Select[OverlapItem, Item, Job]:
    wanted = select(OverlapItem, Item, Job).join(Item, Item.id == OverlapItem.item_id)
    wanted = wanted.join(Job, Job.id == OverlapItem.job_id).where(OverlapItem.state == "open", decidable_by(actor))
    if actor.person_id is not None:
        own = select(Answer.id).join(Claim, Claim.id == Answer.claim_id)
        mine = own.where(Answer.item_id == OverlapItem.item_id, Claim.worker_id == actor.person_id)
        wanted = wanted.where(~mine.exists())
    return wanted


def adjudications(
    session: Session,
    actor: Actor,
    *,
    job_id: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Adjudicable]:
    """Items that wait for the actor's side, the longest waiting first; never such that one answered oneself."""
    actor.require("review.read")
    wanted = _queue(actor)
    if job_id is not None:
        wanted = wanted.where(OverlapItem.job_id == job_id)
    page = paginate(session, wanted, keys=[OverlapItem.since, OverlapItem.item_id], cursor=cursor, limit=limit)
    answers = _answers(session, [row.item_id for row, _, _ in page.data])
    return Page([_adjudicable(row, item, job, answers) for row, item, job in page.data], page.next_cursor)


def get_adjudication(session: Session, actor: Actor, item_id: uuid.UUID) -> Adjudicable:
    """One item that `adjudications` would list; else not_found."""
    actor.require("review.read")
    found = session.execute(_queue(actor).where(OverlapItem.item_id == item_id)).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no item with this id that waits for you.", noun="item")
    row, item, job = found
    return _adjudicable(row, item, job, _answers(session, [item_id]))


def _answers(session: Session, item_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Answer]]:
    found: dict[uuid.UUID, list[Answer]] = {item_id: [] for item_id in item_ids}
    standing = select(Answer).where(Answer.item_id.in_(item_ids), Answer.state.in_(STANDING)).order_by(Answer.id)
    for answer in session.scalars(standing):
        found[answer.item_id].append(answer)
    return found


def _adjudicable(row: OverlapItem, item: Item, job: Job, answers: Mapping[uuid.UUID, Sequence[Answer]]) -> Adjudicable:
    given = answers[item.id]
    return Adjudicable(item, job, row, given, agreement([answer.content for answer in given]))


def adjudicate(
    session: Session,
    actor: Actor,
    item_id: uuid.UUID,
    *,
    answer_id: uuid.UUID | None = None,
    content: Mapping[str, Any] | None = None,
    reason: str,
) -> Adjudication:
    """Decide an item: by one of its answers, or by an answer of one's own. It is what the item's result says.

    Nothing of it touches what was paid for the answers. Raises forbidden, not_found, state_conflict, invalid, and
    review_own_answer for who answered the item and for members of the side that opened its tasks (rule 14).
    """
    actor.require("review.decide")
    # Two who decide at one moment: the second waits, and finds it decided.
    wanted = select(OverlapItem, Job).join(Job, Job.id == OverlapItem.job_id)
    locked = wanted.where(OverlapItem.item_id == item_id, decidable_by(actor)).with_for_update(of=OverlapItem)
    found = session.execute(locked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no item with this id that waits for you.", noun="item")
    row, job = found
    if row.state != "open":
        raise STATE_CONFLICT.error(f"This item is {row.state}.", noun="item", current=row.state)
    seller = _refuse_parties(session, actor, row)
    reason = reason_of(reason, "/reason")
    chosen = _chosen(session, job, item_id, answer_id, content)
    now = market_now(session)
    decision = Adjudication(
        item_id=item_id,
        job_id=job.id,
        answer_id=answer_id,
        content=chosen,
        reason=reason,
        decided_by_person_id=actor.person_id,
        decided_by_organization_id=actor.organization_id,
        decided_at=now,
    )
    session.add(decision)
    row.state, row.since = "adjudicated", now
    session.flush()
    audit.record(
        session,
        events.ITEM_ADJUDICATED,
        actor,
        subject=("item", item_id),
        organizations={job.organization_id, seller, *([actor.organization_id] if actor.organization_id else [])},
        # What is said of an item is said of all answers to it, whichever was chosen.
        about=session.scalars(_workers_of(item_id)).all(),
        body=adjudicated_body(decision),
        at=now,
    )
    return decision


def adjudicated_body(decision: Adjudication) -> dict[str, Any]:
    """What the audit log says of a decision."""
    return {
        "job": public("job", decision.job_id),
        "answer": None if decision.answer_id is None else public("answer", decision.answer_id),
        "content_digest": hashlib.sha256(canonical_bytes(decision.content)).hexdigest(),
        "reason_commitment": said(decision.reason),
    }


def _workers_of(item_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(Claim.worker_id).join(Answer, Answer.claim_id == Claim.id).where(Answer.item_id == item_id)


def _refuse_parties(session: Session, actor: Actor, row: OverlapItem) -> uuid.UUID:
    contract_id = session.get_one(Batch, row.root_batch_id).contract_id
    seller = session.get_one(Contract, contract_id).seller_organization_id
    if actor.person_id in set(session.scalars(_workers_of(row.item_id))):
        raise REVIEW_OWN_ANSWER.error("You answered this item yourself.")
    if is_member(session, actor.person_id, [seller]):
        raise REVIEW_OWN_ANSWER.error("You are a member of the side whose workers answered this item.")
    return seller


def _chosen(
    session: Session, job: Job, item_id: uuid.UUID, answer_id: uuid.UUID | None, content: Mapping[str, Any] | None
) -> dict[str, Any]:
    if (answer_id is None) == (content is None):
        message = "Choose one of the answers, or give one of your own."
        raise INVALID.error(message, errors=[FieldError("", "one_of", message)])
    if answer_id is not None:
        for answer in _answers(session, [item_id])[item_id]:
            if answer.id == answer_id:
                return answer.content
        message = "This is none of the item's accepted answers."
        raise INVALID.error(message, errors=[FieldError("/answer_id", "answer_unknown", message)])
    assert content is not None
    meta = meta_of(session, session.get_one(Item, item_id))
    found = answer_errors(KINDS[job.kind], job.label_schema, content, meta)
    if found:
        errors = [FieldError(f"/content{error.pointer}", error.code, error.message) for error in found]
        raise INVALID.error("This is no answer to the item.", errors=errors)
    return dict(content)


def meta_of(session: Session, item: Item) -> ItemMeta:
    """What an answer to the item is checked against."""
    media = media_of_item(session, item)
    if media is None:
        return ItemMeta(content=item.content)
    return ItemMeta(media.width, media.height, item.content, media.duration_ms)


def adjudicated_contents(session: Session, item_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """What third persons decided of these items, by item; those without a decision are left out.

    So are those who chose an answer that was accepted in error: nobody pays for its content any more.
    """
    wanted = (
        select(Adjudication.item_id, Adjudication.content)
        .outerjoin(Answer, Answer.id == Adjudication.answer_id)
        .where(Adjudication.item_id.in_(item_ids), Answer.state.is_distinct_from("accepted_in_error"))
    )
    return {row.item_id: row.content for row in session.execute(wanted)}

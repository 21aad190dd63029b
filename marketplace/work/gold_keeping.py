"""Gold items as those who made them know them: adding, listing with what became of them, retiring."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.contracts.models import Contract
from marketplace.contracts.states import AMENDABLE
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.db.sql import load
from marketplace.jobs.item_rows import ItemRow, RowError, check_row
from marketplace.jobs.labels import KINDS, ItemMeta
from marketplace.jobs.labels.kind import answer_errors
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Item, Job, Media
from marketplace.jobs.practice import is_practice
from marketplace.jobs.prelabels import PrelabelRules
from marketplace.jobs.queries import get_job, rates_of
from marketplace.jobs.states import GROWING
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.work.gold_drawing import record_retired
from marketplace.work.gold_events import GOLD_ADDED
from marketplace.work.gold_models import GoldItem

ITEMS_MAX: Final = 1000
_STATEMENTS = load(__file__, "gold.sql")


@dataclass(frozen=True, slots=True)
class GoldRow:
    """An item as it would be added to the job, and the answer that is right."""

    external_id: str
    rate: str
    content: dict[str, Any]
    expected: dict[str, Any]


@dataclass(frozen=True, slots=True)
class GoldLine:
    """A gold item with what its workers gave: how many, how many passed, and their mean score in parts per million."""

    item: GoldItem
    answers: int
    passed: int
    score_ppm: int | None


def add_gold(session: Session, actor: Actor, job_id: uuid.UUID, rows: Sequence[GoldRow]) -> list[GoldItem]:
    """Add gold items to a job: all or none. A client's are drawn for all claims, a seller's for those of its tasks.

    A row that is there already, with the same content and answer, is passed over. Raises forbidden, not_found,
    state_conflict, invalid with the pointers of what is wrong.
    """
    actor.require("task.open")
    get_job(session, actor, job_id)
    job = lock_job(session, job_id)
    contract_id = _contract_of(session, actor, job)
    if job.state not in GROWING:
        raise STATE_CONFLICT.error(f"This job is {job.state}.", noun="job", current=job.state)
    if not 1 <= len(rows) <= ITEMS_MAX:
        message = f"1 to {ITEMS_MAX} of them in one request."
        raise INVALID.error(message, errors=[FieldError("/items", "out_of_range", message)])
    errors, made = [], []
    names = _names(session, job, rows)
    rates = frozenset(rate.code for rate in rates_of(session, job.id))
    for index, row in enumerate(rows):
        found = _checked(session, job, rates, row, f"/items/{index}")
        if isinstance(found, list):
            errors += found
            continue
        item = _item(job, contract_id, actor.organization, row, *found)
        if row.external_id not in names:
            names[row.external_id] = item
            made.append(item)
        elif not _same(names[row.external_id], item):
            message = "Another item has this external_id."
            errors.append(FieldError(f"/items/{index}/external_id", "item_conflict", message))
    if errors:
        raise INVALID.error(f"{len(errors)} things in these items are not right.", errors=errors)
    session.add_all(made)
    session.flush()
    urls = sorted({str(item.content["url"]) for item in made if "url" in item.content})
    if urls:
        session.execute(_STATEMENTS.fetch_remote, {"organization_id": job.organization_id, "urls": urls})
    if made:
        body = {"items": len(made), "digest": _digest(made)}
        readers = [actor.organization]
        audit.record(session, GOLD_ADDED, actor, subject=("job", job.id), organizations=readers, body=body)
    return made


def _contract_of(session: Session, actor: Actor, job: Job) -> uuid.UUID | None:
    """None for the job's client; else the contract in which the actor's organization sells."""
    if job.organization_id == actor.organization_id:
        return None
    sold = select(Contract.id).where(
        Contract.job_id == job.id,
        Contract.seller_organization_id == actor.organization,
        Contract.state.in_(AMENDABLE),
    )
    contract_id = session.scalar(sold.order_by(Contract.layer, Contract.id).limit(1))
    if contract_id is None:
        raise NOT_FOUND.error("There is no job with this id that you open tasks of.", noun="job")
    return contract_id


def _names(session: Session, job: Job, rows: Sequence[GoldRow]) -> dict[str, GoldItem | None]:
    """What the names of these rows stand for already: a gold item, or None for one of the job's own items."""
    names = [row.external_id for row in rows]
    taken: dict[str, GoldItem | None] = dict.fromkeys(
        session.scalars(select(Item.external_id).where(Item.job_id == job.id, Item.external_id.in_(names)))
    )
    gold = select(GoldItem).where(GoldItem.job_id == job.id, GoldItem.external_id.in_(names))
    return taken | {item.external_id: item for item in session.scalars(gold)}


def _checked(
    session: Session, job: Job, rates: frozenset[str], row: GoldRow, at: str
) -> tuple[dict[str, Any], uuid.UUID | None] | list[FieldError]:
    """The content as it is kept and its media, or everything wrong with the row."""
    rules = PrelabelRules(job.kind, job.label_schema)
    found = check_row(ItemRow(1, row.external_id, row.rate, row.content), rates, rules)
    if isinstance(found, RowError):
        return [FieldError(f"{at}{found.pointer}", found.code, found.message)]
    media = None if found.media_id is None else session.get(Media, found.media_id)
    if found.media_id is not None and (
        media is None or media.organization_id != job.organization_id or media.purged_at
    ):
        return [FieldError(f"{at}/content/media", "media_unknown", "The job's client has no media with this id.")]
    content = json.loads(found.content)
    meta = ItemMeta(content=content) if media is None else ItemMeta(media.width, media.height, content)
    if is_practice(session, job, content, found.media_id):
        return [FieldError(f"{at}/content", "is_practice", "A practice item is like this: workers know its answer.")]
    wrong = answer_errors(KINDS[job.kind], job.label_schema, row.expected, meta)
    if wrong:
        return [FieldError(f"{at}/expected{error.pointer}", error.code, error.message) for error in wrong]
    return content, found.media_id


def _item(
    job: Job,
    contract_id: uuid.UUID | None,
    organization_id: uuid.UUID,
    row: GoldRow,
    content: dict[str, Any],
    media_id: uuid.UUID | None,
) -> GoldItem:
    return GoldItem(
        job_id=job.id,
        rate_code=row.rate,
        contract_id=contract_id,
        organization_id=organization_id,
        external_id=row.external_id,
        content=content,
        media_id=media_id,
        expected=dict(row.expected),
    )


def _same(there: GoldItem | None, item: GoldItem) -> bool:
    if there is None:
        return False
    names = ("rate_code", "organization_id", "content", "expected")
    return all(getattr(there, name) == getattr(item, name) for name in names)


def _digest(items: Sequence[GoldItem]) -> str:
    digest = hashlib.sha256()
    for item in items:
        digest.update(f"{item.external_id} {json.dumps(item.expected, sort_keys=True)}\n".encode())
    return digest.hexdigest()


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    """Gold is known to who made it alone: reviewers and other layers may have workers among their people."""
    return true() if EVERYTHING in actor.permissions else GoldItem.organization_id == actor.organization


def list_gold(
    session: Session, actor: Actor, job_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[GoldLine]:
    """The gold items that one's organization made for a job, oldest first, each with what became of it."""
    actor.require("task.open")
    get_job(session, actor, job_id)
    wanted = select(GoldItem).where(GoldItem.job_id == job_id, _visible_to(actor))
    page = paginate(session, wanted, keys=[GoldItem.id], cursor=cursor, limit=limit)
    return Page(_lines(session, page.data), page.next_cursor)


def _lines(session: Session, items: Sequence[GoldItem]) -> list[GoldLine]:
    ids = [item.id for item in items]
    counts = {row.gold_item_id: row for row in session.execute(_STATEMENTS.statistics, {"gold_item_ids": ids})}
    return [
        GoldLine(item, counts[item.id].answers, counts[item.id].passed, counts[item.id].score_ppm)
        if item.id in counts
        else GoldLine(item, 0, 0, None)
        for item in items
    ]


def retire_gold(session: Session, actor: Actor, gold_item_id: uuid.UUID, reason: str) -> GoldLine:
    """Draw a gold item no more, by who made it; claims that hold it are finished and paid.

    Raises forbidden, not_found, state_conflict.
    """
    actor.require("task.open")
    item = session.scalars(select(GoldItem).where(GoldItem.id == gold_item_id, _visible_to(actor))).one_or_none()
    if item is None:
        raise NOT_FOUND.error("There is no gold item with this id.", noun="item")
    values = {"gold_item_id": item.id, "reason": reason}
    if session.execute(_STATEMENTS.retire, values).first() is None:
        raise STATE_CONFLICT.error("This gold item is retired already.", noun="item", current="retired")
    session.refresh(item)
    record_retired(session, actor, item, automatic=False)
    return _lines(session, [item])[0]

"""Practice items as the client keeps them: adding, listing, removing. Nothing that is known here is ever gold."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs.events import JOB_PRACTICE_CHANGED
from marketplace.jobs.item_rows import ItemRow, RowError, check_row
from marketplace.jobs.labels import KINDS, ItemMeta, answer_errors
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job, Media, RemoteMedia
from marketplace.jobs.practice_models import PracticeItem
from marketplace.jobs.prelabels import PrelabelRules
from marketplace.jobs.queries import get_job, own_job
from marketplace.jobs.states import GROWING
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError

ITEMS_MAX: Final = 20
EXPLANATION_MAX: Final = 2_000
_RATE: Final = "practice"
"""Stands for the rate of a row: a practice item has none, for nobody is paid for it."""


@dataclass(frozen=True, slots=True)
class PracticeRow:
    """A practice item as it would be added."""

    external_id: str
    content: dict[str, Any]
    expected: dict[str, Any]
    explanation: str = ""
    is_example: bool = False


def add_practice(session: Session, actor: Actor, job_id: uuid.UUID, rows: Sequence[PracticeRow]) -> list[PracticeItem]:
    """Add practice items to one's job: all or none, at most 20 in all. What is there already is passed over.

    Raises forbidden, not_found, state_conflict, invalid with the pointers of what is wrong.
    """
    actor.require("job.write")
    own_job(session, actor, job_id)
    # Under the lock: two uploads side by side would otherwise be more than a job may have, or have one name twice.
    job = lock_job(session, job_id)
    if job.state not in GROWING:
        raise STATE_CONFLICT.error(f"This job is {job.state}.", noun="job", current=job.state)
    there = {item.external_id: item for item in practice_of(session, job.id)}
    errors, made = [], []
    for index, row in enumerate(rows):
        found = _item(session, job, row, f"/items/{index}")
        if isinstance(found, list):
            errors += found
        elif row.external_id not in there:
            there[row.external_id] = found
            made.append(found)
        elif not _same(there[row.external_id], found):
            message = "Another practice item has this external_id."
            errors.append(FieldError(f"/items/{index}/external_id", "item_conflict", message))
    if len(there) > ITEMS_MAX:
        message = f"A job has at most {ITEMS_MAX} practice items; these would make {len(there)}."
        errors.append(FieldError("/items", "out_of_range", message))
    if errors:
        raise INVALID.error(f"{len(errors)} things in these items are not right.", errors=errors)
    session.add_all(made)
    session.flush()
    if made:
        _record(session, actor, job)
    return made


def _item(session: Session, job: Job, row: PracticeRow, at: str) -> PracticeItem | list[FieldError]:
    """The item, or everything wrong with the row."""
    if job.kind == "external":
        message = "A tool of the client's own says what its answers mean; nobody can practise for it here."
        return [FieldError(at, "kind_unsupported", message)]
    checked = check_row(
        ItemRow(1, row.external_id, _RATE, row.content), frozenset({_RATE}), PrelabelRules(job.kind, job.label_schema)
    )
    if isinstance(checked, RowError):
        return [FieldError(f"{at}{checked.pointer}", checked.code, checked.message)]
    if checked.url is not None:
        return [FieldError(f"{at}/content/url", "address_unsupported", "Upload the media, and name it here.")]
    media = None if checked.media_id is None else _held(session, checked.media_id)
    if checked.media_id is not None and (
        media is None or media.organization_id != job.organization_id or media.purged_at
    ):
        return [FieldError(f"{at}/content/media", "media_unknown", "The job's client has no media with this id.")]
    content = json.loads(checked.content)
    wrong = answer_errors(KINDS[job.kind], job.label_schema, row.expected, _meta(content, media))
    errors = [FieldError(f"{at}/expected{error.pointer}", error.code, error.message) for error in wrong]
    if len(row.explanation) > EXPLANATION_MAX or "\x00" in row.explanation:
        message = f"At most {EXPLANATION_MAX} characters, none of them NUL."
        errors.append(FieldError(f"{at}/explanation", "text_invalid", message))
    if errors:
        return errors
    return PracticeItem(
        job_id=job.id,
        external_id=row.external_id,
        content=content,
        media_id=checked.media_id,
        expected=dict(row.expected),
        explanation=row.explanation.strip(),
        is_example=row.is_example,
    )


def _held(session: Session, media_id: uuid.UUID) -> Media | None:
    # Until the item is there, nobody purges the media that it names (retention.sql).
    lock = {"read": True, "key_share": True}
    return session.get(Media, media_id, with_for_update=lock, populate_existing=True)


def _meta(content: Mapping[str, Any], media: Media | None) -> ItemMeta:
    if media is None:
        return ItemMeta(content=content)
    return ItemMeta(media.width, media.height, content, media.duration_ms)


def _same(there: PracticeItem, item: PracticeItem) -> bool:
    names = ("content", "expected", "explanation", "is_example")
    return all(getattr(there, name) == getattr(item, name) for name in names)


def _record(session: Session, actor: Actor, job: Job) -> None:
    items = practice_of(session, job.id)
    digest = hashlib.sha256()
    for item in items:
        digest.update(f"{item.external_id} {json.dumps(item.expected, sort_keys=True)}\n".encode())
    body = {"items": len(items), "digest": digest.hexdigest()}
    organizations = [job.organization_id]
    record(session, JOB_PRACTICE_CHANGED, actor, subject=("job", job.id), organizations=organizations, body=body)


def practice_of(session: Session, job_id: uuid.UUID) -> Sequence[PracticeItem]:
    """All practice items of a job, the oldest first. Knows no permissions."""
    return session.scalars(_standing(job_id).order_by(PracticeItem.id)).all()


def _standing(job_id: uuid.UUID) -> Select[PracticeItem]:
    return select(PracticeItem).where(PracticeItem.job_id == job_id, PracticeItem.removed_at.is_(None))


def is_practice(session: Session, job: Job, content: Mapping[str, Any], media_id: uuid.UUID | None) -> bool:
    """Whether workers may have seen the right answer to this content, or to the same media, at the job's practice.

    What they saw before it was taken away they know still.
    """
    if "url" in content:
        digest = hashlib.sha256(str(content["url"]).encode()).digest()
        remote = session.get(RemoteMedia, (job.organization_id, digest))
        media_id = None if remote is None else remote.media_id
    alike = PracticeItem.content == content
    if media_id is not None:
        alike |= PracticeItem.media_id == media_id
    return bool(session.scalar(select(exists().where(PracticeItem.job_id == job.id, alike))))


def list_practice(
    session: Session, actor: Actor, job_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[PracticeItem]:
    """The practice items of a job, oldest first, for whoever takes part in it. Raises forbidden, not_found."""
    actor.require("job.read")
    get_job(session, actor, job_id)
    return paginate(session, _standing(job_id), keys=[PracticeItem.id], cursor=cursor, limit=limit)


def remove_practice(session: Session, actor: Actor, item_id: uuid.UUID) -> PracticeItem:
    """Take a practice item away from one's job; returns what it was. Raises forbidden, not_found."""
    actor.require("job.write")
    item = session.get(PracticeItem, item_id)
    job = None if item is None else session.get_one(Job, item.job_id)
    if item is None or job is None or job.organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no practice item with this id.", noun="item")
    lock_job(session, job.id)
    # Under the lock: somebody else may have taken it away meanwhile.
    session.refresh(item)
    if item.removed_at is not None:
        raise NOT_FOUND.error("There is no practice item with this id.", noun="item")
    item.removed_at = market_now(session)
    session.flush()
    _record(session, actor, job)
    return item

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.jobs import retention
from marketplace.jobs.authoring import change_job
from marketplace.jobs.duplicating import duplicate_job
from marketplace.jobs.errors import ITEMS_REFUSED
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.media import keep_media, store_media
from marketplace.jobs.models import Item, Job, Media, RemoteMedia
from marketplace.jobs.practice import PracticeRow, add_practice
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.lifecycle.completing import complete_jobs
from tests.builders.jobs import make_job, make_open_job, make_party
from tests.builders.media import MemoryStorage, image
from tests.builders.operations import inside
from tests.builders.settlement import move_clock_to

BOXES: dict[str, Any] = {"kind": "image_boxes", "label_schema": {"classes": ["car"]}}
DAYS = 30


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def client(session: Session) -> Actor:
    return make_party(session, "client")


def picture(session: Session, client: Actor, storage: MemoryStorage, side: int) -> Media:
    return store_media(session, client, storage, image(size=(side, side)), f"{side}.png")


def rows(*media: Media) -> list[ItemRow]:
    return [
        ItemRow(number, f"m-{number}", "standard", {"media": public("media", one.id)})
        for number, one in enumerate(media, start=1)
    ]


def settle(session: Session, client: Actor, job: Job) -> None:
    """Cancelled before anybody worked on it, and settled at once."""
    cancel_job(session, client, job.id)
    complete_jobs(inside(session))
    session.expire_all()
    assert session.get_one(Job, job.id).state == "settled"


def settled_job(session: Session, client: Actor, *media: Media, days: int | None = DAYS) -> Job:
    job, _ = make_open_job(session, client, rows=rows(*media), media_retention_days=days, **BOXES)
    settle(session, client, job)
    return job


def later(session: Session, days: int = DAYS + 1) -> None:
    move_clock_to(session, market_now(session) + dt.timedelta(days=days))


def sweep(session: Session, storage: MemoryStorage) -> int:
    """Purge and delete all that is due; returns how many images' bytes went."""
    while retention.purge_next(session):
        pass
    return retention.delete_bytes(session, storage)


def test_media_goes_when_its_job_is_settled_and_its_days_are_over_and_only_its_bytes(
    session: Session, client: Actor, storage: MemoryStorage
) -> None:
    first, second = (picture(session, client, storage, side) for side in (8, 9))
    job = settled_job(session, client, first, second)
    assert sweep(session, storage) == 0, "kept for thirty days"
    later(session)
    assert sweep(session, storage) == 2
    assert storage.kept == {}
    assert sweep(session, storage) == 0
    kept = session.query(Media).order_by(Media.id).all()
    assert [(one.byte_count > 0, len(one.sha256), one.purged_at is not None) for one in kept] == [(True, 32, True)] * 2
    assert session.query(Item).filter_by(job_id=job.id).count() == 2
    body = session.query(AuditEvent).filter_by(subject_id=job.id, kind="media.purged").one().body.decode()
    assert '"count":2' in body
    assert '"rates":{"standard":"{[1,3)}"}' in body
    assert hashlib.sha256(first.sha256 + second.sha256).hexdigest() in body


def test_without_days_and_before_it_is_settled_media_is_kept(
    session: Session, client: Actor, storage: MemoryStorage
) -> None:
    settled_job(session, client, picture(session, client, storage, 8), days=None)
    make_open_job(session, client, rows=rows(picture(session, client, storage, 9)), media_retention_days=0, **BOXES)
    later(session, 4000)
    assert sweep(session, storage) == 0
    assert len(storage.kept) == 2


def test_what_another_job_needs_stays_until_that_one_is_over_too(
    session: Session, client: Actor, storage: MemoryStorage
) -> None:
    shared, own = (picture(session, client, storage, side) for side in (8, 9))
    other, _ = make_open_job(session, client, rows=rows(shared), media_retention_days=5, **BOXES)
    first = settled_job(session, client, shared, own)
    later(session)
    assert sweep(session, storage) == 1
    assert list(storage.kept) == [shared.storage_key]
    assert session.get_one(Job, first.id, populate_existing=True).media_purged_at is not None
    settle(session, client, other)
    later(session, 6)
    assert sweep(session, storage) == 1
    assert storage.kept == {}


def test_media_of_an_address_goes_too_and_is_fetched_again_for_a_new_job(
    session: Session, client: Actor, storage: MemoryStorage
) -> None:
    named = [ItemRow(1, "u-1", "standard", {"url": "https://images.example.org/1.png"})]
    job, _ = make_open_job(session, client, rows=named, media_retention_days=0, **BOXES)
    fetched = keep_media(session, client, client.organization, storage, image(), "1.png")
    remote = session.query(RemoteMedia).one()
    remote.state, remote.media_id = "stored", fetched.id
    session.flush()
    settle(session, client, job)
    later(session, 1)
    assert sweep(session, storage) == 1
    session.expire_all()
    assert (session.query(RemoteMedia).one().state, storage.kept) == ("purged", {})
    add_items(session, client, make_job(session, client, **BOXES).id, named)
    session.expire_all()
    again = session.query(RemoteMedia).one()
    assert (again.state, again.media_id) == ("pending", None)
    back = keep_media(session, client, client.organization, storage, image(), "1.png")
    assert (back.id, back.purged_at, back.bytes_deleted_at, list(storage.kept)) == (
        fetched.id, None, None, [fetched.storage_key],
    )  # fmt: skip


def test_purged_media_is_named_by_no_new_item_until_it_is_handed_in_again(
    session: Session, client: Actor, storage: MemoryStorage
) -> None:
    gone = picture(session, client, storage, 8)
    settled_job(session, client, gone)
    later(session)
    sweep(session, storage)
    draft = make_job(session, client, **BOXES)
    with pytest.raises(DomainError) as refused:
        add_items(session, client, draft.id, rows(gone))
    assert (refused.value.spec, refused.value.data["rows"][0]["code"]) == (ITEMS_REFUSED, "media_unknown")
    picture(session, client, storage, 8)
    assert add_items(session, client, draft.id, rows(gone)).added == 1
    assert sweep(session, storage) == 0
    assert len(storage.kept) == 1


def test_a_copy_with_items_waits_until_purged_images_are_handed_in_again(
    session: Session, client: Actor, storage: MemoryStorage
) -> None:
    job = settled_job(session, client, picture(session, client, storage, 8))
    later(session)
    sweep(session, storage)
    with pytest.raises(DomainError, match="1 item") as refused, session.begin_nested():
        duplicate_job(session, client, job.id, fee_ppm=0, items=True)
    assert refused.value.slug == "state_conflict"
    assert duplicate_job(session, client, job.id, fee_ppm=0).state == "draft"
    picture(session, client, storage, 8)
    assert duplicate_job(session, client, job.id, fee_ppm=0, items=True).state == "draft"


def test_purged_addresses_are_fetched_again_for_a_copy_with_items(
    session: Session, client: Actor, storage: MemoryStorage
) -> None:
    named = [ItemRow(1, "u-1", "standard", {"url": "https://images.example.org/1.png"})]
    job, _ = make_open_job(session, client, rows=named, media_retention_days=0, **BOXES)
    fetched = keep_media(session, client, client.organization, storage, image(), "1.png")
    remote = session.query(RemoteMedia).one()
    remote.state, remote.media_id = "stored", fetched.id
    session.flush()
    settle(session, client, job)
    later(session, 1)
    assert sweep(session, storage) == 1
    duplicate_job(session, client, job.id, fee_ppm=0, items=True)
    session.expire_all()
    again = session.query(RemoteMedia).one()
    assert (again.state, again.media_id) == ("pending", None)


def test_after_publication_the_days_can_only_be_lengthened(session: Session, client: Actor) -> None:
    job, _ = make_open_job(session, client, media_retention_days=10)

    def change(days: int | None) -> Job:
        return change_job(session, client, job.id, job.version, {"media_retention_days": days})

    assert change(11).media_retention_days == 11
    with pytest.raises(DomainError) as refused:
        change(10)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/media_retention_days", "not_shortened")
    ]
    assert change(None).media_retention_days is None
    with pytest.raises(DomainError):
        change(3650)
    draft = make_job(session, client, media_retention_days=10)
    changed = change_job(session, client, draft.id, 1, {"media_retention_days": 1})
    assert changed.media_retention_days == 1


def test_what_is_purged_cannot_be_kept_longer(session: Session, client: Actor, storage: MemoryStorage) -> None:
    job = settled_job(session, client, picture(session, client, storage, 8))
    later(session)
    sweep(session, storage)
    with pytest.raises(DomainError) as refused:
        change_job(session, client, job.id, session.get_one(Job, job.id).version, {"media_retention_days": None})
    assert refused.value.slug == "state_conflict"


def test_an_item_that_is_just_coming_in_keeps_its_media(committing_engine: Engine, storage: MemoryStorage) -> None:
    transactions = partial(transaction, committing_engine)
    with transactions() as session:
        client = make_party(session, "client")
        media = picture(session, client, storage, 8)
        job = settled_job(session, client, media)
        later(session)
        draft_id: UUID = make_job(session, client, **BOXES).id
        named, media_id, job_id = rows(media), media.id, job.id
    with transactions() as coming_in:
        add_items(coming_in, client, draft_id, named)
        with transactions() as sweeping:
            assert retention.purge_next(sweeping) == 0
    with transactions() as session:
        assert retention.purge_next(session) == 1
        assert retention.delete_bytes(session, storage) == 0
        assert session.get_one(Media, media_id).purged_at is None
        assert session.get_one(Job, job_id).media_purged_at is not None
    assert len(storage.kept) == 1


def practise(session: Session, client: Actor, job_id: UUID, media: Media) -> UUID:
    """A practice item with that media; its id."""
    row = PracticeRow(f"p-{media.width}", {"media": public("media", media.id)}, {"boxes": []})
    (item,) = add_practice(session, client, job_id, [row])
    return item.id


def come_in_with_item(session: Session, client: Actor, job_id: UUID, media: Media) -> None:
    add_items(session, client, job_id, rows(media))


@pytest.mark.parametrize(("come_in", "slug"), [(come_in_with_item, "items_refused"), (practise, "invalid")])
def test_an_item_that_names_media_while_it_is_purged_is_refused(
    committing_engine: Engine, storage: MemoryStorage, come_in: Callable[..., object], slug: str
) -> None:
    transactions = partial(transaction, committing_engine)
    with transactions() as session:
        client = make_party(session, "client")
        media = picture(session, client, storage, 8)
        settled_job(session, client, media)
        later(session)
        draft_id, media_id = make_job(session, client, **BOXES).id, media.id
    said: list[str] = []

    def coming_in() -> None:
        try:
            with transactions() as session:
                come_in(session, client, draft_id, session.get_one(Media, media_id))
        except DomainError as refusal:
            said.append(refusal.slug)

    with transactions() as sweeping:
        assert retention.purge_next(sweeping) == 1
        coming = threading.Thread(target=coming_in)
        coming.start()
        coming.join(0.5)
        assert coming.is_alive(), "it waits for what becomes of its media"
    coming.join()
    assert said == [slug]

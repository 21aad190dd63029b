"""What is made of media: once, for the next as for the first, one at a time, and gone when the media goes."""

from __future__ import annotations

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import BinaryIO

import pytest
from PIL import Image
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.jobs import beside
from marketplace.jobs.beside import PEAKS, SMALL, Beside, BesideBusyError
from marketplace.jobs.media import store_media
from marketplace.jobs.models import Media
from marketplace.jobs.retention import delete_bytes
from marketplace.kernel.actor import Actor
from tests.builders.jobs import make_party
from tests.builders.media import MemoryStorage, image
from tests.builders.operations import inside
from tests.builders.sounds import TONE_FLAC, opus


class Counted:
    """Makes what it is told to, and counts how often."""

    def __init__(self, made: bytes = b"made") -> None:
        self.made, self.times = made, 0

    def __call__(self, _: Media, stream: BinaryIO) -> bytes:
        assert stream.read()
        self.times += 1
        return self.made


def kept_or_made(session: Session, storage: MemoryStorage, media: Media, wanted: Beside) -> bytes:
    found = beside.kept(storage, media, wanted)
    return beside.made(inside(session), storage, media, wanted) if found is None else found


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def client(session: Session) -> Actor:
    return make_party(session, "client")


def of(make: Counted) -> Beside:
    return Beside("-small", "image/webp", make)


@pytest.mark.parametrize("made", [b"made", b""], ids=["something", "nothing, which is kept as well"])
def test_it_is_made_once(session: Session, client: Actor, storage: MemoryStorage, made: bytes) -> None:
    media = store_media(session, client, storage, image(), "a.png")
    make = Counted(made)
    assert [kept_or_made(session, storage, media, of(make)) for _ in range(3)] == [made] * 3
    assert make.times == 1


def test_a_small_picture_and_peaks_are_kept_beside_the_media_itself(
    session: Session, client: Actor, storage: MemoryStorage
) -> None:
    picture = store_media(session, client, storage, image(size=(900, 600)), "a.png")
    sound = store_media(session, client, storage, io.BytesIO(TONE_FLAC), "a.flac")
    unread = store_media(session, client, storage, io.BytesIO(opus()), "a.opus")
    small = kept_or_made(session, storage, picture, SMALL)
    assert Image.open(io.BytesIO(small)).size == (320, 213)
    assert len(kept_or_made(session, storage, sound, PEAKS)) == 4 + 20
    assert kept_or_made(session, storage, unread, PEAKS) == b""
    assert storage.kept[f"{picture.storage_key}-small"] == small
    assert len(storage.kept) == 6


def test_it_goes_with_the_media(session: Session, client: Actor, storage: MemoryStorage) -> None:
    media = store_media(session, client, storage, image(size=(900, 600)), "a.png")
    stays = store_media(session, client, storage, image(size=(800, 600)), "b.png")
    for one in (media, stays):
        kept_or_made(session, storage, one, SMALL)
    media.purged_at = market_now(session)
    session.flush()
    assert delete_bytes(session, storage) == 1
    assert set(storage.kept) == {stays.storage_key, f"{stays.storage_key}-small"}


def test_all_that_can_be_made_is_deleted() -> None:
    made = [one for one in vars(beside).values() if isinstance(one, Beside)]
    assert {one.suffix for one in made} == {one.suffix for one in beside.ALL}


def test_missing_bytes_are_said_and_nothing_is_kept(session: Session, client: Actor, storage: MemoryStorage) -> None:
    media = store_media(session, client, storage, image(), "a.png")
    storage.kept.clear()
    with pytest.raises(KeyError):
        kept_or_made(session, storage, media, SMALL)
    assert storage.kept == {}


def test_who_waits_too_long_for_another_comes_again(
    session: Session, client: Actor, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = store_media(session, client, storage, image(), "a.png")
    monkeypatch.setattr(beside, "PATIENCE_SECONDS", 0.01)
    wanted = replace(of(Counted()), making=threading.Lock())
    with wanted.making, pytest.raises(BesideBusyError):
        kept_or_made(session, storage, media, wanted)
    assert kept_or_made(session, storage, media, wanted) == b"made"
    with wanted.making:
        assert kept_or_made(session, storage, media, wanted) == b"made", "what is kept waits for nobody"


def test_what_cannot_be_kept_is_shown_all_the_same(session: Session, client: Actor) -> None:
    class Full(MemoryStorage):
        def put(self, key: str, stream: BinaryIO, content_type: str) -> None:
            if key.endswith("-small"):
                raise OSError(28, "No space left on device")
            super().put(key, stream, content_type)

    storage = Full()
    media = store_media(session, client, storage, image(), "a.png")
    assert kept_or_made(session, storage, media, of(Counted())) == b"made"
    assert list(storage.kept) == [media.storage_key]


def test_nothing_is_kept_of_media_that_is_purged_meanwhile(committing_engine: Engine, storage: MemoryStorage) -> None:
    with Session(committing_engine) as session:
        client = make_party(session, "client")
        media_id = store_media(session, client, storage, image(), "a.png").id
        session.commit()
    purging = threading.Event()
    purged = threading.Event()

    def purge() -> None:
        with Session(committing_engine) as session:
            session.execute(select(Media).where(Media.id == media_id).with_for_update())
            session.execute(text("UPDATE media SET purged_at = market_now()"))
            purging.set()
            assert purged.wait(10)
            session.commit()

    with ThreadPoolExecutor(1) as pool, Session(committing_engine) as session:
        media = session.get_one(Media, media_id)
        done = pool.submit(purge)
        assert purging.wait(10)
        assert kept_or_made(session, storage, media, of(Counted())) == b"made"
        assert list(storage.kept) == [media.storage_key], "held by who purges it"
        purged.set()
        done.result()
        assert kept_or_made(session, storage, media, of(Counted())) == b"made"
        assert list(storage.kept) == [media.storage_key], "purged"


def test_who_purges_passes_over_media_beside_which_something_is_put(
    committing_engine: Engine, storage: MemoryStorage
) -> None:
    with Session(committing_engine) as session:
        client = make_party(session, "client")
        media_id = store_media(session, client, storage, image(), "a.png").id
        session.commit()
    free = select(Media.id).where(Media.id == media_id).with_for_update(skip_locked=True)

    class Asks(MemoryStorage):
        def put(self, key: str, stream: BinaryIO, content_type: str) -> None:
            with Session(committing_engine) as other:
                assert other.scalar(free) is None
            super().put(key, stream, content_type)

    asks = Asks()
    asks.kept = storage.kept
    with Session(committing_engine) as session:
        media = session.get_one(Media, media_id)
        session.rollback()
        assert beside.made(partial(transaction, committing_engine), asks, media, of(Counted())) == b"made"
        assert len(storage.kept) == 2
        assert session.scalar(free) == media_id


def test_what_is_made_alone_waits_for_nobody_in_this_process_or_another(
    committing_engine: Engine, storage: MemoryStorage
) -> None:
    with Session(committing_engine) as session:
        media = store_media(session, make_party(session, "client"), storage, image(), "a.png")
        session.commit()
        session.refresh(media)
        session.expunge(media)
    own = partial(transaction, committing_engine)
    first, second = (Beside("-alone", "image/webp", Counted(), alone=True) for _ in range(2))
    began = time.monotonic()
    with first.making, pytest.raises(BesideBusyError):
        beside.made(own, storage, media, first)
    inner: list[type[BaseException]] = []

    def meanwhile(_: Media, __: BinaryIO) -> bytes:
        with pytest.raises(BesideBusyError) as refused:
            beside.made(own, storage, media, second)
        inner.append(refused.type)
        return b"made"

    assert beside.made(own, storage, media, replace(first, make=meanwhile)) == b"made"
    assert inner == [BesideBusyError], "another process has locks of its own, and only the database's in common"
    assert time.monotonic() - began < beside.PATIENCE_SECONDS
    storage.delete(media.storage_key + "-alone")
    assert beside.made(own, storage, media, second) == b"made", "free again"


def test_what_took_too_long_is_left_alone_for_some_minutes(
    session: Session, client: Actor, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, slower = (store_media(session, client, storage, image(size=(9, n)), "a.png") for n in (8, 9))
    tried: list[Media] = []

    def late(media: Media, _: BinaryIO) -> bytes:
        tried.append(media)
        raise BesideBusyError

    monkeypatch.setattr(beside, "LATE_MAX", 1)
    wanted = Beside("-small", "image/webp", late)
    for media in (slow, slow, slow, slower, slower, slow):
        with pytest.raises(BesideBusyError):
            kept_or_made(session, storage, media, wanted)
    assert tried == [slow, slower, slow], "of many the eldest is forgotten"
    monkeypatch.setattr(beside, "LATE_SECONDS", 0.0)
    wanted.late.clear()
    for _ in range(2):
        with pytest.raises(BesideBusyError):
            kept_or_made(session, storage, slow, wanted)
    assert tried[3:] == [slow, slow], "tried again when its minutes are over"

"""What is made of media when somebody first asks for it, kept beside it, and gone with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy import select

from marketplace.db.locks import try_advisory_xact_lock
from marketplace.jobs.models import Media
from marketplace.jobs.peaks import PeaksLateError, peaks_of
from marketplace.jobs.reducing import reduced
from marketplace.jobs.remote import Transactions
from marketplace.kernel.ids import public
from marketplace.kernel.ports import MediaStorage
from marketplace.logs import get_logger

log = get_logger(__name__)

PATIENCE_SECONDS: Final = 2.0
"""How long a request waits for another's: no longer, or a few would hold every thread of the server."""
LATE_SECONDS: Final = 600.0
"""How long a process leaves alone what took too long, so that not every view takes as long again."""
LATE_MAX: Final = 1000
"""How many of those a process remembers; the eldest are forgotten."""


class BesideBusyError(Exception):
    """Others wait for theirs, or there was no time for it a moment ago."""


@dataclass(frozen=True, slots=True)
class Beside:
    """One thing of that sort for each media, under the media's key and `suffix`. One at a time is made in a process;
    where it is made `alone`, in all processes, and nobody waits for another's.

    What is made in another way gets another suffix, and the old one stays in `ALL`: what has it is still deleted.
    """

    suffix: str
    content_type: str
    make: Callable[[Media, BinaryIO], bytes]
    alone: bool = False
    making: Lock = field(default_factory=Lock)
    late: dict[UUID, float] = field(default_factory=dict)
    """Until when it is not tried again, by a steady clock; touched by who is making."""


def _peaks(media: Media, stream: BinaryIO) -> bytes:
    assert media.duration_ms is not None
    try:
        return peaks_of(stream.read(), media.content_type, media.duration_ms)
    except PeaksLateError as error:
        raise BesideBusyError from error


# A picture of 50 million pixels takes some 200 MB while it is decoded. A sound takes up to ten seconds of a processor,
# which is enough for an MP3 of half an hour (docs/performance.md); a longer one has no peaks.
SMALL: Final = Beside("-small", "image/webp", lambda _, stream: reduced(stream))
PEAKS: Final = Beside("-peaks", "application/octet-stream", _peaks, alone=True)
ALL: Final = (SMALL, PEAKS)


def kept(storage: MediaStorage, media: Media, wanted: Beside) -> bytes | None:
    """What is wanted of media as it is kept; None where it was not made yet."""
    try:
        with storage.open(media.storage_key + wanted.suffix) as stream:
            return stream.read()
    except KeyError:
        return None


def made(transactions: Transactions, storage: MediaStorage, media: Media, wanted: Beside) -> bytes:
    """What is wanted of media that is not purged; nothing where it cannot be made. It is kept from now on; where it
    cannot be, that is logged, and whoever asked has it all the same.

    It may take many seconds: whoever asks holds no transaction. Raises BesideBusyError where others wait for theirs or
    there is no time for it, and KeyError where the media's bytes are missing.
    """
    with _turn(transactions, wanted):
        found = kept(storage, media, wanted)
        if found is None:
            found = _make(storage, media, wanted)
            _keep(transactions, storage, media, wanted, found)
        return found


def delete_beside(storage: MediaStorage, media: Media) -> None:
    """Delete all that was made of media."""
    for one in ALL:
        storage.delete(media.storage_key + one.suffix)


@contextmanager
def _turn(transactions: Transactions, wanted: Beside) -> Iterator[None]:
    if not wanted.making.acquire(timeout=0 if wanted.alone else PATIENCE_SECONDS):
        raise BesideBusyError
    with ExitStack() as ending:
        ending.callback(wanted.making.release)
        if wanted.alone:
            # The lock goes with its connection, whatever becomes of this process.
            own = ending.enter_context(transactions())
            if not try_advisory_xact_lock(own, f"jobs.beside{wanted.suffix}"):
                raise BesideBusyError
        yield


def _make(storage: MediaStorage, media: Media, wanted: Beside) -> bytes:
    if wanted.late.get(media.id, 0.0) > time.monotonic():
        raise BesideBusyError
    try:
        with storage.open(media.storage_key) as stream:
            return wanted.make(media, stream)
    except BesideBusyError:
        wanted.late.pop(media.id, None)
        if len(wanted.late) >= LATE_MAX:
            del wanted.late[next(iter(wanted.late))]
        wanted.late[media.id] = time.monotonic() + LATE_SECONDS
        raise


def _keep(transactions: Transactions, storage: MediaStorage, media: Media, wanted: Beside, found: bytes) -> None:
    # Whoever purges the media takes its lock first, and so finds what is put here. Held by them, nothing is put.
    locked = select(Media.id).where(Media.id == media.id, Media.purged_at.is_(None))
    try:
        with transactions() as own:
            if own.scalar(locked.with_for_update(read=True, skip_locked=True)) is not None:
                storage.put(media.storage_key + wanted.suffix, BytesIO(found), wanted.content_type)
    except Exception:
        log.exception("beside_not_kept", media=public("media", media.id), suffix=wanted.suffix)

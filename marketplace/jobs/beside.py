"""What is made of media when somebody first asks for it, kept beside it, and gone with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock
from typing import BinaryIO, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.models import Media
from marketplace.jobs.peaks import PeaksLateError, peaks_of
from marketplace.jobs.reducing import reduced
from marketplace.kernel.ports import MediaStorage

PATIENCE_SECONDS: Final = 2.0
"""How long a request waits for another's: no longer, or a few would hold every thread of the server."""


class BesideBusyError(Exception):
    """Others wait for theirs."""


@dataclass(frozen=True, slots=True)
class Beside:
    """One thing of that sort for each media, under the media's key and `suffix`. One at a time is made in a process.

    What is made in another way gets another suffix, and the old one stays in `ALL`: what has it is still deleted.
    """

    suffix: str
    content_type: str
    make: Callable[[Media, BinaryIO], bytes]
    making: Lock = field(default_factory=Lock)


def _peaks(media: Media, stream: BinaryIO) -> bytes:
    assert media.duration_ms is not None
    try:
        return peaks_of(stream.read(), media.content_type, media.duration_ms)
    except PeaksLateError as error:
        raise BesideBusyError from error


# A picture of 50 million pixels takes some 200 MB while it is decoded, a sound of an hour ten seconds of a processor.
SMALL: Final = Beside("-small", "image/webp", lambda _, stream: reduced(stream))
PEAKS: Final = Beside("-peaks", "application/octet-stream", _peaks)
ALL: Final = (SMALL, PEAKS)


def kept_or_made(session: Session, storage: MediaStorage, media: Media, wanted: Beside) -> bytes:
    """What is wanted of media that is not purged, kept from now on; nothing where it cannot be made.

    Raises BesideBusyError where others wait for theirs, and KeyError where the media's bytes are missing.
    """
    kept = _kept(storage, media, wanted)
    if kept is not None:
        return kept
    if not wanted.making.acquire(timeout=PATIENCE_SECONDS):
        raise BesideBusyError
    try:
        kept = _kept(storage, media, wanted)
        if kept is not None:
            return kept
        with storage.open(media.storage_key) as stream:
            made = wanted.make(media, stream)
    finally:
        wanted.making.release()
    _keep(session, storage, media, wanted, made)
    return made


def delete_beside(storage: MediaStorage, media: Media) -> None:
    """Delete all that was made of media."""
    for one in ALL:
        storage.delete(media.storage_key + one.suffix)


def _kept(storage: MediaStorage, media: Media, wanted: Beside) -> bytes | None:
    try:
        with storage.open(media.storage_key + wanted.suffix) as stream:
            return stream.read()
    except KeyError:
        return None


def _keep(session: Session, storage: MediaStorage, media: Media, wanted: Beside, made: bytes) -> None:
    # Whoever purges the media takes its lock first, and so finds what is put here. Held by them, nothing is put.
    locked = select(Media.id).where(Media.id == media.id, Media.purged_at.is_(None))
    if session.scalar(locked.with_for_update(read=True, skip_locked=True)) is not None:
        storage.put(media.storage_key + wanted.suffix, BytesIO(made), wanted.content_type)

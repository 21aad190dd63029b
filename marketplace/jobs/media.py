"""Storing media: what they are is read from their bytes, never from their name."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.jobs.events import MEDIA_STORED
from marketplace.jobs.inspecting import inspect, refused
from marketplace.jobs.models import Media
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.ports import MediaStorage

MEDIA_BYTES_MAX: Final = 20 * 1024 * 1024

_CHUNK: Final = 1024 * 1024
_SPOOL: Final = 4 * 1024 * 1024


def store_media(session: Session, actor: Actor, storage: MediaStorage, stream: BinaryIO, filename: str) -> Media:
    """Keep an image, a sound or a point cloud of the actor's organization; the same bytes twice are one.

    Raises forbidden, and media_refused for whatever is not a JPEG, PNG or WebP image of one frame, a WAV, MP3, Ogg,
    FLAC or M4A sound, or a PCD or PLY point cloud, within the limits of bytes, pixels, minutes and points: SVG and HTML
    are never kept.
    """
    actor.require("job.write")
    return keep_media(session, actor, actor.organization, storage, stream, filename)


def keep_media(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    storage: MediaStorage,
    stream: BinaryIO,
    filename: str,
) -> Media:
    """As store_media, for an organization the caller has decided on."""
    with _spooled(stream) as (kept, digest, size):
        found = inspect(kept)
        known = _known(session, organization_id, digest)
        if known is not None:
            return known if known.purged_at is None else _bring_back(session, actor, storage, known, kept)
        key = f"{public('organization', organization_id)}/{digest.hex()}"
        kept.seek(0)
        # Before the row, so that no row ever points at nothing; if this transaction fails, what stays
        # behind has the name of its content and is found again by the next try.
        storage.put(key, kept, found.content_type)
    media_id = new_id()
    row = insert(Media).values(
        id=media_id,
        organization_id=organization_id,
        sha256=digest,
        content_type=found.content_type,
        byte_count=size,
        width=found.width,
        height=found.height,
        duration_ms=found.duration_ms,
        point_count=found.point_count,
        storage_key=key,
        filename=clean_filename(filename),
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["organization_id", "sha256"]))
    media = _known(session, organization_id, digest)
    assert media is not None
    if media.id == media_id:
        _record(session, actor, media)
    return media


def _bring_back(session: Session, actor: Actor, storage: MediaStorage, known: Media, kept: BinaryIO) -> Media:
    """Keep the bytes of purged media again, which somebody handed in anew."""
    # A sweep may be deleting these very bytes: who has the row's lock first goes first.
    locked = select(Media).where(Media.id == known.id).with_for_update()
    media = session.scalars(locked.execution_options(populate_existing=True)).one()
    if media.purged_at is None:
        return media
    kept.seek(0)
    storage.put(media.storage_key, kept, media.content_type)
    media.purged_at = media.bytes_deleted_at = None
    session.flush()
    _record(session, actor, media)
    return media


def _record(session: Session, actor: Actor, media: Media) -> None:
    body = {
        "sha256": media.sha256.hex(),
        "bytes": media.byte_count,
        "content_type": media.content_type,
        "width": media.width,
        "height": media.height,
        "duration_ms": media.duration_ms,
        "point_count": media.point_count,
    }
    record(session, MEDIA_STORED, actor, subject=("media", media.id), organizations=[media.organization_id], body=body)


def _known(session: Session, organization_id: UUID, digest: bytes) -> Media | None:
    statement = select(Media).where(Media.organization_id == organization_id, Media.sha256 == digest)
    return session.scalars(statement).one_or_none()


def clean_filename(filename: str) -> str:
    """The last part of a name, printable characters only, at most 200 of them."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:200] or "media"


@contextmanager
def _spooled(stream: BinaryIO) -> Iterator[tuple[BinaryIO, bytes, int]]:
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MEDIA_BYTES_MAX:
                raise refused("too_large", f"Media has at most {MEDIA_BYTES_MAX // 1024 // 1024} MiB.")
            digest.update(chunk)
            spool.write(chunk)
        spool.seek(0)
        yield cast("BinaryIO", spool), digest.digest(), size

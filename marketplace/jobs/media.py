"""Storing images: what they are is read from their bytes, never from their name."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, cast
from uuid import UUID

from PIL import Image, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.jobs.errors import MEDIA_REFUSED
from marketplace.jobs.events import MEDIA_STORED
from marketplace.jobs.models import Media
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.ports import MediaStorage

MEDIA_BYTES_MAX: Final = 20 * 1024 * 1024
PIXELS_MAX: Final = 50_000_000
SIDE_MAX: Final = 30_000
CONTENT_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}

_CHUNK: Final = 1024 * 1024
_SPOOL: Final = 4 * 1024 * 1024
_ORIENTATION: Final = 0x0112
_TURNED: Final = frozenset({5, 6, 7, 8})


def store_media(session: Session, actor: Actor, storage: MediaStorage, stream: BinaryIO, filename: str) -> Media:
    """Keep an image of the actor's organization; the same bytes twice are one.

    Raises forbidden, and media_refused for whatever is not a JPEG, PNG or WebP image of one
    frame within the limits of bytes and pixels: SVG and HTML are never kept.
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
        content_type, width, height = inspect_image(kept)
        known = _known(session, organization_id, digest)
        if known is not None:
            return known if known.purged_at is None else _bring_back(session, actor, storage, known, kept)
        key = f"{public('organization', organization_id)}/{digest.hex()}"
        kept.seek(0)
        # Before the row, so that no row ever points at nothing; if this transaction fails, what stays
        # behind has the name of its content and is found again by the next try.
        storage.put(key, kept, content_type)
    media_id = new_id()
    row = insert(Media).values(
        id=media_id,
        organization_id=organization_id,
        sha256=digest,
        content_type=content_type,
        byte_count=size,
        width=width,
        height=height,
        storage_key=key,
        filename=clean_filename(filename),
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["organization_id", "sha256"]))
    media = _known(session, organization_id, digest)
    assert media is not None
    if media.id == media_id:
        body = {"sha256": digest.hex(), "bytes": size, "width": width, "height": height}
        record(session, MEDIA_STORED, actor, subject=("media", media.id), organizations=[organization_id], body=body)
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
    body = {"sha256": media.sha256.hex(), "bytes": media.byte_count, "width": media.width, "height": media.height}
    record(session, MEDIA_STORED, actor, subject=("media", media.id), organizations=[media.organization_id], body=body)
    return media


def _known(session: Session, organization_id: UUID, digest: bytes) -> Media | None:
    statement = select(Media).where(Media.organization_id == organization_id, Media.sha256 == digest)
    return session.scalars(statement).one_or_none()


def clean_filename(filename: str) -> str:
    """The last part of a name, printable characters only, at most 200 of them."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:200] or "image"


@contextmanager
def _spooled(stream: BinaryIO) -> Iterator[tuple[BinaryIO, bytes, int]]:
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MEDIA_BYTES_MAX:
                raise _refused("too_large", f"An image has at most {MEDIA_BYTES_MAX // 1024 // 1024} MiB.")
            digest.update(chunk)
            spool.write(chunk)
        spool.seek(0)
        yield cast("BinaryIO", spool), digest.digest(), size


def inspect_image(stream: BinaryIO) -> tuple[str, int, int]:
    """(content type, width, height) of an image as it is shown, after decoding it.

    Sizes are in pixels and turned as the EXIF orientation says, as browsers do. Raises
    media_refused; the number of pixels is looked at before anything is decoded.
    """
    try:
        with Image.open(stream, formats=list(CONTENT_TYPES)) as image:
            width, height = image.size
            if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
                raise _refused("too_many_pixels", f"{width} x {height} is more than {PIXELS_MAX} pixels.")
            if getattr(image, "n_frames", 1) != 1:
                raise _refused("animated", "An image has one frame.")
            turned = image.getexif().get(_ORIENTATION) in _TURNED
            content_type = CONTENT_TYPES[str(image.format)]
            # Decoding is the proof; a JPEG is decoded at an eighth of its size, which reads all of it.
            image.draft(image.mode, (width // 8, height // 8))
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused("too_many_pixels", f"The image has more than {PIXELS_MAX} pixels.") from error
    except UnidentifiedImageError as error:
        raise _refused("not_an_image", "This is not a JPEG, PNG or WebP image.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _refused("broken_image", "The image is broken or cut off.") from error
    return content_type, *((height, width) if turned else (width, height))


def _refused(code: str, message: str) -> Exception:
    return MEDIA_REFUSED.error(message, errors=[FieldError("", code, message)])

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.media import MEDIA_BYTES_MAX, clean_filename, store_media
from marketplace.jobs.models import Item
from marketplace.jobs.queries import get_media, media_of_item
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.builders.jobs import make_job, make_party
from tests.builders.media import MemoryStorage, image


def refused(act: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(DomainError) as refusal:
        act()
    errors = refusal.value.errors
    return refusal.value.slug, errors[0].code if errors else ""


@pytest.mark.parametrize(
    ("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_images_are_kept_once_under_the_name_of_their_content(session: Session, kind: str, content_type: str) -> None:
    client, storage = make_party(session), MemoryStorage()
    kept = store_media(session, client, storage, image(kind), "../../etc/street.png")
    again = store_media(session, client, storage, image(kind), "other.svg")
    assert kept.id == again.id
    assert (kept.content_type, kept.width, kept.height, kept.filename) == (content_type, 40, 30, "street.png")
    assert storage.kept == {kept.storage_key: image(kind).read()}
    assert kept.storage_key == f"{public('organization', client.organization)}/{kept.sha256.hex()}"


def test_a_turned_photograph_has_the_size_it_is_shown_in(session: Session) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = store_media(session, make_party(session), MemoryStorage(), image("JPEG", exif=exif), "turned.jpg")
    assert (kept.width, kept.height) == (30, 40)


def oversized_png() -> io.BytesIO:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")))


def animated() -> io.BytesIO:
    stream = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(stream, "WEBP", save_all=True, append_images=frames[1:])
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (io.BytesIO(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), "not_media"),
        (io.BytesIO(b"<!doctype html><script>alert(1)</script>"), "not_media"),
        (io.BytesIO(b""), "not_media"),
        (image("GIF"), "not_media"),
        (io.BytesIO(image("PNG").read()[:60]), "broken_image"),
        (io.BytesIO(image("JPEG", (400, 300)).read()[:400]), "broken_image"),
        (oversized_png(), "too_many_pixels"),
        (io.BytesIO(b"\x89PNG" + bytes(MEDIA_BYTES_MAX)), "too_large"),
        (animated(), "animated"),
    ],
    ids=["svg", "html", "nothing", "gif", "cut png", "cut jpeg", "pixel bomb", "too large", "animated"],
)
def test_whatever_is_no_plain_image_is_refused(session: Session, stream: io.BytesIO, code: str) -> None:
    storage = MemoryStorage()
    attempt = partial(store_media, session, make_party(session), storage, stream, "image.png")
    assert refused(attempt) == ("media_refused", code)
    assert storage.kept == {}


def test_media_belong_to_one_organization(session: Session) -> None:
    client, stranger = make_party(session), make_party(session)
    kept = store_media(session, client, MemoryStorage(), image(), "a.png")
    assert get_media(session, client, kept.id) is kept
    assert refused(lambda: get_media(session, stranger, kept.id))[0] == "not_found"
    assert refused(lambda: get_media(session, make_party(session, "platform", "finance"), kept.id))[0] == "not_found"


def test_an_item_of_stored_media_knows_it(session: Session) -> None:
    client = make_party(session)
    kept = store_media(session, client, MemoryStorage(), image(), "a.png")
    job = make_job(session, client, kind="image_boxes", label_schema={"classes": ["car"]})
    add_items(session, client, job.id, [ItemRow(1, "a", "standard", {"media": public("media", kept.id)})])
    item = session.scalars(select(Item).where(Item.job_id == job.id)).one()
    assert media_of_item(session, item) is kept


def test_file_names_lose_their_folders_and_control_characters() -> None:
    assert clean_filename("C:\\photos\\street\n1.jpg") == "street1.jpg"
    assert clean_filename("/") == "media"

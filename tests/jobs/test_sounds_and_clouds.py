"""Sounds and point clouds are known by their bytes, measured, and refused when they are not whole."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.jobs import clouds, sounds
from marketplace.jobs.errors import ITEMS_REFUSED, MEDIA_REFUSED
from marketplace.jobs.inspecting import Inspected, inspect
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.media import store_media
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.builders.jobs import make_job, make_party
from tests.builders.media import MemoryStorage, image
from tests.builders.sounds import POINTS, flac, mp3, mp4, opus, pcd, ply, vorbis, wav

SOUNDS = [
    (wav(2.5).getvalue(), "audio/wav", 2500),
    (flac(66_150), "audio/flac", 1500),
    (opus(3), "audio/ogg", 3000),
    (vorbis(3), "audio/ogg", 3000),
    (mp3(100), "audio/mpeg", 2612),
    (mp3(100, tagged=True), "audio/mpeg", 2612),
    (mp3(100, info=True), "audio/mpeg", 2612),
    (mp4(3), "audio/mp4", 3000),
]
CLOUDS = [
    (pcd(), "model/x-pcd"),
    (pcd("binary"), "model/x-pcd"),
    (ply(), "model/x-ply"),
    (ply("binary_little_endian"), "model/x-ply"),
]


@pytest.mark.parametrize(("data", "content_type", "duration_ms"), SOUNDS)
def test_a_sound_is_known_by_its_bytes_with_its_length(data: bytes, content_type: str, duration_ms: int) -> None:
    assert inspect(io.BytesIO(data)) == Inspected(content_type, duration_ms=duration_ms)


@pytest.mark.parametrize(("data", "content_type"), CLOUDS)
def test_a_point_cloud_is_known_by_its_bytes_with_its_points(data: bytes, content_type: str) -> None:
    assert inspect(io.BytesIO(data)) == Inspected(content_type, point_count=3)
    assert clouds.sample(data, clouds.read_cloud(data, content_type), 10) == POINTS
    assert clouds.sample(data, clouds.read_cloud(data, content_type), 2) == [POINTS[0], POINTS[2]]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (wav(2.0).getvalue()[:40], "broken_sound", "no samples|broken|lasts"),
        (wav(0.0).getvalue(), "broken_sound", "lasts"),
        (flac(0), "broken_sound", "lasts"),
        (flac(2**36 - 1, 1), "broken_sound", "at most 240 minutes"),
        (flac()[:20], "broken_sound", "description|broken"),
        (opus()[:60], "broken_sound", "broken|lasts"),
        (mp3(1), "broken_sound", "no MP3"),
        (mp4(3, b"soun", b"vide"), "broken_sound", "no pictures"),
        (mp4(3)[:100], "broken_sound", "broken"),
        (pcd()[:-20], "broken_cloud", "cut off"),
        (pcd("binary")[:-1], "broken_cloud", "cut off"),
        (pcd("binary_compressed"), "broken_cloud", "not compressed"),
        (pcd(points=[]), "broken_cloud", "1 to"),
        (pcd().replace(b"FIELDS x y z intensity", b"FIELDS x y w intensity"), "broken_cloud", "x, y and z"),
        (pcd().replace(b"POINTS 3", b"POINTS many"), "broken_cloud", "header"),
        (pcd().replace(b"POINTS 3", b"POINTS 99999999999"), "broken_cloud", "1 to"),
        (pcd().replace(b"COUNT 1 1 1 1", b"COUNT 1 1 1 999999999"), "broken_cloud", "header"),
        (b"# .PCD" + b"x" * 20_000, "broken_cloud", "no end"),
        (ply("binary_big_endian"), "broken_cloud", "little_endian"),
        (ply().replace(b"property double x", b"property list uchar int x"), "broken_cloud", "lists"),
        (b"ply\nformat ascii 1.0\n", "broken_cloud", "no end"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_media", "no JPEG"),
        (b"<!doctype html><script>alert(1)</script>", "not_media", "no JPEG"),
        (b"RIFF\x10\0\0\0AVI LIST", "not_media", "no JPEG"),
    ],
)
def test_what_is_no_whole_media_is_refused_in_words(data: bytes, code: str, words: str) -> None:
    with pytest.raises(DomainError, match=words) as refused:
        inspect(io.BytesIO(data))
    assert refused.value.spec is MEDIA_REFUSED
    assert [error.code for error in refused.value.errors] == [code]


@given(st.sampled_from([data for data, *_ in (*SOUNDS, *CLOUDS)]), st.data())
def test_no_bytes_whatever_break_the_readers(data: bytes, drawn: st.DataObject) -> None:
    broken = bytearray(data[: drawn.draw(st.integers(0, len(data)))])
    for _ in range(drawn.draw(st.integers(0, 6))):
        if broken:
            broken[drawn.draw(st.integers(0, min(len(broken), 300) - 1))] = drawn.draw(st.integers(0, 255))
    try:
        found = inspect(io.BytesIO(bytes(broken)))
    except DomainError as refused:
        assert refused.spec is MEDIA_REFUSED  # noqa: PT017 - either is right
        return
    if found.point_count is not None:
        cloud = clouds.read_cloud(bytes(broken), found.content_type)
        assert len(clouds.sample(bytes(broken), cloud, 50)) <= 50
    else:
        assert 0 < (found.duration_ms or 1) <= sounds.DURATION_MS_MAX


@given(st.binary(max_size=200))
@example(b"ID3" + b"\x7f" * 60)
@example(b"ID3")
@example(b"\0\0\0\0ftyp")
def test_any_bytes_are_media_or_refused(data: bytes) -> None:
    try:
        inspect(io.BytesIO(data))
    except DomainError as refused:
        assert refused.spec is MEDIA_REFUSED  # noqa: PT017 - either is right


def test_a_sound_is_kept_once_with_its_measure_and_told_to_the_log(session: Session) -> None:
    client, storage = make_party(session), MemoryStorage()
    kept = store_media(session, client, storage, wav(2.0), "../beep.exe")
    assert (kept.content_type, kept.duration_ms, kept.width, kept.point_count) == ("audio/wav", 2000, None, None)
    assert kept.filename == "beep.exe"
    assert store_media(session, client, storage, wav(2.0), "again.wav").id == kept.id


@pytest.mark.parametrize(
    ("kind", "schema", "stream"),
    [
        ("image_boxes", {"classes": ["a"]}, wav()),
        ("audio_segments", {"classes": ["a"]}, image()),
        ("audio_transcript", {}, io.BytesIO(pcd())),
        ("cuboids", {"classes": ["a"]}, image()),
    ],
)
def test_an_item_of_another_sort_of_media_is_refused(
    session: Session, kind: str, schema: dict[str, object], stream: io.BytesIO
) -> None:
    client = make_party(session)
    job = make_job(session, client, kind=kind, label_schema=schema)
    stream.seek(0)
    kept = store_media(session, client, MemoryStorage(), stream, "x")
    with pytest.raises(DomainError) as refused:
        add_items(session, client, job.id, [ItemRow(1, "i-1", "standard", {"media": public("media", kept.id)})])
    assert refused.value.spec is ITEMS_REFUSED
    assert [row["code"] for row in refused.value.data["rows"]] == ["media_unfit"]

"""Pictures made small: as they are shown, never larger, whatever their file says of their colours."""

import io

import pytest
from PIL import Image

from marketplace.jobs.reducing import SIDE, reduced


def file_of(image: Image.Image, sort: str, **more: object) -> io.BytesIO:
    made = io.BytesIO()
    image.save(made, sort, **more)
    made.seek(0)
    return made


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_a_picture_of_any_colours_becomes_a_small_one_of_its_shape(mode: str) -> None:
    small = Image.open(io.BytesIO(reduced(file_of(Image.new(mode, (1600, 400)), "PNG"))))
    assert (small.format, small.size) == ("WEBP", (SIDE, SIDE // 4))


def test_a_photograph_stands_as_its_camera_was_held() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    small = Image.open(io.BytesIO(reduced(file_of(Image.new("CMYK", (800, 400)), "JPEG", exif=turned))))
    assert small.size == (SIDE // 2, SIDE)


@pytest.mark.parametrize("sort", ["JPEG", "PNG", "WEBP"])
def test_nothing_of_where_and_with_what_a_photograph_was_taken_is_in_a_small_one(sort: str) -> None:
    told = Image.Exif()
    told[0x010F], told[0x0112], told[0x010E] = "Camera of Amina", 6, "<script>alert(1)</script>"
    told.get_ifd(0x8825).update({1: "S", 2: (1.0, 17.0, 31.0), 3: "E", 4: (36.0, 49.0, 1.0)})
    more = {} if sort == "PNG" else {"xmp": b"<x:xmpmeta>Nairobi</x:xmpmeta>"}
    photograph = file_of(Image.new("RGB", (800, 400)), sort, exif=told, **more)
    assert b"Camera of Amina" in photograph.getvalue()
    made = reduced(photograph)
    small = Image.open(io.BytesIO(made))
    assert small.size == (SIDE // 2, SIDE), "turned as it was held"
    assert dict(small.getexif()) == {}
    assert {"exif", "xmp"} & small.info.keys() == set()
    assert [word for word in (b"Amina", b"Nairobi", b"script", b"EXIF", b"XMP ") if word in made] == []


def test_a_picture_that_is_small_already_keeps_its_size() -> None:
    assert Image.open(io.BytesIO(reduced(file_of(Image.new("RGB", (40, 30)), "PNG")))).size == (40, 30)

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


def test_a_picture_that_is_small_already_keeps_its_size() -> None:
    assert Image.open(io.BytesIO(reduced(file_of(Image.new("RGB", (40, 30)), "PNG")))).size == (40, 30)

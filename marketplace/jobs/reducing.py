"""Pictures made small for who pays for bytes: enough to see what is on them, not to draw on them exactly."""

from __future__ import annotations

from io import BytesIO
from threading import Lock
from typing import BinaryIO, Final

from PIL import Image, ImageOps

from marketplace.jobs.inspecting import CONTENT_TYPES

SIDE: Final = 320
QUALITY: Final = 40
WORTH_BYTES: Final = 30_000
"""A file of fewer bytes is shown as it is."""

# A picture of 50 million pixels takes 200 MB while it is decoded: one at a time.
_one_at_a_time = Lock()


def reduced(stream: BinaryIO) -> bytes:
    """The picture as WebP, 320 pixels at its longer side and as it is shown; made anew each time, kept nowhere."""
    small = BytesIO()
    with _one_at_a_time, Image.open(stream, formats=list(CONTENT_TYPES)) as image:
        # A JPEG is decoded at no more than the size that is needed.
        image.draft("RGB", (SIDE, SIDE))
        shown = ImageOps.exif_transpose(_in_colours(image))
        shown.thumbnail((SIDE, SIDE))
        shown.save(small, "WEBP", quality=QUALITY)
    return small.getvalue()


def _in_colours(image: Image.Image) -> Image.Image:
    """With eight bits a colour, as screens have them."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    return image if image.mode in {"RGB", "RGBA", "L"} else image.convert("RGBA")

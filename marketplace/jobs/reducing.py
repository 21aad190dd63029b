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

PATIENCE_SECONDS: Final = 2.0
"""How long a request waits for another's picture: no longer, or a few would hold every thread of the server."""

# A picture of 50 million pixels takes some 200 MB while it is decoded: one at a time.
_one_at_a_time = Lock()


_BETWEEN: Final = Image.Resampling.BICUBIC
_SMOOTH: Final = frozenset({"RGB", "RGBA", "L", "LA", "CMYK", "YCbCr"})


class ReducingBusyError(Exception):
    """Others wait for their pictures."""


def reduced(stream: BinaryIO) -> bytes:
    """The picture as WebP, 320 pixels at its longer side and as it is shown; made anew each time, kept nowhere.

    Raises ReducingBusyError where others wait for theirs.
    """
    if not _one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        raise ReducingBusyError
    try:
        small = BytesIO()
        with Image.open(stream, formats=list(CONTENT_TYPES)) as image:
            # A JPEG is decoded at no more than the size that is needed.
            image.draft("RGB", (SIDE, SIDE))
            # Small first: turned or in other colours it would be in memory twice. Not all modes have colours between.
            image.thumbnail((SIDE, SIDE), _BETWEEN if image.mode in _SMOOTH else Image.Resampling.NEAREST)
            ImageOps.exif_transpose(_in_colours(image)).save(small, "WEBP", quality=QUALITY)
        return small.getvalue()
    finally:
        _one_at_a_time.release()


def _in_colours(image: Image.Image) -> Image.Image:
    """With eight bits a colour, as screens have them."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    return image if image.mode in {"RGB", "RGBA", "L"} else image.convert("RGBA")

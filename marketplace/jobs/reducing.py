"""Pictures made small for who pays for bytes: enough to see what is on them, not to draw on them exactly."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO, Final

from PIL import Image, ImageOps

from marketplace.jobs.inspecting import CONTENT_TYPES

SIDE: Final = 320
QUALITY: Final = 40
WORTH_BYTES: Final = 30_000
"""A file of fewer bytes is shown as it is."""

_BETWEEN: Final = Image.Resampling.BICUBIC
_SMOOTH: Final = frozenset({"RGB", "RGBA", "L", "LA", "CMYK", "YCbCr"})


def reduced(stream: BinaryIO) -> bytes:
    """The picture as WebP, 320 pixels at its longer side and as it is shown."""
    small = BytesIO()
    with Image.open(stream, formats=list(CONTENT_TYPES)) as image:
        # A JPEG is decoded at no more than the size that is needed.
        image.draft("RGB", (SIDE, SIDE))
        # Small first: turned or in other colours it would be in memory twice. Not all modes have colours between.
        image.thumbnail((SIDE, SIDE), _BETWEEN if image.mode in _SMOOTH else Image.Resampling.NEAREST)
        ImageOps.exif_transpose(_in_colours(image)).save(small, "WEBP", quality=QUALITY)
    return small.getvalue()


def _in_colours(image: Image.Image) -> Image.Image:
    """With eight bits a colour, as screens have them."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    return image if image.mode in {"RGB", "RGBA", "L"} else image.convert("RGBA")

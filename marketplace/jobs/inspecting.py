"""What handed-in bytes are: an image, a sound or a point cloud, read from the bytes and never from their name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Final

from PIL import Image, UnidentifiedImageError

from marketplace.jobs import clouds, sounds
from marketplace.jobs.errors import MEDIA_REFUSED
from marketplace.kernel.errors import FieldError

PIXELS_MAX: Final = 50_000_000
SIDE_MAX: Final = 30_000
CONTENT_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}

_HEAD: Final = 512
_ORIENTATION: Final = 0x0112
_TURNED: Final = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found: pixels of an image, milliseconds of a sound, or the number of points; None for the others."""

    content_type: str
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    point_count: int | None = None


def inspect(stream: BinaryIO) -> Inspected:
    """What a stream of bytes is; it is read from its beginning. Raises media_refused for what is not kept."""
    stream.seek(0)
    head = stream.read(_HEAD)
    sound, cloud = sounds.sniff(head), clouds.sniff(head)
    stream.seek(0)
    try:
        if sound is not None:
            return Inspected(sound, duration_ms=sounds.duration_ms(stream.read(), sound))
        if cloud is not None:
            return Inspected(cloud, point_count=clouds.read_cloud(stream.read(), cloud).count)
    except sounds.SoundError as error:
        raise refused("broken_sound", str(error)) from error
    except clouds.CloudError as error:
        raise refused("broken_cloud", str(error)) from error
    content_type, width, height = inspect_image(stream)
    return Inspected(content_type, width, height)


def inspect_image(stream: BinaryIO) -> tuple[str, int, int]:
    """(content type, width, height) of an image as it is shown, after decoding it.

    Sizes are in pixels and turned as the EXIF orientation says, as browsers do. Raises
    media_refused; the number of pixels is looked at before anything is decoded.
    """
    try:
        with Image.open(stream, formats=list(CONTENT_TYPES)) as image:
            width, height = image.size
            if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
                raise refused("too_many_pixels", f"{width} x {height} is more than {PIXELS_MAX} pixels.")
            if getattr(image, "n_frames", 1) != 1:
                raise refused("animated", "An image has one frame.")
            turned = image.getexif().get(_ORIENTATION) in _TURNED
            content_type = CONTENT_TYPES[str(image.format)]
            # Decoding is the proof; a JPEG is decoded at an eighth of its size, which reads all of it.
            image.draft(image.mode, (width // 8, height // 8))
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise refused("too_many_pixels", f"The image has more than {PIXELS_MAX} pixels.") from error
    except UnidentifiedImageError as error:
        words = (
            "This is no JPEG, PNG or WebP image, no WAV, MP3, Ogg, FLAC or M4A sound, and no PCD or PLY point cloud."
        )
        raise refused("not_media", words) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise refused("broken_image", "The image is broken or cut off.") from error
    return content_type, *((height, width) if turned else (width, height))


def refused(code: str, message: str) -> Exception:
    """The refusal of bytes that are not kept."""
    return MEDIA_REFUSED.error(message, errors=[FieldError("", code, message)])

"""A program by itself: it reads a sound on its standard input and writes its length and peaks, no more.

Decoders are C that reads what strangers made. Here they have bounds of time and memory, no files and nothing of the
service's environment, and whatever breaks them ends this program alone (decision 0039). The bounds begin once the sound
was read from the standard input: how long that may be is for who starts the program.

They are for what breaks. A decoder that was taken over still runs as the service's own user, and may do to its
processes what that user may: this is no sandbox against that.
"""

from __future__ import annotations

import io
import resource
import sys
from typing import Final

sys.modules["numpy"] = None  # type: ignore[assignment]  # miniaudio would load it, and do nothing with it here

import miniaudio  # noqa: E402 - see above

NOT_READ: Final = 3
"""How the program ends where the sound cannot be read; Python has 1 and 2 for what breaks in itself."""
SECONDS_MAX: Final = 10
MEMORY_MAX: Final = 512 * 1024 * 1024

# Vorbis is not among them: random changes to a file made its decoder write where it may not.
_FORMATS: Final = {
    "audio/wav": miniaudio.FileFormat.WAV,
    "audio/flac": miniaudio.FileFormat.FLAC,
    "audio/mpeg": miniaudio.FileFormat.MP3,
}
_HERTZ: Final = 8000
_LOUDEST: Final = 32768
_PARTS: Final = 4
"""A peak is read in so many parts, so that one that begins between two is off by less than that."""


class _Given(miniaudio.StreamableSource):  # type: ignore[misc]  # published without types
    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, num_bytes: int) -> bytes:
        return self._stream.read(num_bytes)

    def seek(self, offset: int, origin: miniaudio.SeekOrigin) -> bool:
        whence = {miniaudio.SeekOrigin.START: 0, miniaudio.SeekOrigin.CURRENT: 1, miniaudio.SeekOrigin.END: 2}[origin]
        self._stream.seek(offset, whence)
        return True


def bind() -> None:
    """Give up what this program does not need; there is no way back."""
    # One second later the kernel ends it without saying that it was for its time.
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX + 1))
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_MAX),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def peaks(data: bytes, content_type: str, duration_ms: int, count: int) -> tuple[int, bytes]:
    """(milliseconds that were decoded, the loudest of each stretch of them, 0 to 255).

    A sound of that length has so many stretches. Nothing is decoded beyond it; what is shorter, as many an MP3 than its
    frames, has fewer. Raises DecodeError, also for what holds no sound at all.
    """
    found, samples, at = bytearray(count), duration_ms * _HERTZ // 1000, 0
    stream = miniaudio.stream_any(
        _Given(data),
        source_format=_FORMATS[content_type],
        nchannels=1,
        sample_rate=_HERTZ,
        frames_to_read=max(1, samples // count // _PARTS),
    )
    place = -1
    for part in stream:
        if at >= samples:
            break
        place = at * count // samples
        loudest, lowest = max(part), min(part)
        found[place] = max(found[place], max(loudest, -lowest) * 255 // _LOUDEST)
        at += len(part)
    if at == 0:
        raise miniaudio.DecodeError("There is no sound in it.")
    return at * 1000 // _HERTZ, bytes(found[: place + 1])


def main() -> None:
    """Read the sound whose content type, length and number of peaks the arguments say."""
    data = sys.stdin.buffer.read()
    bind()
    try:
        length, found = peaks(data, sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except miniaudio.MiniaudioError:
        sys.exit(NOT_READ)
    sys.stdout.buffer.write(length.to_bytes(4, "little") + found)


if __name__ == "__main__":
    main()

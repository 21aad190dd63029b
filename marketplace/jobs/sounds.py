"""How long a sound is, read from its own bytes: WAV, FLAC, Ogg (Vorbis, Opus), MP3 and MP4 audio.

Only headers and frame headers are read, nothing is decoded; every loop is bounded by the length of the bytes.
Sources: RIFF (Microsoft/IBM 1991), RFC 9639, RFC 3533 and 7845, ISO/IEC 11172-3, ISO/IEC 14496-12.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final

DURATION_MS_MAX: Final = 4 * 60 * 60 * 1000


class SoundError(ValueError):
    """The bytes begin as a sound and are none that can be kept; the text is one sentence."""


def sniff(data: bytes) -> str | None:
    """The content type of a sound by its first bytes; None for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    if data[:4] == b"fLaC":
        return "audio/flac"
    if data[:4] == b"OggS":
        return "audio/ogg"
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    if data[:3] == b"ID3" or _mp3_frame(data, 0) is not None:
        return "audio/mpeg"
    return None


def duration_ms(data: bytes, content_type: str) -> int:
    """The length in whole milliseconds, rounded down. Raises SoundError."""
    try:
        seconds, rate = _READERS[content_type](data)
    except (struct.error, IndexError) as error:
        raise SoundError("The sound is broken or cut off.") from error
    found = seconds * 1000 // rate if rate else 0
    if not 0 < found <= DURATION_MS_MAX:
        raise SoundError(f"A sound lasts at least a millisecond, and at most {DURATION_MS_MAX // 60_000} minutes.")
    return found


def _wav(data: bytes) -> tuple[int, int]:
    at, bytes_per_second = 12, 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt ":
            coding, _, _, bytes_per_second = struct.unpack_from("<HHII", data, at + 8)
            if coding not in {1, 3, 6, 7, 0xFFFE}:
                raise SoundError("A WAV file holds PCM, floating point, A-law or mu-law.")
        elif name == b"data":
            return min(size, len(data) - at - 8), bytes_per_second
        at += 8 + size + size % 2
    raise SoundError("The WAV file has no samples.")


def _flac(data: bytes) -> tuple[int, int]:
    packed = int.from_bytes(data[18:26], "big")
    if data[4] & 0x7F or len(data) < 42:
        raise SoundError("The FLAC file does not begin with its stream's description.")
    return packed & 0xFFFFFFFFF, packed >> 44


def _ogg(data: bytes) -> tuple[int, int]:
    serial, first = data[14:18], data[28:47]
    if first[:8] == b"OpusHead":
        rate, skipped = 48_000, struct.unpack_from("<H", first, 10)[0]
    elif first[:7] == b"\x01vorbis":
        rate, skipped = struct.unpack_from("<I", first, 12)[0], 0
    else:
        raise SoundError("An Ogg file holds Vorbis or Opus.")
    at = data.rfind(b"OggS")
    while at > 0:
        if data[at + 14 : at + 18] == serial:
            samples: int = struct.unpack_from("<q", data, at + 6)[0]
            if samples >= 0:
                return max(samples - skipped, 0), rate
        at = data.rfind(b"OggS", 0, at)
    raise SoundError("The sound is broken or cut off.")


_BITRATES: Final = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _mp3_frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """(length in bytes, samples, samples a second) of the frame that begins there; None where none does."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = data[at + 1] >> 3 & 3, 4 - (data[at + 1] >> 1 & 3)
    bits, rate = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or layer == 4 or not 0 < bits < 15 or rate == 3:
        return None
    hertz = _RATES[version][rate]
    bitrate = _BITRATES[1 if version == 3 else 2, layer][bits - 1] * 1000
    samples = 384 if layer == 1 else 576 if layer == 3 and version != 3 else 1152
    padding = data[at + 2] >> 1 & 1
    length = (12 * bitrate // hertz + padding) * 4 if layer == 1 else samples // 8 * bitrate // hertz + padding
    return length, samples, hertz


def _mp3(data: bytes) -> tuple[int, int]:
    at = 0
    if data[:3] == b"ID3":
        if len(data) < 10:
            raise SoundError("This is no MP3 file.")
        at = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    first = _mp3_frame(data, at)
    if first is None or _mp3_frame(data, at + first[0]) is None:
        raise SoundError("This is no MP3 file.")
    total, begun = 0, at
    while (frame := _mp3_frame(data, at)) is not None:
        length, samples, _ = frame
        # The first frame of many files tells players about the others and sounds of nothing.
        silent = at == begun and any(mark in data[at : at + 64] for mark in (b"Xing", b"Info", b"VBRI"))
        total += 0 if silent else samples
        at += length
    return total, first[2]


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            size, start = struct.unpack_from(">Q", data, start)[0], at + 16
        size = size or end - at
        if size < start - at or at + size > end:
            raise SoundError("The sound is broken or cut off.")
        yield name, start, at + size
        at += size


def _mp4(data: bytes) -> tuple[int, int]:
    for name, start, end in _boxes(data, 0, len(data)):
        if name != b"moov":
            continue
        found = (0, 0)
        kinds: list[bytes] = []
        for inner, begin, stop in _boxes(data, start, end):
            if inner == b"mvhd":
                wide = data[begin] == 1
                rate, length = struct.unpack_from(">IQ" if wide else ">II", data, begin + (20 if wide else 12))
                found = (length, rate)
            elif inner == b"trak":
                kinds += _handlers(data, begin, stop)
        if kinds != [b"soun"]:
            raise SoundError("An MP4 file holds one track of sound and no pictures.")
        return found
    raise SoundError("The sound is broken or cut off.")


def _handlers(data: bytes, start: int, end: int) -> Iterator[bytes]:
    for name, begin, stop in _boxes(data, start, end):
        if name == b"mdia":
            yield from (data[at + 8 : at + 12] for inner, at, _ in _boxes(data, begin, stop) if inner == b"hdlr")


_READERS: Final[dict[str, Callable[[bytes], tuple[int, int]]]] = {
    "audio/wav": _wav,
    "audio/flac": _flac,
    "audio/ogg": _ogg,
    "audio/mpeg": _mp3,
    "audio/mp4": _mp4,
}

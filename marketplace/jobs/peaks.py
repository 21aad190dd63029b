"""The peaks of a sound: how loud it is from one stretch to the next, enough to draw its wave without having it."""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Final

from marketplace.logs import get_logger

log = get_logger(__name__)

POINTS_MAX: Final = 6000
POINT_MS: Final = 20
"""A peak stands for at least so much: a pause between two words is longer."""
CONTENT_TYPES: Final = frozenset({"audio/wav", "audio/flac", "audio/mpeg"})

_LENGTH: Final = 4
_PROGRAM: Final = Path(__file__).with_name("decoding.py")
_NOT_READ: Final = frozenset({3, -signal.SIGXCPU, -signal.SIGSEGV})
"""How the program ends where the sound is at fault: by its own word (`decoding.NOT_READ`), its time, or its decoder."""
_PATIENCE_SECONDS: Final = 20.0
"""Twice what the program may take of the processor: it waits for others."""


class PeaksLateError(Exception):
    """The machine had no time for them, or the program broke at what is not the sound; another time it may be made."""


def peaks_of(data: bytes, content_type: str, duration_ms: int) -> bytes:
    """How many milliseconds they cover, in four bytes, the lowest first; and a byte for each of so many equal
    stretches of them, 0 for silence to 255. Nothing where the sound cannot be read.

    Raises PeaksLateError.
    """
    if content_type not in CONTENT_TYPES:
        return b""
    count = min(max(duration_ms // POINT_MS, 1), POINTS_MAX)
    try:
        # Isolated: the program sees neither the service's environment nor what lies in a folder.
        ended = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM), content_type, str(duration_ms), str(count)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        log.warning("peaks_late", problem=type(error).__name__)
        raise PeaksLateError from error
    if ended.returncode in _NOT_READ:
        return b""
    if ended.returncode != 0 or not _LENGTH < len(ended.stdout) <= _LENGTH + count:
        log.warning("peaks_broke", status=ended.returncode, bytes=len(ended.stdout))
        raise PeaksLateError
    return ended.stdout


def thinned(peaks: bytes, most: int) -> bytes:
    """The same wave in no more than so many stretches."""
    length, found = peaks[:_LENGTH], peaks[_LENGTH:]
    if len(found) <= most:
        return peaks
    edges = [place * len(found) // most for place in range(most + 1)]
    return length + bytes(max(found[start:stop]) for start, stop in pairwise(edges))

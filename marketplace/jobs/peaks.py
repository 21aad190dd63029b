"""The peaks of a sound: how loud it is from one stretch to the next, enough to draw its wave without having it."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Final

POINTS_MAX: Final = 6000
POINT_MS: Final = 20
"""A peak stands for at least so much: a pause between two words is longer."""
CONTENT_TYPES: Final = frozenset({"audio/wav", "audio/flac", "audio/mpeg"})

_LENGTH: Final = 4
_PROGRAM: Final = Path(__file__).with_name("decoding.py")
_PATIENCE_SECONDS: Final = 20.0
"""Twice what the program may take of the processor: it waits for others."""


class PeaksLateError(Exception):
    """The machine had no time for them; another time it may."""


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
    except subprocess.TimeoutExpired as error:
        raise PeaksLateError from error
    return ended.stdout if ended.returncode == 0 and _LENGTH < len(ended.stdout) <= _LENGTH + count else b""


def thinned(peaks: bytes, most: int) -> bytes:
    """The same wave in no more than so many stretches."""
    length, found = peaks[:_LENGTH], peaks[_LENGTH:]
    if len(found) <= most:
        return peaks
    edges = [place * len(found) // most for place in range(most + 1)]
    return length + bytes(max(found[start:stop]) for start, stop in pairwise(edges))

"""Sounds made in code for the demo: beeps, high and low, with silence between them."""

from __future__ import annotations

import io
import math
import random
import struct
import wave
from dataclasses import dataclass
from typing import Final

RATE: Final = 8000
HERTZ: Final = {"high": 880, "low": 220}


@dataclass(frozen=True, slots=True)
class Beep:
    """A tone from one time to another, in milliseconds."""

    label: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound as WAV, and where it beeps."""

    content: bytes
    beeps: tuple[Beep, ...]


def make_sound(number: int) -> Sound:
    """The same sound for the same number, always: some six seconds with two to four beeps."""
    chance = random.Random(number)  # noqa: S311 - beeps, not secrets
    beeps, at = [], chance.randrange(200, 800, 100)
    for _ in range(chance.randint(2, 4)):
        length = chance.randrange(400, 1000, 100)
        beeps.append(Beep(chance.choice(sorted(HERTZ)), at, at + length))
        at += length + chance.randrange(300, 900, 100)
    samples = [0] * (at * RATE // 1000)
    for beep in beeps:
        for place in range(beep.start_ms * RATE // 1000, beep.end_ms * RATE // 1000):
            samples[place] = round(9000 * math.sin(2 * math.pi * HERTZ[beep.label] * place / RATE))
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return Sound(stream.getvalue(), tuple(beeps))

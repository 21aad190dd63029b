"""The peaks of a sound: as loud as it is, where it is; nothing for what is broken, and never more than some time."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from pathlib import Path

import miniaudio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.jobs import peaks, sounds
from marketplace.jobs.peaks import POINTS_MAX, PeaksLateError, peaks_of, thinned
from tests.builders.sounds import TONE_FLAC, TONE_MP3, TONE_VORBIS, flac, mp3, mp4, opus, vorbis, wav_of

HALF = 800
"""Samples of a tenth of a second."""

# Each is at half of its loudest for a tenth of a second, and silent for another.
WAVS = {
    "8 bits": wav_of(bytes([192, 64] * (HALF // 2) + [128] * HALF), bits=8),
    "16 bits": wav_of(struct.pack("<hh", 16384, -16384) * (HALF // 2) + bytes(2 * HALF)),
    "24 bits": wav_of((b"\0\0\x40" + b"\0\0\xc0") * (HALF // 2) + bytes(3 * HALF), bits=24),
    "32 bits": wav_of(struct.pack("<ii", 1 << 30, -(1 << 30)) * (HALF // 2) + bytes(4 * HALF), bits=32),
    "32 bits, floating": wav_of(struct.pack("<ff", 0.5, -0.5) * (HALF // 2) + bytes(4 * HALF), bits=32, coding=3),
    "64 bits, floating": wav_of(struct.pack("<dd", 0.5, -0.5) * (HALF // 2) + bytes(8 * HALF), bits=64, coding=3),
    "mu-law": wav_of(bytes([0x90, 0x10] * (HALF // 2) + [0xFF] * HALF), bits=8, coding=7),
    "two channels": wav_of(struct.pack("<hh", 16384, 16384) * HALF + bytes(4 * HALF), channels=2),
}


def found(data: bytes) -> tuple[int, list[int]]:
    """(milliseconds, the peaks) of a sound as it was uploaded."""
    content_type = sounds.sniff(data)
    assert content_type is not None
    made = peaks_of(data, content_type, sounds.duration_ms(data, content_type))
    return int.from_bytes(made[:4], "little"), list(made[4:])


@pytest.mark.parametrize("data", WAVS.values(), ids=WAVS.keys())
def test_a_wav_is_as_loud_as_its_samples(data: bytes) -> None:
    length, levels = found(data)
    assert (length, len(levels)) == (200, 10)
    assert all(120 <= level <= 135 for level in levels[:5]), levels
    assert all(level <= 1 for level in levels[5:]), levels


def test_a_higher_rate_does_not_move_the_peaks() -> None:
    length, levels = found(wav_of(struct.pack("<4h", *[16384] * 4) * 1200 + bytes(2 * 4800), rate=48_000))
    assert abs(length - 200) <= 2
    # The filter of the slower rate begins and ends softly, within a stretch.
    assert all(level > 120 for level in levels[:5]), levels
    assert all(level <= 1 for level in levels[6:]), levels


@pytest.mark.parametrize(("data", "loudest"), [(TONE_FLAC, 191), (TONE_MP3, 205)], ids=["FLAC", "MP3"])
def test_a_packed_sound_is_loud_in_its_first_half_only(data: bytes, loudest: int) -> None:
    length, levels = found(data)
    assert (length, len(levels)) == (400, 20), "the frames of an MP3 are longer than the sound in them"
    assert all(abs(level - loudest) <= 6 for level in levels[:10]), levels
    assert all(level <= 3 for level in levels[10:]), levels


def test_a_long_sound_has_no_more_peaks_than_a_page_can_show() -> None:
    length, levels = found(wav_of(bytes([128]) * 8000 * 300, bits=8))
    assert (length, len(levels)) == (300_000, POINTS_MAX)


def test_a_sound_that_says_a_wrong_length_is_read_no_further() -> None:
    made = peaks_of(WAVS["16 bits"], "audio/wav", 100)
    assert (int.from_bytes(made[:4], "little"), len(made)) == (100, 4 + 5)


@pytest.mark.parametrize(
    "data",
    [opus(), vorbis(), mp4(), flac(), b"", TONE_FLAC[:50], vorbis().replace(b"OggS", b"fLaC", 1)],
    ids=["Opus", "Vorbis", "MP4", "no frames", "nothing", "cut off", "Vorbis under another name"],
)
def test_what_is_not_read_has_no_peaks(data: bytes) -> None:
    assert peaks_of(data, sounds.sniff(data) or "audio/wav", 3000) == b""


def test_vorbis_is_decoded_under_no_name() -> None:
    assert list(miniaudio.stream_memory(TONE_VORBIS)), "the decoder is there"
    for content_type in (*peaks.CONTENT_TYPES, "audio/ogg"):
        assert peaks_of(TONE_VORBIS, content_type, 100) == b""


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_broken_sound_breaks_nothing(data: st.DataObject) -> None:
    broken = bytearray(data.draw(st.sampled_from([WAVS["16 bits"], WAVS["24 bits"], TONE_FLAC, TONE_MP3, mp3(20)])))
    content_type = sounds.sniff(bytes(broken))
    assert content_type is not None
    for at in data.draw(st.lists(st.integers(0, len(broken) - 1), max_size=20)):
        broken[at] = data.draw(st.integers(0, 255))
    del broken[data.draw(st.integers(1, len(broken))) :]
    began = time.monotonic()
    made = peaks_of(bytes(broken), content_type, data.draw(st.sampled_from([1, 400, 60_000, sounds.DURATION_MS_MAX])))
    assert made == b"" or 4 < len(made) <= 4 + POINTS_MAX
    assert time.monotonic() - began < 20


def test_who_reads_sounds_has_neither_files_nor_much_memory_nor_time() -> None:
    tries = """
from marketplace.jobs import decoding
import resource, socket
decoding.bind()
for attempt in (lambda: open("/dev/null"), lambda: bytearray(decoding.MEMORY_MAX), socket.socket):
    try:
        attempt()
    except (OSError, MemoryError) as refused:
        print(type(refused).__name__)
print(resource.getrlimit(resource.RLIMIT_CPU) == (decoding.SECONDS_MAX, decoding.SECONDS_MAX + 1))
"""
    said = subprocess.run([sys.executable, "-c", tries], capture_output=True, text=True, check=True).stdout.split()
    assert said == ["OSError", "MemoryError", "OSError", "True"]


def test_a_machine_without_time_is_not_the_sounds_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peaks, "_PATIENCE_SECONDS", 0.01)
    with pytest.raises(PeaksLateError):
        peaks_of(WAVS["16 bits"], "audio/wav", 200)


def ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> bytes:
    program = tmp_path / "program.py"
    program.write_text(f"import os, signal, sys\nsys.stdin.buffer.read()\n{lines}\n")
    monkeypatch.setattr(peaks, "_PROGRAM", program)
    return peaks_of(WAVS["16 bits"], "audio/wav", 200)


@pytest.mark.parametrize(
    "lines",
    [
        "sys.exit(3)",
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass",
    ],
    ids=["by its word", "its decoder broke", "its time was over"],
)
def test_what_the_program_ends_with_for_the_sounds_fault_is_no_peaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str
) -> None:
    assert ends(tmp_path, monkeypatch, lines) == b""


@pytest.mark.parametrize(
    "lines",
    ["import miniaudio_that_is_not_there", "os.kill(os.getpid(), signal.SIGKILL)", "", "print('x' * 999)"],
    ids=["a module is missing", "the machine had no memory", "says nothing", "says too much"],
)
def test_what_else_the_program_ends_with_is_not_the_sounds_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str
) -> None:
    with pytest.raises(PeaksLateError):
        ends(tmp_path, monkeypatch, lines)


def test_a_machine_that_cannot_start_the_program_is_not_the_sounds_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(PeaksLateError):
        peaks_of(WAVS["16 bits"], "audio/wav", 200)


def test_fewer_peaks_are_the_loudest_of_those_they_stand_for() -> None:
    whole = b"\x10\x27\0\0" + bytes([1, 9, 2, 3, 8, 4, 0])
    assert thinned(whole, 7) == whole
    assert thinned(whole, 3) == b"\x10\x27\0\0" + bytes([9, 3, 8])
    assert thinned(b"", 3) == b""

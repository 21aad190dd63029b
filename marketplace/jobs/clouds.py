"""Point clouds, read from their own bytes: PCD and PLY, as text or little-endian binary, uncompressed.

Sources: the PCD file format of the Point Cloud Library, version 0.7; the PLY format (Turk, 1994). Headers are bounded,
and points are looked at only as far as a drawing needs some.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

HEADER_BYTES_MAX: Final = 16 * 1024
POINTS_MAX: Final = 2_000_000
FIELDS_MAX: Final = 64

_TYPES: Final[Mapping[str, str]] = {
    "char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I", "float": "f", "double": "d",
    "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "float32": "f",
    "float64": "d", "F4": "f", "F8": "d", "I1": "b", "I2": "h", "I4": "i", "I8": "q", "U1": "B", "U2": "H", "U4": "I",
    "U8": "Q",
}  # fmt: skip
"""Letters of `struct` by the names of PLY, and by the letter and size of PCD."""


class CloudError(ValueError):
    """The bytes begin as a point cloud and are none that can be kept; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where the points stand: from `start` on, `count` of them, with these fields, one line each if `is_text`."""

    content_type: str
    count: int
    start: int
    is_text: bool
    names: Sequence[str]
    layout: str

    @property
    def places(self) -> list[int]:
        """Where x, y and z stand among the fields."""
        return [self.names.index(axis) for axis in "xyz"]


def sniff(data: bytes) -> str | None:
    """The content type of a point cloud by its first bytes; None for anything else."""
    if data[:4] in {b"ply\n", b"ply\r"}:
        return "model/x-ply"
    head = data[:256].lstrip()
    return "model/x-pcd" if head.startswith((b"# .PCD", b"VERSION ")) else None


def read_cloud(data: bytes, content_type: str) -> Cloud:
    """The description of a point cloud, whose points are all there. Raises CloudError."""
    try:
        cloud = _ply(data) if content_type == "model/x-ply" else _pcd(data)
    except (ValueError, IndexError, KeyError) as error:
        if isinstance(error, CloudError):
            raise
        raise CloudError("The header of the point cloud cannot be read.") from error
    if not 0 < cloud.count <= POINTS_MAX:
        raise CloudError(f"A point cloud has 1 to {POINTS_MAX} points.")
    if len(cloud.names) > FIELDS_MAX or not {"x", "y", "z"} <= set(cloud.names):
        raise CloudError("Each point has x, y and z.")
    if cloud.is_text:
        there = data.count(b"\n", cloud.start) + (0 if data.endswith(b"\n") else 1)
    else:
        there = (len(data) - cloud.start) // struct.calcsize(cloud.layout)
    if there < cloud.count:
        raise CloudError("The point cloud is cut off: it has fewer points than it says.")
    return cloud


def sample(data: bytes, cloud: Cloud, most: int) -> list[tuple[float, float, float]]:
    """At most so many of the points, spread over the file; those that cannot be read are left out."""
    step, found = -(-cloud.count // most), []
    rows: list[Any]
    if cloud.is_text:
        rows = [line.split() for line in data[cloud.start :].split(b"\n", cloud.count)[: cloud.count : step]]
    else:
        size = struct.calcsize(cloud.layout)
        rows = [
            struct.unpack_from(cloud.layout, data, cloud.start + size * number)
            for number in range(0, cloud.count, step)
        ]
    for row in rows:
        try:
            x, y, z = (float(row[place]) for place in cloud.places)
        except (ValueError, IndexError):
            continue
        if math.isfinite(x) and math.isfinite(y) and math.isfinite(z):
            found.append((x, y, z))
    return found


def _pcd(data: bytes) -> Cloud:
    said: dict[str, list[str]] = {}
    at = 0
    while "DATA" not in said:
        end = data.find(b"\n", at, HEADER_BYTES_MAX)
        if end < 0:
            raise CloudError("The header of the point cloud has no end.")
        line = data[at:end].decode("ascii").split("#")[0].split()
        at = end + 1
        if line:
            said[line[0]] = line[1:]
    (coding,) = said["DATA"]
    if coding not in {"ascii", "binary"}:
        raise CloudError("A PCD file is kept with DATA ascii or binary, not compressed.")
    counts = [int(count) for count in said.get("COUNT", ["1"] * len(said["FIELDS"]))]
    names, layout = [], "<"
    for name, size, letter, count in zip(said["FIELDS"], said["SIZE"], said["TYPE"], counts, strict=True):
        if not 0 < count <= FIELDS_MAX:
            raise CloudError("The header of the point cloud cannot be read.")
        names += [name, *[""] * (count - 1)]
        layout += _TYPES[letter + size] * count
    return Cloud("model/x-pcd", int(said["POINTS"][0]), at, coding == "ascii", names, layout)


def _ply(data: bytes) -> Cloud:
    end = data.find(b"end_header", 0, HEADER_BYTES_MAX)
    if end < 0:
        raise CloudError("The header of the point cloud has no end.")
    coding, count, names, layout, element = "", 0, [], "<", ""
    for line in data[:end].decode("ascii").splitlines():
        match line.split():
            case ["format", coding, *_]:
                pass
            case ["element", name, number]:
                if name == "vertex" and element:
                    raise CloudError("The points stand first in a PLY file.")
                element = name
                count = int(number) if name == "vertex" else count
            case ["property", sort, name] if element == "vertex":
                names.append(name)
                layout += _TYPES[sort]
            case ["property", *_] if element == "vertex":
                raise CloudError("A point has no lists.")
    if coding not in {"ascii", "binary_little_endian"}:
        raise CloudError("A PLY file is ascii or binary_little_endian.")
    return Cloud("model/x-ply", count, data.index(b"\n", end) + 1, coding == "ascii", names, layout)

"""The manifest of a backup: what it holds, of which versions, and the digest of everything.

    manifest.sha256   digest of manifest.json; written last, so that a backup which broke off has none
    manifest.json     versions, times, and the digests of the two files below
    database.dump     PostgreSQL's custom format
    media.sha256      one line for each file under media/
    media/…           the bytes, under their storage keys

The two .sha256 files are those of sha256sum: `sha256sum --check manifest.sha256 media.sha256` checks them as well.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from marketplace.db.errors import DatabaseError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SEAL: Final = "manifest.sha256"
DATABASE: Final = "database.dump"
MEDIA_LIST: Final = "media.sha256"
MEDIA: Final = "media"
_CHUNK: Final = 2**20


@dataclass(frozen=True, slots=True)
class Key:
    """A key that the backup does not hold. `file` is its name in DATA_DIR or its path, None for one that was set.

    `fingerprint` is the SHA-256 of a file that we made ourselves, or of one of its keys, out of random bytes; nothing
    follows from it.
    """

    setting: str
    file: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says; `made_at` is the moment of the database, real time by its clock, UTC."""

    made_at: dt.datetime
    piecework: str
    revision: str
    postgres_major: int
    database_bytes: int
    database_sha256: str
    media_count: int
    media_bytes: int
    media_sha256: str
    keys: tuple[Key, ...]

    def write(self, folder: Path) -> None:
        """Write the manifest and then its seal: with that the backup is complete."""
        values = asdict(self) | {"made_at": self.made_at.isoformat()}
        text = json.dumps({"format": FORMAT, **values}, indent=2) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        (folder / SEAL).write_text(f"{hashlib.sha256(text.encode()).hexdigest()}  {MANIFEST}\n", encoding="ascii")


def read(folder: Path) -> Manifest:
    """The manifest of a backup, itself checked. Raises DatabaseError, saying what is wrong."""
    try:
        sealed = (folder / SEAL).read_text(encoding="ascii").split()
        content = (folder / MANIFEST).read_bytes()
    except (OSError, UnicodeError):
        raise DatabaseError(
            f"{folder} is no backup, or one that broke off: it has no {SEAL} with a {MANIFEST}."
        ) from None
    if sealed[:1] != [hashlib.sha256(content).hexdigest()]:
        raise DatabaseError(f"{folder / MANIFEST} is not the one that {SEAL} was written for.")
    values: dict[str, Any] = json.loads(content)
    if values.pop("format") != FORMAT:
        raise DatabaseError(f"{folder} was made by a newer Piecework, whose format this one does not know.")
    values["made_at"] = dt.datetime.fromisoformat(values["made_at"])
    values["keys"] = tuple(Key(**key) for key in values["keys"])
    return Manifest(**values)


def check(folder: Path, manifest: Manifest) -> None:
    """Read everything once and compare it with the manifest. Raises DatabaseError for the first that differs."""
    _compare(folder / DATABASE, manifest.database_sha256)
    _compare(folder / MEDIA_LIST, manifest.media_sha256)
    for key, sha256 in listed(folder):
        _compare(folder / MEDIA / key, sha256)


def listed(folder: Path) -> Iterator[tuple[str, str]]:
    """The storage keys of the media in a backup, each with its digest."""
    with (folder / MEDIA_LIST).open(encoding="utf-8") as lines:
        for line in lines:
            sha256, _, name = line.rstrip("\n").partition("  ")
            yield name.removeprefix(f"{MEDIA}/"), sha256


def digest(stream: BinaryIO) -> str:
    """SHA-256 of what is left of a stream, in hex."""
    found = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return digest(stream)


def _compare(path: Path, expected: str) -> None:
    try:
        found = digest_of(path)
    except OSError:
        raise DatabaseError(f"The backup lacks {path}.") from None
    if found != expected:
        raise DatabaseError(f"{path} is torn or was altered: its SHA-256 is not the one in the manifest.")

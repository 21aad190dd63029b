"""The keys that a backup names and never holds: who has a backup and its keys has the market."""

import hashlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final

from marketplace.entrypoints.backup.manifest import Key
from marketplace.settings import Settings

_FILE: Final = "_key_file"
_RINGS: Final = frozenset({"PAYEE_KEY_FILE"})
"""Files with a key on each line, to which later ones are added: an older backup needs only its own."""


def files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """The settings that name a key's file, each with the file; SECRET_KEY among them when we made it ourselves."""
    if settings.secret_key is None:
        yield "SECRET_KEY", settings.data_dir / "secret_key"
    for declared in fields(settings):
        path = getattr(settings, declared.name)
        if declared.name.endswith(_FILE) and path is not None:
            yield declared.name.upper(), path


def keys_of(settings: Settings) -> tuple[Key, ...]:
    """Every key that this market needs besides its database and media, as the manifest lists them."""
    found = [
        Key(name, _shown(settings, path), fingerprint)
        for name, path in files(settings)
        if path.exists()
        for fingerprint in _fingerprints(name, path)
    ]
    # What was set by hand may be guessed from a digest: these are only named.
    given = [
        Key(declared.name.upper(), None, None)
        for declared in fields(settings)
        if "secret" in declared.name and getattr(settings, declared.name) is not None
    ]
    return (*found, *given)


def missing(settings: Settings, expected: tuple[Key, ...]) -> list[str]:
    """What is not there, or is another key than the one that the backup was made with: one sentence for each."""
    here = dict(files(settings))
    found = []
    for key in expected:
        path = here.get(key.setting)
        if key.fingerprint is None:
            if getattr(settings, key.setting.lower(), None) is None:
                found.append(f"{key.setting} is not set; it was when the backup was made")
        elif path is None or not path.exists():
            found.append(f"{key.setting}: the file {path or key.file} is missing")
        elif key.fingerprint not in _fingerprints(key.setting, path):
            found.append(f"{key.setting}: {path} is another key than the one the backup was made with")
    return found


def _fingerprints(setting: str, path: Path) -> list[str]:
    content = path.read_bytes()
    return [hashlib.sha256(key).hexdigest() for key in (content.split() if setting in _RINGS else [content])]


def _shown(settings: Settings, path: Path) -> str:
    return path.name if path.parent == settings.data_dir else str(path)

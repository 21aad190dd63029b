"""The keys of what is kept sealed: a file outside the database, whose first key seals and all of whose keys open.

Sealed is AES-256-GCM: a version, four bytes that name the key, a nonce, and what is encrypted. `place` says where it
is kept and is authenticated with it, so that what was copied to another row or column does not open there.
"""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from marketplace.db.errors import SEALED_UNREADABLE
from marketplace.kernel.errors import DomainError
from marketplace.settings import Settings, SettingsError, read_or_create

KEY_BYTES: Final = 32
ID_BYTES: Final = 4
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True, repr=False)
class SealingKey:
    """One key; the keys of its two uses are derived from it, so that neither says anything of the other."""

    secret: bytes

    @property
    def id(self) -> bytes:
        """Names the key, and tells nothing of it."""
        return hashlib.sha256(b"piecework.key.id.v1\n" + self.secret).digest()[:ID_BYTES]

    def cipher(self) -> AESGCM:
        """What seals and opens."""
        return AESGCM(hmac.digest(self.secret, b"piecework.key.seal.v1\n", "sha256"))

    def digest(self, content: bytes) -> bytes:
        """A keyed digest, by which what is sealed can be found again; 32 bytes."""
        return hmac.digest(hmac.digest(self.secret, b"piecework.key.find.v1\n", "sha256"), content, "sha256")


class KeyRing:
    """The keys of one installation. A file that changed is read again, so that no process needs to be started anew."""

    def __init__(self, *secrets: bytes, path: Path | None = None) -> None:
        """`secrets` have 32 bytes each, the first one seals; with a `path` they are those of that file."""
        self._keys = tuple(SealingKey(secret) for secret in secrets)
        self._path = path
        self._seen: tuple[int, int, int] | None = None

    @classmethod
    def in_file(cls, path: Path) -> Self:
        """The keys of a file, which is made, mode 0600, if it is missing. Raises SettingsError, OSError."""
        read_or_create(path, lambda: encode(new_secret()))
        ring = cls(path=path)
        ring._keys = _read(path)
        return ring

    def __repr__(self) -> str:
        """Never a key."""
        return f"KeyRing({', '.join(key.id.hex() for key in self._keys)})"

    @property
    def keys(self) -> tuple[SealingKey, ...]:
        """The keys as they are in the file now; where it cannot be read any more, as they were."""
        if self._path is not None:
            try:
                found = self._path.stat()
            except OSError:
                return self._keys
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen != self._seen:
                self._keys, self._seen = _read(self._path), seen
        return self._keys

    @property
    def current(self) -> SealingKey:
        """The key that seals."""
        return self.keys[0]

    def seal(self, place: bytes, content: str) -> bytes:
        """What is kept of the content at that place."""
        key, nonce = self.current, os.urandom(_NONCE_BYTES)
        return _VERSION + key.id + nonce + key.cipher().encrypt(nonce, content.encode(), place)

    def open(self, place: bytes, sealed: bytes) -> str:
        """The content again. Raises sealed_unreadable: the key is not here, it is of another place, or was altered."""
        version, key_id, rest = sealed[:1], sealed[1 : 1 + ID_BYTES], sealed[1 + ID_BYTES :]
        key = next((key for key in self.keys if key.id == key_id), None)
        if version != _VERSION or key is None:
            raise _unreadable(f"It was sealed with the key {key_id.hex()}, which PAYEE_KEY_FILE does not hold.")
        try:
            return key.cipher().decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], place).decode()
        except InvalidTag:
            raise _unreadable("It was altered, or copied from another row.") from None

    def digests(self, content: bytes) -> list[bytes]:
        """The digests of the content, one for each key: the first is the one that is kept from now on."""
        return [key.digest(content) for key in self.keys]


def load_keys(settings: Settings) -> KeyRing:
    """The keys in PAYEE_KEY_FILE; makes the file, mode 0600, if it is missing.

    Raises SettingsError when the file holds no such keys, OSError when it cannot be read or written.
    """
    return KeyRing.in_file(settings.payee_key_file or settings.data_dir / "payee_key")


def place(table: str, name: str, *row: object) -> bytes:
    """The place of a value: its table, its name, and the primary key of its row."""
    return "\n".join(("piecework.sealed.v1", table, name, *map(str, row))).encode()


def new_secret() -> bytes:
    """A new key's 32 random bytes."""
    return os.urandom(KEY_BYTES)


def encode(*secrets: bytes) -> bytes:
    """The content of a file with these keys."""
    return b"".join(base64.b64encode(secret) + b"\n" for secret in secrets)


def _read(path: Path) -> tuple[SealingKey, ...]:
    keys = []
    for number, line in enumerate(path.read_bytes().split(), start=1):
        try:
            secret = base64.b64decode(line, validate=True)
        except binascii.Error:
            secret = b""
        if len(secret) != KEY_BYTES:
            raise SettingsError("PAYEE_KEY_FILE", f"{path}, key {number}: must be {KEY_BYTES} bytes in base64")
        keys.append(SealingKey(secret))
    if not keys:
        raise SettingsError("PAYEE_KEY_FILE", f"{path} holds no key")
    return tuple(keys)


def _unreadable(why: str) -> DomainError:
    return SEALED_UNREADABLE.error(f"Something that is kept sealed cannot be read. {why}")

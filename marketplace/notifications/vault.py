"""Signing secrets at rest: sealed with a key that is kept outside the database, AES-256-GCM."""

import base64
import binascii
import os
import uuid
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from marketplace.settings import Settings, SettingsError, read_or_create

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_CONTEXT: Final = b"piecework.webhook.secret.v1\n"


class VaultError(Exception):
    """A sealed secret cannot be opened with this key."""


class Vault:
    """Seals and opens the secrets of webhooks; each is bound to the webhook it belongs to."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes."""
        self._cipher = AESGCM(key)

    def __repr__(self) -> str:
        """Never the key."""
        return "Vault()"

    def seal(self, webhook_id: uuid.UUID, secret: str) -> bytes:
        """What is kept of the secret."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), _CONTEXT + webhook_id.bytes)

    def open(self, webhook_id: uuid.UUID, sealed: bytes) -> str:
        """The secret again; raises VaultError when it was sealed with another key, for another webhook, or altered."""
        nonce, content = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _VERSION:
            raise VaultError("a sealed secret of an unknown form")
        try:
            return self._cipher.decrypt(nonce, content, _CONTEXT + webhook_id.bytes).decode()
        except InvalidTag:
            raise VaultError("the secret was sealed with another key than that in WEBHOOK_KEY_FILE") from None


def load_vault(settings: Settings) -> Vault:
    """The vault with the key in WEBHOOK_KEY_FILE; makes the file, mode 0600, if it is missing.

    Raises SettingsError when the file holds no such key, OSError when it cannot be read or written.
    """
    path = settings.webhook_key_file or settings.data_dir / "webhook_key"
    content = read_or_create(path, lambda: base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")
    try:
        key = base64.b64decode(content.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsError("WEBHOOK_KEY_FILE", f"{path} must hold {_KEY_BYTES} bytes in base64")
    return Vault(key)

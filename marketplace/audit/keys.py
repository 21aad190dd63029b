"""The key that signs checkpoints: a PEM file outside the database, made once if it is missing."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from marketplace.audit.notes import Signer
from marketplace.settings import Settings, SettingsError, read_or_create


def load_signer(settings: Settings) -> Signer:
    """The log's signer under the name AUDIT_ORIGIN, from AUDIT_KEY_FILE; makes the file, mode 0600, if it is missing.

    Raises SettingsError when the file is not an Ed25519 key in PEM, OSError when it cannot be read or written.
    """
    path = settings.audit_key_file or settings.data_dir / "audit_key.pem"
    return Signer(settings.audit_origin, read_key(path))


def read_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 key in the file, made once if it is missing; raises as `load_signer`."""
    content = read_or_create(path, _new_key)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as error:
        raise SettingsError("AUDIT_KEY_FILE", f"{path} holds no private key in PEM ({error})") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError("AUDIT_KEY_FILE", f"{path} holds another kind of key; the log is signed with Ed25519")
    return key


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

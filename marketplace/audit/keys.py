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
    return Signer(settings.audit_origin, read_key(_path(settings)))


def draft_signer(settings: Settings, origin: str | None = None) -> Signer:
    """The signer with the key that is to come, in a file beside AUDIT_KEY_FILE, made once; raises as `load_signer`.

    Its name is AUDIT_ORIGIN, unless the log is to have another.
    """
    return Signer(origin or settings.audit_origin, read_key(_draft(settings)))


def adopt_draft(settings: Settings, old: Signer) -> None:
    """Put the key that is to come in the place of the old one, which stays beside it under the name of its id."""
    path = _path(settings)
    kept = path.with_name(f"{path.name}.{old.verifier.key_id.hex()}")
    if not kept.exists():
        kept.hardlink_to(path)
    _draft(settings).replace(path)


def _path(settings: Settings) -> Path:
    return settings.audit_key_file or settings.data_dir / "audit_key.pem"


def _draft(settings: Settings) -> Path:
    path = _path(settings)
    return path.with_name(f"{path.name}.next")


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

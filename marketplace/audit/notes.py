"""Signed notes and checkpoints in the formats of C2SP (signed-note, tlog-checkpoint), with Ed25519."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519: Final = b"\x01"
_KEY_BYTES: Final = 32
_SIGNATURES_MAX: Final = 16
_DASH: Final = "— "  # em dash (U+2014) and a space begin a signature line
_NAME: Final = re.compile(r"[^\s+]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(ValueError):
    """A note is malformed, or not signed by the key it must be signed by."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half of a log's key: its name, its short id, and the key itself."""

    name: str
    public_key: Ed25519PublicKey

    def __post_init__(self) -> None:
        """Refuse names that a signature line could not carry."""
        if not _NAME.fullmatch(self.name):
            raise NoteError(f"{self.name!r} is no key name: no spaces, no plus")

    @property
    def encoded(self) -> bytes:
        """The signature type and the 32 bytes of the public key."""
        return ED25519 + self.public_key.public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name, newline, type, public key)."""
        return sha256(self.name.encode() + b"\n" + self.encoded).digest()[:4]

    def to_text(self) -> str:
        """The verifier key as one line, `name+id+key`, as the Go and Sigsum tools read it."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.encoded).decode()}"

    @classmethod
    def from_text(cls, text: str) -> "Verifier":
        """Read `name+id+key`; raises NoteError when it is malformed or its id is not that of the key."""
        parts = text.strip().split("+", 2)
        try:
            name, key_id, encoded = parts[0], bytes.fromhex(parts[1]), base64.b64decode(parts[2], validate=True)
        except (IndexError, ValueError) as error:
            raise NoteError("a verifier key has the form name+id+key") from error
        if encoded[:1] != ED25519 or len(encoded) != 1 + _KEY_BYTES:
            raise NoteError("the verifier key is not an Ed25519 key")
        verifier = cls(name, Ed25519PublicKey.from_public_bytes(encoded[1:]))
        if verifier.key_id != key_id:
            raise NoteError("the verifier key's id does not fit its name and key")
        return verifier


@dataclass(frozen=True, slots=True)
class Signer:
    """The log's key: a name, which is the log's origin, and the private key."""

    name: str
    private_key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.private_key.public_key())


def sign_note(text: str, *signers: Signer) -> str:
    """The text, which ends in a newline, with a signature line of each; raises NoteError for what no note can hold."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteError("a note's text ends in a newline and has no other control characters")
    lines = []
    for signer in signers:
        signature = signer.verifier.key_id + signer.private_key.sign(text.encode())
        lines.append(f"{_DASH}{signer.name} {base64.b64encode(signature).decode()}\n")
    return f"{text}\n{''.join(lines)}"


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note, once the verifier's signature on it is found and right.

    Signatures by other keys are ignored. Raises NoteError when the note is malformed, when it has no signature by this
    key, or when that signature is wrong.
    """
    text, separator, tail = note.rpartition("\n\n")
    text += "\n"
    lines = tail.split("\n")
    if not separator or lines[-1] != "" or not 1 <= len(lines) - 1 <= _SIGNATURES_MAX or _CONTROL.search(note):
        raise NoteError("not a signed note")
    signatures = [_signature(line) for line in lines[:-1]]
    ours = [bytes_ for name, bytes_ in signatures if name == verifier.name and bytes_[:4] == verifier.key_id]
    if not ours:
        raise NoteError(f"not signed by {verifier.name} with key {verifier.key_id.hex()}")
    for signature in ours:
        try:
            verifier.public_key.verify(signature[4:], text.encode())
        except InvalidSignature:
            raise NoteError(f"the signature by {verifier.name} does not fit the text") from None
    return text


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2 or not _NAME.fullmatch(parts[0]):
        raise NoteError("a signature line is malformed")
    try:
        return parts[0], base64.b64decode(parts[1], validate=True)
    except binascii.Error:
        raise NoteError("a signature is not base64") from None


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says: the log's origin, the number of leaves, and the root hash."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """The three lines of a tlog-checkpoint."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @property
    def short(self) -> str:
        """Size and first 16 hexadecimal digits of the root: enough to write on paper and to know the head again."""
        return f"{self.size}-{self.root.hex()[:16]}"

    @classmethod
    def from_text(cls, text: str) -> "TreeHead":
        """Read the lines of a checkpoint; extension lines are ignored. Raises NoteError."""
        lines: Sequence[str] = text.split("\n")[:-1]
        if len(lines) < 3 or not all(lines) or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
            raise NoteError("a checkpoint has an origin, a size and a root hash")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except binascii.Error:
            raise NoteError("the root hash of a checkpoint is base64") from None
        return cls(lines[0], int(lines[1]), root)

    @classmethod
    def told_in(cls, note: str) -> "TreeHead":
        """What a checkpoint says before its signatures, whoever signed it. Raises NoteError."""
        return cls.from_text(note.rpartition("\n\n")[0] + "\n")

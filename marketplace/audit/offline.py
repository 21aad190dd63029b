"""piecework-verify: proves a bundle of the log, on a machine that has never seen the project.

This file stands alone: Python 3.11 or newer and the package `cryptography` are all it needs.

    python offline.py bundle.json --key 'origin+id+key' [--older checkpoint.txt] [--statement statement.csv]
    python offline.py --leaves leaves.bin --checkpoint checkpoint.txt --key 'origin+id+key' --receipt receipt.txt
    python offline.py --timestamp stamp.der --checkpoint checkpoint.txt --key 'origin+id+key' --timestamp-root ca.pem

It says of each line *proven*, *hidden by policy* or *WRONG*, and ends with 1 at the first thing that is wrong. What it
cannot show: that what was recorded was true, and, without a checkpoint that somebody kept before, that this log is the
only one its operator shows.
"""

import argparse
import base64
import csv
import datetime as dt
import hashlib
import io
import json
import re
import sys
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

FORMAT = "piecework-bundle.v1"
RECEIPT = "piecework-receipt.v1"
EVENT_DOMAIN = b"piecework.audit.event.v1\n"
ROTATION_DOMAIN = "piecework.audit.key-rotation.v1"
FORK_DOMAIN = "piecework.audit.fork.v1"
LINE_DOMAIN = b"piecework.price-line.v1\n"
PARTS = ("terms", *(f"layer {number}" for number in range(1, 11)), "pay")
PAID_FOR = ("accepted", "paid_not_used", "accepted_on_appeal")
PAID = (*PAID_FOR, "accepted_in_error")
BYTES_MAX = 256 * 2**20
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

EMBEDDED = re.compile(rb'<script type="application/vnd.piecework.bundle">([A-Za-z0-9+/=]+)</script>')

Key = tuple[str, bytes, Ed25519PublicKey]
Line = tuple[str, str]


class Wrong(Exception):  # noqa: N818 - it is what is said of a line
    """Something in the bundle is not so; the text says what."""


def require(holds: object, what: str) -> None:
    """Raise Wrong unless it holds."""
    if not holds:
        raise Wrong(what)


# Canonical JSON (RFC 8785), as far as the log uses it: no floats.


SORTED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> bytes:
    """The one byte string of a value that `parse` has read."""
    text = SORTED.encode(value)
    # Keys are sorted by UTF-16 units, which is another order only beside characters that take two of them.
    plain = text.isascii() or len(text.encode("utf-16-le")) == 2 * len(text)
    return text.encode() if plain else sorted_by_units(value)


def joined(members: dict[str, bytes]) -> bytes:
    """The canonical bytes of an object from those of its members."""
    keys = sorted(members, key=lambda key: key.encode("utf-16-be"))
    return b"{" + b",".join(canonical(key) + b":" + members[key] for key in keys) + b"}"


def sorted_by_units(value: Any) -> bytes:
    """The same, step by step."""
    if isinstance(value, dict):
        return joined({key: sorted_by_units(member) for key, member in value.items()})
    if isinstance(value, list):
        return b"[" + b",".join(sorted_by_units(member) for member in value) + b"]"
    return json.dumps(value, ensure_ascii=False).encode()


def parse(text: str) -> Any:
    """The value of JSON text, refusing numbers that are not whole; doubled keys show in the canonical bytes."""

    def refuse(number: str) -> NoReturn:
        raise Wrong(f"{number} is not a whole number")

    try:
        return json.loads(text, parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError) as problem:
        raise Wrong(f"not JSON: {problem}") from None


# Signed notes and checkpoints (C2SP), Ed25519.


def read_key(text: str) -> Key:
    """(name, key id, public key) of a verifier key `name+id+key`."""
    try:
        name, key_id, encoded = text.strip().split("+", 2)
        raw, identifier = unpacked(encoded), bytes.fromhex(key_id)
    except ValueError:
        raise Wrong("the key has not the form name+id+key") from None
    require(len(raw) == 33 and raw[:1] == b"\x01", "the key is not an Ed25519 key")
    require(hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4] == identifier, "the key's id does not fit the key")
    return name, identifier, Ed25519PublicKey.from_public_bytes(raw[1:])


def unpacked(text: str | bytes) -> bytes:
    """What base64 says, if it is the one way of saying so: bits that its last letter leaves over are nothing."""
    written = text.encode() if isinstance(text, str) else text
    found = base64.b64decode(written, validate=True)
    if base64.b64encode(found) != written:
        raise ValueError("not the shortest base64")
    return found


def open_note(note: str, key: Key) -> str:
    """The text of a signed note, once this key's signature on it is found and right."""
    name, key_id, public = key
    text, separator, tail = note.rpartition("\n\n")
    text += "\n"
    require(separator and tail.endswith("\n"), "it is no signed note")
    found = False
    for line in tail.splitlines():
        match = re.fullmatch("— (\\S+) ([A-Za-z0-9+/=]+)", line)
        if match is None:
            raise Wrong("a signature line is malformed")
        try:
            signature = unpacked(match[2])
        except ValueError:
            raise Wrong("a signature is not base64") from None
        if match[1] == name and signature[:4] == key_id:
            try:
                public.verify(signature[4:], text.encode())
            except InvalidSignature:
                raise Wrong(f"the signature by {name} does not fit") from None
            found = True
    require(found, f"it is not signed by {name} with this key")
    return text


def read_checkpoint(note: str, key: Key) -> tuple[int, bytes]:
    """(size, root) of a checkpoint signed by the key."""
    lines = open_note(note, key).split("\n")
    require(len(lines) >= 4 and lines[0] == key[0], "the checkpoint is of another log")
    require(re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]), "the checkpoint's size is no number")
    try:
        return int(lines[1]), unpacked(lines[2])
    except ValueError:
        raise Wrong("the checkpoint's root is not base64") from None


# The Merkle tree of RFC 6962 and RFC 9162.


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


class Places:
    """Proves leaf after leaf of one tree (RFC 9162, 2.1.3.2), and computes no node twice.

    The way up from a node that an earlier proof went through is known: where the rest of a proof is the same as its
    rest was, it leads to the same root.
    """

    def __init__(self, size: int, root: bytes) -> None:
        """The tree that the proofs are about."""
        self.size, self.root = size, root
        self.known: dict[tuple[int, int], tuple[bytes, list[str]]] = {}

    def proves(self, current: bytes, number: int, proof: list[str]) -> bool:
        """Whether the proof leads from the leaf hash at that number to the root."""
        require(type(number) is int and isinstance(proof, list), "a leaf has a number and a list of hashes")
        if not 0 <= number < self.size:
            return False
        position, last = number, self.size - 1
        passed = []
        for step, sibling in enumerate(proof):
            if self.known.get((position, last)) == (current, proof[step:]):
                break
            passed.append(((position, last), (current, proof[step:])))
            if last == 0:
                return False
            (beside,) = hexes([sibling])
            if position & 1 or position == last:
                current = node(beside, current)
                while not position & 1 and position:
                    position, last = position >> 1, last >> 1
            else:
                current = node(current, beside)
            position, last = position >> 1, last >> 1
        else:
            if last != 0 or current != self.root:
                return False
        self.known.update(passed)
        return True


def consistent(first: int, first_root: bytes, second: int, second_root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of `first` leaves is a prefix of that of `second` (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof:
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node(sibling, old), node(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node(new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


# Time stamps (RFC 3161): signed data (RFC 5652) in DER, as much of it as a time stamp needs.


Element = tuple[int, bytes, bytes]
"""Tag, content, and both with the length between them."""

SIGNED_DATA = "2a864886f70d010702"
STAMP_INFO = "2a864886f70d0109100104"
CONTENT_TYPE = "2a864886f70d010903"
MESSAGE_DIGEST = "2a864886f70d010904"
SIGNING_CERTIFICATE = {
    "2a864886f70d010910020c": hashes.SHA1(),  # noqa: S303 - only names a certificate, whose key is what is checked
    "2a864886f70d010910022f": hashes.SHA256(),
}
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "608648016503040201": hashes.SHA256(),
    "608648016503040202": hashes.SHA384(),
    "608648016503040203": hashes.SHA512(),
}
MALFORMED = (
    LookupError,
    TypeError,
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
CLOCKS_DIFFER = dt.timedelta(minutes=5)


class Stamp(NamedTuple):
    """What a time stamp says once it is proven: when, and the certificate of who says so, with those it came with."""

    at: dt.datetime
    signer: x509.Certificate
    others: list[x509.Certificate]

    @property
    def moment(self) -> str:
        """When, for people."""
        return f"{self.at:%Y-%m-%d %H:%M:%S} UTC"


def elements(content: bytes) -> list[Element]:
    """What stands one after the other in DER."""
    found, place = [], 0
    while place < len(content):
        start, place = place, place + 2
        require(place <= len(content) and content[start] & 31 != 31, "the time stamp is no DER")
        length = content[start + 1]
        if length & 128:
            size = length & 127
            length = int.from_bytes(content[place : place + size])
            place += size
            require(0 < size < 5 and length >= 128 and length >> 8 * (size - 1), "the time stamp is no DER")
        require(place + length <= len(content), "the time stamp is cut off")
        found.append((content[start], content[place : place + length], content[start : place + length]))
        place += length
    return found


def inside(content: bytes, tag: int = 0x30) -> list[Element]:
    """What stands in the one element of this tag that the content is."""
    found = elements(content)
    require(len(found) == 1 and found[0][0] == tag, "the time stamp is made otherwise than RFC 3161 says")
    return elements(found[0][1])


def digest(content: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    """The hash of the content."""
    made = hashes.Hash(algorithm)
    made.update(content)
    return made.finalize()


def digest_named(algorithm: Element) -> hashes.HashAlgorithm:
    """The hash that an AlgorithmIdentifier names."""
    name = inside(algorithm[2])[0][1].hex()
    require(name in DIGESTS, "the time stamp uses a hash that this program does not know")
    return DIGESTS[name]


def read_stamp(token: bytes, content: bytes) -> Stamp:
    """What the token says of the content: its imprint fits, and the certificate in it has signed it; or Wrong."""
    try:
        return proven_stamp(token, content)
    except MALFORMED as problem:
        raise Wrong(f"the time stamp is malformed ({type(problem).__name__}: {problem})") from None


def proven_stamp(token: bytes, content: bytes) -> Stamp:
    """The same, where malformed bytes raise what they raise."""
    kind, wrapped = inside(token)
    require(kind[1].hex() == SIGNED_DATA, "the time stamp is no signed data")
    _, _, encapsulated, *rest = inside(wrapped[1])
    kind, wrapped = inside(encapsulated[2])
    require(kind[1].hex() == STAMP_INFO, "the signed data is no time stamp")
    ((_, info, _),) = elements(wrapped[1])
    certificates = [
        x509.load_der_x509_certificate(whole)
        for tag, held, _ in rest
        if tag == 0xA0
        for inner, _, whole in elements(held)
        if inner == 0x30
    ]
    require(rest[-1][0] == 0x31, "the time stamp is not signed")
    (signed,) = elements(rest[-1][1])
    signer = proven_signer(signed[2], info, certificates)
    _, _, imprint, _, moment, *_ = inside(info)
    algorithm, imprinted = elements(imprint[1])
    require(digest(content, digest_named(algorithm)) == imprinted[1], "the time stamp is of something else")
    at = read_moment(moment[1].decode())
    require(signer.not_valid_before_utc <= at <= signer.not_valid_after_utc, "its certificate was not valid then")
    return Stamp(at, signer, certificates)


def read_moment(text: str) -> dt.datetime:
    """A GeneralizedTime of DER."""
    require(re.fullmatch(r"\d{14}(\.\d*[1-9])?Z", text), "the time of the time stamp is malformed")
    whole, _, fraction = text[:-1].partition(".")
    at = dt.datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    return at + dt.timedelta(microseconds=int(fraction[:6].ljust(6, "0")))


def proven_signer(signed: bytes, info: bytes, certificates: list[x509.Certificate]) -> x509.Certificate:
    """Whose certificate signed what a time stamp says (RFC 5652, 5.4), and may sign time stamps."""
    _, who, hashed, attributes, _, signature, *_ = inside(signed)
    require(who[0] == 0x30 and attributes[0] == 0xA0, "the time stamp does not say who signed it")
    issuer, serial = elements(who[1])
    number = int.from_bytes(serial[1], signed=True)
    held = [one for one in certificates if one.serial_number == number and one.issuer.public_bytes() == issuer[2]]
    require(held, "the certificate of who signed is not in the time stamp")
    signer = held[0]
    algorithm = digest_named(hashed)
    said = {}
    for attribute in elements(attributes[1]):
        name, values = elements(attribute[1])
        require(name[1].hex() not in said, "the time stamp says something twice")
        said[name[1].hex()] = elements(values[1])[0]
    require(said[CONTENT_TYPE][1].hex() == STAMP_INFO, "what was signed is no time stamp")
    require(said[MESSAGE_DIGEST][1] == digest(info, algorithm), "what was signed is another time stamp")
    named = [(said[name][1], made) for name, made in SIGNING_CERTIFICATE.items() if name in said]
    require(named, "the time stamp does not name its certificate")
    for listed, made in named:
        first, *following = elements(elements(elements(listed)[0][1])[0][1])
        # The hash is named where it is another than usual.
        identifier, other = (following[0], digest_named(first)) if first[0] == 0x30 else (first, made)
        fits = identifier[1] == digest(signer.public_bytes(Encoding.DER), other)
        require(fits, "the time stamp names another certificate")
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    only = list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    require(usage.critical and only, "its certificate is not for time stamps")
    # Signed as the SET that the attributes are, not with the tag that they bear in their place (RFC 5652, 5.4).
    check_signature(signer, b"\x31" + attributes[2][1:], signature[1], algorithm)
    return signer


def check_signature(
    signer: x509.Certificate, content: bytes, signature: bytes, algorithm: hashes.HashAlgorithm
) -> None:
    """That the certificate's key has signed the content."""
    public = signer.public_key()
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, content, padding.PKCS1v15(), algorithm)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, content, ec.ECDSA(algorithm))
        elif isinstance(public, Ed25519PublicKey):
            public.verify(signature, content)
        else:
            raise Wrong("the time stamp is signed with a kind of key that this program does not know")
    except InvalidSignature:
        raise Wrong("the signature of the time stamp does not fit") from None


def leads_to(stamp: Stamp, roots: list[x509.Certificate]) -> bool:
    """Whether one of the roots, or whom it has certified, certified who signed; each of them valid then."""
    current = stamp.signer
    for _ in range(8):
        if current in roots:
            return True
        above = next((one for one in roots + stamp.others if certifies(one, current, stamp.at)), None)
        if above is None or above == current:
            return False
        current = above
    return False


def certifies(one: x509.Certificate, other: x509.Certificate, at: dt.datetime) -> bool:
    """Whether one is an authority's certificate that signed the other and was valid then."""
    try:
        other.verify_directly_issued_by(one)
        is_authority = one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (InvalidSignature, *MALFORMED):
        return False
    return is_authority and one.not_valid_before_utc <= at <= one.not_valid_after_utc


def stamped(token: bytes, note: str, size: int, roots: list[x509.Certificate]) -> tuple[Stamp, Line]:
    """The time stamp of a checkpoint, and the line that says what it is worth; or Wrong."""
    stamp = read_stamp(token, note.encode())
    name = stamp.signer.subject.rfc4514_string()
    told = f"the checkpoint of {size} leaves was there on {stamp.moment}, by the time stamp of {name}"
    if not roots:
        return stamp, ("as told", f"{told}: whether you trust it is said with --timestamp-root")
    require(leads_to(stamp, roots), f"the time stamp of {name} does not lead to the root that you gave")
    return stamp, ("proven", f"{told}, under the root that you gave")


# What a bundle says.


def hexes(values: Any) -> list[bytes]:
    """Bytes of hexadecimal texts."""
    require(isinstance(values, list), "a proof is a list")
    try:
        return [bytes.fromhex(value) for value in values]
    except (TypeError, ValueError):
        raise Wrong("a hash is not hexadecimal") from None


def public_id(prefix: str, text: str) -> str:
    """The public form of a UUID: the prefix and its 128 bits in base32."""
    number = uuid.UUID(text).int
    return prefix + "_" + "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def amount(money: Any) -> tuple[int, str]:
    """(amount in the smallest unit its text shows, scaled to 12 decimals, currency)."""
    whole, _, fraction = money["amount"].partition(".")
    require(re.fullmatch("[0-9]+", whole) and re.fullmatch("[0-9]{0,12}", fraction), "an amount is malformed")
    return int(whole + fraction.ljust(12, "0")), money["currency"]


class Change(NamedTuple):
    """A change of the log's key, signed by both: the old key signs heads of up to `last` leaves, the new one larger.

    Of a declared fork, after which the log has another name, `abandoned` are the heads of old names, as (size, root,
    name), that this log does not lead to, and `agreed` the size up to which others are said to agree.
    """

    old: Key
    new: Key
    last: int
    agreed: int
    abandoned: list[tuple[int, bytes, str]]

    @property
    def largest(self) -> int:
        """How many leaves the largest abandoned head has."""
        return max((size for size, _, _ in self.abandoned), default=0)

    @property
    def leaf(self) -> int:
        """Where it is written: the last leaf that the old key signs, or the first under the new name."""
        return self.last if self.abandoned else self.last - 1


def read_rotation(note: str) -> Change:
    """The change that a statement states, which both keys signed."""
    lines = note.partition("\n\n")[0].split("\n")
    forks = lines[0] == FORK_DOMAIN
    whole = len(lines) >= 6 if forks else lines[0] == ROTATION_DOMAIN and len(lines) == 4
    require(
        whole and all(re.fullmatch("[0-9]{1,18}", line) for line in lines[3:5]),
        "it is no statement of a change of the log's key",
    )
    old, new = read_key(lines[1]), read_key(lines[2])
    require((old[0] != new[0]) is forks, "a change of keys keeps the log's name, a fork does not")
    for key in (old, new):
        open_note(note, key)
    agreed, heads = int(lines[4]) if forks else 0, []
    for line in lines[5:]:
        match = re.fullmatch("([1-9][0-9]{0,18}) ([A-Za-z0-9+/=]+) (\\S+)", line)
        if match is None:
            raise Wrong("a fork names heads by size, root and name")
        heads.append((int(match[1]), unpacked(match[2]), match[3]))
    fits = all(size > agreed and name != new[0] for size, _, name in heads)
    require(fits, "a fork abandons a head on which others agree, or one of the new name")
    return Change(old, new, int(lines[3]), agreed, heads)


class KeyChain:
    """The log's keys one after the other; every change is signed by the old key and by the new."""

    def __init__(self, told: list[str], trusted: Key) -> None:
        """Follow the changes; the key that is trusted must be among those they lead from and to."""
        self.changes = [read_rotation(note) for note in told]
        for earlier, later in zip(self.changes, self.changes[1:], strict=False):
            follows = same(earlier.new, later.old) and earlier.leaf < later.leaf
            require(follows, "the changes of the key do not follow one another")
        self.known = [key for change in self.changes for key in (change.old, change.new)]
        holds = not self.known or any(same(key, trusted) for key in self.known)
        require(holds, "the changes of the key do not hold your key")
        self.newest = self.changes[-1].new if self.changes else trusted

    def at(self, note: str) -> Key:
        """The key that must have signed a checkpoint of this size."""
        size = note.split("\n")[1] if note.count("\n") > 2 else ""
        require(re.fullmatch("0|[1-9][0-9]{0,18}", size), "the checkpoint's size is no number")
        return next((change.old for change in self.changes if int(size) <= change.last), self.newest)

    def signer_of(self, note: str) -> Key:
        """The key of the chain that signed a note, the newest where none did."""
        for key in self.known:
            try:
                open_note(note, key)
            except Wrong:
                continue
            return key
        return self.newest

    def refuse_abandoned(self, note: str) -> None:
        """Raise Wrong for a checkpoint of an old name that a fork has left behind, saying whether the fork tells so."""
        told = {head for change in self.changes for head in change.abandoned}
        for change in self.changes:
            try:
                size, root = read_checkpoint(note, change.old) if change.abandoned else (0, b"")
            except Wrong:
                continue
            name = change.old[0]
            lost = f"the operator declared that leaves after {change.last} of {name} are lost"
            require(
                (size, root, name) not in told,
                f"the checkpoint of {size} leaves is abandoned: {lost}; it goes on proving that they were signed",
            )
            if size > change.last:
                largest = max(size for size, _, of in told if of == name)
                other = f"the checkpoint of {size} leaves is not of this log: {lost}"
                require(size <= largest, f"{other}, and only up to {largest}: it shows more")
                raise Wrong(f"{other}, and cannot tell whether it is one of theirs")


def same(one: Key, other: Key) -> bool:
    """Whether two keys are one."""
    return one[0] == other[0] and one[2].public_bytes_raw() == other[2].public_bytes_raw()


class Bundle:
    """A bundle as it is verified: what is proven so far, and the lines that say so."""

    def __init__(self, content: bytes, key: str | None) -> None:
        """Read and check what the whole stands on: the signature over all of it, and the checkpoint."""
        require(len(content) <= BYTES_MAX, "it is larger than any bundle")
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise Wrong("it is not text") from None
        self.told = parse(text)
        require(isinstance(self.told, dict) and self.told.get("format") == FORMAT, f"it is not a {FORMAT}")
        members = {name: canonical(value) for name, value in self.told.items()}
        require(joined(members) + b"\n" == content, "its bytes are not canonical: something was changed")
        self.lines: list[Line] = []
        trusted = read_key(key or self.told["log"]["key"])
        self.rotations = self.told["log"].get("rotations", [])
        self.keys = KeyChain([parse(told["body"])["data"]["statement"] for told in self.rotations], trusted)
        self.key = self.keys.newest
        if key is None:
            self.say("as told", f"the log is {self.key[0]} with the bundle's own key: compare it with one you trust")
        else:
            self.say("proven", f"the log is {self.key[0]}, by the key you gave")
        said = open_note(self.told["note"], self.key)
        del members["note"]
        digest = hashlib.sha256(joined(members)).hexdigest()
        require(said == f"{FORMAT}\n{digest}\n", "the signature is over another bundle")
        self.say("proven", "the log's operator signed this bundle as a whole")
        checkpoint = self.told["log"]["checkpoint"]
        self.size, self.root = read_checkpoint(checkpoint, self.keys.at(checkpoint))
        self.say("proven", f"the checkpoint of {self.size} leaves is signed")
        self.events: dict[tuple[str, str], list[Any]] = {}
        self.parts: dict[tuple[str, str], Any] = {}
        self.paying: dict[str, list[int]] = {}

    def say(self, word: str, line: str) -> None:
        """Keep a line."""
        self.lines.append((word, line))

    def check_older(self, note: str) -> None:
        """The log has only grown since a checkpoint that somebody kept."""
        self.keys.refuse_abandoned(note)
        size, root = read_checkpoint(note, self.keys.at(note))
        older = self.told["older"]
        require(older is not None and older["size"] == size, f"the bundle has no proof since the checkpoint of {size}")
        require(
            consistent(size, root, self.size, self.root, hexes(older["proof"])),
            f"the log was rewritten since the checkpoint of {size} leaves",
        )
        self.say("proven", f"nothing was changed or removed since the checkpoint of {size} leaves")

    def check_events(self) -> None:
        """Every event is in the log, exactly as it stands here."""
        places = Places(self.size, self.root)
        for told in self.rotations + self.told["events"]:
            body = told["body"].encode()
            event = parse(told["body"])
            require(isinstance(event, dict) and canonical(event) == body, "an event's bytes are not canonical")
            name = f"event {event.get('id')} ({event.get('kind')})"
            found = places.proves(leaf(EVENT_DOMAIN + body), told["leaf"], told["proof"])
            require(found, f"{name} is not leaf {told['leaf']} of this log")
            self.events.setdefault((event["kind"], event["subject"]), []).append(event)
            self.say("proven", f"{name} is leaf {told['leaf']}, recorded {event['recorded_at']}")
        for told, change in zip(self.rotations, self.keys.changes, strict=True):
            require(told["leaf"] == change.leaf, "a change of the key is about another place of the log")
            identifier = change.new[1].hex()
            after = f"after {change.last} leaves, signed by both keys"
            if not change.abandoned:
                self.say("proven", f"the key was changed to {identifier} {after}")
                continue
            self.say(
                "declared fork",
                f"the log {change.old[0]} goes on as {change.new[0]} with the key {identifier} {after}: "
                f"checkpoints of up to {change.largest} leaves had been signed, and what came after is lost",
            )

    def check_stamp(self, roots: list[x509.Certificate]) -> None:
        """That a checkpoint before this one, or this one, was there at a time that somebody else says."""
        told = self.told.get("stamp")
        if told is None:
            require(not roots, "the bundle has no time stamp")
            return
        size, root = read_checkpoint(told["note"], self.keys.at(told["note"]))
        found = consistent(size, root, self.size, self.root, hexes(told["proof"]))
        require(found, f"the log was rewritten since the time stamp of {size} leaves")
        stamp, line = stamped(unpacked(told["token"]), told["note"], size, roots)
        self.lines.append(line)
        for one in self.told["events"]:
            recorded = parse(one["body"])["recorded_at"]
            at = dt.datetime.fromisoformat(recorded)
            late = one["leaf"] < size and at > stamp.at + CLOCKS_DIFFER
            require(not late, f"leaf {one['leaf']} says that it was recorded {recorded}, after the time stamp over it")

    def one(self, kind: str, subject: str) -> Any:
        """The one event of that kind about that subject."""
        found = self.events.get((kind, subject), [])
        require(len(found) == 1, f"there are {len(found)} events {kind} about {subject}, not one")
        return found[0]["data"]

    def check_openings(self) -> None:
        """Every opened line is the one the log committed to."""
        for told in self.told["openings"]:
            chain, part, line = told["chain"], told["part"], told["line"]
            data = self.one("price_chain.frozen", chain)
            require(part in PARTS and (chain, part) not in self.parts, f"{part} is no part, or told twice")
            require(line.get("chain") == chain and line.get("part") == part, f"{part} of {chain} is another's line")
            salt = hexes([told["salt"]])[0]
            digest = hashlib.sha256(LINE_DOMAIN + salt + canonical(line)).hexdigest()
            require(
                len(salt) == 32 and data["commitments"][PARTS.index(part)] == digest,
                f"the {part} told of {chain} is not what the log committed to",
            )
            self.parts[chain, part] = line

    def check_chains(self) -> None:
        """What is opened of each chain sums and telescopes; what is not opened is said."""
        for chain in sorted({told["chain"] for told in self.told["answers"]}):
            opened = self.opened(chain)
            require("terms" in opened, f"the terms of {chain} are not told")
            price, currency = amount(opened["terms"]["client_price"])
            fee, _ = amount(opened["terms"]["fee"])
            self.say(
                "proven",
                f"{chain}: the client pays {self.money(opened['terms']['client_price'])} an answer, "
                f"the platform's fee is {self.money(opened['terms']['fee'])}",
            )
            above = price - fee
            require(above >= 0, f"{chain}: the fee is more than the price")
            known = True
            for part in PARTS[1:-1]:
                line = opened.get(part)
                if line is None:
                    known = False
                    continue
                if "none" in line:
                    continue
                buys, sells = amount(line["buys"])[0], amount(line["sells"])[0]
                require(not known or buys == above, f"{chain}: {part} does not buy at what is sold above it")
                require(0 <= sells <= buys <= price - fee, f"{chain}: {part} sells above what it buys at")
                self.say(
                    "proven",
                    f"{chain}: {part}, {line['organization']}, buys at {self.money(line['buys'])} and "
                    f"sells at {self.money(line['sells'])}",
                )
                above, known = sells, True
            if not all(part in opened for part in PARTS[1:-1]):
                self.say("hidden by policy", f"{chain}: prices of other layers, and how many there are")
            if "pay" in opened:
                pay = amount(opened["pay"]["pay"])
                require(pay[1] == currency and pay[0] <= price - fee, f"{chain}: the pay is more than the price")
                require(not known or pay[0] == above, f"{chain}: the parts do not sum to the price")
                self.say(
                    "proven",
                    f"{chain}: the worker's pay is {self.money(opened['pay']['pay'])} an answer"
                    + (", and all parts sum to the price" if known else ""),
                )
            else:
                self.say("hidden by policy", f"{chain}: the worker's pay")

    def check_answers(self) -> None:
        """Each answer was claimed at its chain, and what it earned was booked and is dated."""
        for answer in self.told["answers"]:
            name, chain = answer["id"], answer["chain"]
            if answer["claim"] is None:
                self.say("hidden by policy", f"{name}: who worked on it")
            else:
                claim = self.one("claim.created", answer["claim"])
                require(public_id("prc", claim["price_chain"]) == chain, f"{name} was claimed at another price chain")
            booked = self.booked(answer)
            require(
                (answer["state"] in PAID) == booked,
                f"{name} is {answer['state']}, and " + ("was booked" if booked else "was not booked"),
            )
            self.say(
                "proven",
                f"{name} ({answer['state']}) is at the prices of {chain}"
                + (", and what it earned was booked" if booked else "; nothing is owed for it yet"),
            )
            self.check_shares(answer)

    def check_totals(self) -> None:
        """What the paid answers come to by layer, as far as they are opened; what is left of the price goes to others.

        An answer that was accepted by mistake is not among them: its client pays nothing.
        """
        paid = Counter(one["chain"] for one in self.told["answers"] if one["state"] in PAID_FOR)
        answers: Counter[str] = Counter()
        totals: Counter[tuple[str, int, str]] = Counter()
        for chain, count in paid.items():
            opened = self.opened(chain)
            price, currency = amount(opened["terms"]["client_price"])
            answers[currency] += count
            totals[currency, 0, "the client pays"] += count * price
            totals[currency, 1, "the platform's fee is"] += count * amount(opened["terms"]["fee"])[0]
            for place, part in enumerate(PARTS[1:-1], 2):
                line = opened.get(part, {})
                if "buys" in line:
                    margin = amount(line["buys"])[0] - amount(line["sells"])[0]
                    totals[currency, place, f"{part}, {line['organization']}, keeps"] += count * margin
            if "pay" in opened:
                totals[currency, len(PARTS), "the workers get"] += count * amount(opened["pay"]["pay"])[0]
        for currency, count in sorted(answers.items()):
            told = [(what, total) for (of, _, what), total in sorted(totals.items()) if of == currency]
            shown = ", ".join(f"{what} {self.decimal(total)} {currency}" for what, total in told)
            self.say("proven", f"{count} paid answers: {shown}")
            others = 2 * told[0][1] - sum(total for _, total in told)
            require(others >= 0, f"{count} paid answers: more is given out than the client pays")
            if others:
                self.say("hidden by policy", f"{count} paid answers: {self.decimal(others)} {currency} go to others")

    def opened(self, chain: str) -> dict[str, Any]:
        """The opened lines of a chain, by their parts in order."""
        return {part: self.parts[chain, part] for part in PARTS if (chain, part) in self.parts}

    def booked(self, answer: Any) -> bool:
        """Whether an event of the bundle booked what the answer earned."""
        journal = answer["journal"]
        if journal is None:
            return False
        if ("earnings.booked", journal) in self.events:
            data = self.one("earnings.booked", journal)
            require(
                answer["claim"] in {None, data["claim"]} and answer["id"] in data["answers"],
                f"{answer['id']} is not among what {journal} booked",
            )
            return True
        data = self.one("earnings.booked_together", journal)
        ids = sorted(self.told["booked"][journal])
        digest = hashlib.sha256(b"".join(bytes.fromhex(one) for one in ids)).hexdigest()
        require(
            len(set(ids)) == data["answer_count"] and digest == data["digest"],
            f"the answers told of {journal} are not those it booked",
        )
        require(
            any(public_id("ans", one) == answer["id"] for one in ids),
            f"{answer['id']} is not among what {journal} booked",
        )
        return True

    def check_shares(self, answer: Any) -> None:
        """The reader's dated shares sum to their line, and each installment that fell due holds them."""
        shares = answer["shares"]
        for part, told in shares.items():
            line = self.parts.get((answer["chain"], part))
            if line is None:
                raise Wrong(f"{answer['id']}: shares of a line that is not opened")
            whole = amount(line["pay"])[0] if part == "pay" else amount(line["buys"])[0] - amount(line["sells"])[0]
            require(
                sum(amount(share["amount"])[0] for share in told) == whole,
                f"{answer['id']}: the installments of the {part} do not sum to it",
            )
            for share in told:
                for event in self.events.get(("installment.due", share["installment"]), []):
                    # What a layer pays beside the price is taken from its installments, and so they may shrink.
                    require(
                        event["data"]["due_on"] == share["due_on"]
                        and (part != "pay" or amount(event["data"]["amount"])[0] >= amount(share["amount"])[0]),
                        f"{share['installment']} fell due for less, or on another day",
                    )
                if share["installment"] is not None:
                    self.paying.setdefault(share["installment"], []).append(amount(share["amount"])[0])
            dates = ", ".join(f"{self.money(share['amount'])} on {share['due_on']}" for share in told)
            if told:
                self.say("proven", f"{answer['id']}: {part} in {len(told)} parts: {dates}")

    def check_extras(self) -> None:
        """What is owed beside the price of answers was booked so, and what of it was paid sums."""
        for extra in self.told["extras"]:
            name, (whole, _) = extra["id"], amount(extra["amount"])
            booked = self.one("extra.booked", name)
            require(
                booked["extra_kind"] == extra["kind"] and amount(booked["amount"]) == amount(extra["amount"]),
                f"{name} was booked as another amount, or as something else",
            )
            shares = [amount(share["amount"])[0] for share in extra["shares"]]
            for share, paid in zip(extra["shares"], shares, strict=True):
                self.paying.setdefault(share["installment"], []).append(paid)
            events = [event for of in self.events.values() for event in of if event["kind"] == "extra.paid"]
            paid_at_once = sum(amount(one["data"]["amount"])[0] for one in events if one["data"]["extra"] == name)
            if extra["kind"] in {"redo_fee", "wage_top_up"}:
                require(
                    not shares or sum(shares) == paid_at_once <= whole, f"{name}: its parts do not sum to what was paid"
                )
            else:
                require(not shares or sum(shares) == whole, f"{name}: its parts do not sum to it")
            self.say("proven", f"{name}: {extra['kind']} of {self.money(extra['amount'])} beside the price of answers")
            for taken in extra["taken"]:
                self.say(
                    "as told", f"{name}: {self.money(taken['amount'])} of it was taken from {taken['installment']}"
                )

    def check_installments(self) -> None:
        """What is told of the reader's installments is what answers and extras sum to, and what the log dated."""
        for told in self.told["installments"]:
            name, (whole, _), parts = told["id"], amount(told["amount"]), self.paying.get(told["id"], [])
            worker = told["payee"] == "worker"
            if worker and told["whole"]:
                require(
                    sum(parts) == whole,
                    f"{name} is told to be {self.money(told['amount'])}, and its parts do not sum to it",
                )
            else:
                require(not worker or sum(parts) <= whole, f"{name}: its parts are more than all of it")
            dated = [
                event["data"]
                for kind in ("installment.due", "installment.advanced")
                for event in self.events.get((kind, name), [])
            ]
            for data in dated:
                require(
                    data["due_on"] == told["due_on"] and (not worker or amount(data["amount"])[0] == whole),
                    f"{name} fell due for another amount, or on another day",
                )
            fees = [amount(one["data"]["fee"])[0] for one in self.events.get(("installment.advanced", name), [])]
            fee = amount(told["advance_fee"])[0]
            require(fee == 0 or fee in fees, f"{name}: a fee that was not accepted")
            self.say(
                "proven" if dated and (told["whole"] or not worker) else "as told",
                f"{name}: {self.money(told['amount'])} on {told['due_on']}, {told['state']}"
                + (f" ({told['held_reason']})" if told["held_reason"] else "")
                + (f", the sum of its {len(parts)} parts" if worker and told["whole"] else "")
                + ("" if dated else "; the log dates it when it falls due"),
            )

    def check_payouts(self) -> None:
        """Payouts are the sum of their installments and rests, less nothing but fees accepted and tax approved."""
        rests: dict[tuple[str | None, str], int] = {}
        amounts = {told["id"]: amount(told["amount"])[0] for told in self.told["installments"]}
        for told in self.told["payouts"]:
            name, (whole, currency) = told["id"], amount(told["amount"])
            lines = {line["installment"]: amount(line["amount"])[0] for line in told["lines"]}
            require(len(lines) == len(told["lines"]), f"{name} pays an installment twice")
            fee, carried_in, carried_out = (
                amount(told[part])[0] for part in ("advance_fee", "carried_in", "carried_out")
            )
            require(
                sum(lines.values()) - fee + carried_in - carried_out == whole, f"{name} is not the sum of its parts"
            )
            for line, paid in lines.items():
                require(
                    line not in amounts or told["of"] is not None or amounts[line] == paid,
                    f"{name} pays another amount of {line} than it is",
                )
            accepted = sum(
                amount(event["data"]["fee"])[0]
                for line in lines
                for event in self.events.get(("installment.advanced", line), [])
            )
            require(
                fee <= accepted or any(line not in amounts for line in lines), f"{name} takes a fee nobody accepted"
            )
            place = (told["of"], currency)
            rest = rests.get(place, amount(told["rest_before"])[0])
            require(carried_in <= rest, f"{name} carries in more than was left over")
            if told["state"] not in {"cancelled", "returned"}:
                rest += carried_out - carried_in
            rests[place] = rest
            self.check_paid(told)
            settled = self.events.get(("payout.settled", name), [])
            arrived = len(settled) > len(self.events.get(("payout.unconfirmed", name), []))
            for event in settled:
                data = event["data"]
                require(
                    all(data[part] == told[part] for part in ("amount", "carried_in", "carried_out"))
                    and data["installments"] == sorted(lines),
                    f"{name} settled otherwise than it is told",
                )
            self.say(
                "proven" if arrived else "as told",
                f"{name} ({told['state']}) paid {self.money(told['amount'])}"
                + (f", reference {settled[0]['data']['reference']}" if arrived else "")
                + f", for {len(lines)} installments"
                + (f", less a fee of {self.money(told['advance_fee'])} for paying early" if fee else "")
                + (f", {self.money(told['carried_in'])} carried in" if carried_in else "")
                + (f", {self.money(told['carried_out'])} carried on" if carried_out else ""),
            )
        for (_, currency), rest in sorted(rests.items(), key=str):
            if rest:
                self.say("as told", f"{self.decimal(rest)} {currency} stays owed and goes into the next payout")
        known = {told["id"] for told in self.told["payouts"]}
        for (kind, subject), events in sorted(self.events.items()):
            for event in events if kind == "payout.settled" and subject not in known else []:
                data = event["data"]
                self.say(
                    "proven",
                    f"{subject} paid {self.money(data['amount'])}, reference {data['reference']}, for "
                    f"{len(data['installments'])} installments",
                )

    def check_paid(self, told: Any) -> None:
        """What arrives of a payout: all of it but tax at approved rates, or what was quoted in another currency."""
        name, (whole, currency) = told["id"], amount(told["amount"])
        paid, paid_in = amount(told["paid"])
        # A payout in another currency keeps the tax that was approved when a new rate changes a little less of it.
        taxed = whole + (amount(told["carried_out"])[0] if paid_in != currency else 0)
        given = whole
        approved = {(line["authority"], line["rate_ppm"]) for line in self.tax_lines()} if told["withheld"] else set()
        for tax in told["withheld"]:
            part = amount(tax["amount"])[0]
            require(
                (tax["authority"], tax["rate_ppm"]) in approved and part <= taxed * tax["rate_ppm"] // 1_000_000,
                f"{name}: tax for {tax['authority']} that nobody approved, or more of it",
            )
            given -= part
            self.say(
                "proven", f"{name}: {self.money(tax['amount'])} withheld for {tax['authority']}, at an approved rate"
            )
        if paid_in == currency:
            require(paid == given, f"{name} pays less than is left after tax")
            return
        quotes = [event["data"] for of in self.events.values() for event in of if event["kind"] == "payout.quoted"]
        require(
            any(
                one["payout"] == name and amount(one["owed"])[0] in {whole, given} and one["paid"] == told["paid"]
                for one in quotes
            ),
            f"{name} pays another amount than was quoted",
        )
        for event in self.events.get(("payout.change_settled", name), []):
            require(event["data"]["paid"] == told["paid"], f"{name} paid another amount than was quoted")
        self.say(
            "proven", f"{name}: {self.decimal(given)} {currency} changed into {self.money(told['paid'])}, as quoted"
        )

    def tax_lines(self) -> list[Any]:
        """The lines of what was approved to be withheld, opened against the log."""
        found = []
        for told in self.told["withholdings"]:
            data = self.one("withholding.approved", told["id"])
            opened = hexes([told["salt"]])[0] + canonical({"lines": told["lines"]})
            require(
                hashlib.sha256(opened).hexdigest() == data["commitment"],
                f"{told['id']} is not what the log committed to",
            )
            found += told["lines"]
        return found

    def check_receipt(self, note: str) -> None:
        """A promise that was given before is kept by an event of this bundle."""
        receipt = read_receipt(note, self.keys.signer_of(note))
        for told in self.told["events"]:
            if parse(told["body"]).get("id") == receipt.event:
                hashed = leaf(EVENT_DOMAIN + told["body"].encode()).hex()
                require(hashed == receipt.leaf, f"broken: the log holds another {receipt.event} than was promised")
                self.say("proven", f"the receipt of {receipt.event} was kept: it is leaf {told['leaf']}")
                return
        late = receipt.event in self.told["waiting"] and now() > receipt.by
        require(not late, f"broken: {receipt.event} was promised by {receipt.by} and still waits")
        self.say("not told", f"{receipt.event} is not in this bundle: try its receipt on all leaves")

    def check_statement(self, text: str) -> None:
        """A statement (CSV) says of answers, installments and payouts what this bundle proves, and its sums add up."""
        rows = list(csv.DictReader(io.StringIO(text)))
        require(rows and {"section", "amount", "currency"} <= rows[0].keys(), "the statement is no statement")
        answers = {one["id"]: one for one in self.told["answers"]}
        installments = {one["id"]: amount(one["amount"]) for one in self.told["installments"]}
        found: dict[tuple[str, str, str], int] = {}
        for row in rows:
            section, told = row["section"], {"amount": row["amount"].lstrip("'"), "currency": row["currency"]}
            if section in {"opening", "closing"}:
                found[section, row["what"], row["currency"]] = amount(told)[0]
            elif section == "movement":
                for place, sign in ((row["to"], 1), (row["from"], -1)):
                    if place:
                        key = ("moved", place, row["currency"])
                        found[key] = found.get(key, 0) + sign * amount(told)[0]
            if section not in {"answer", "installment"}:
                continue
            name = row[f"{section}_id"]
            if name not in answers and name not in installments:
                self.say("not told", f"the statement's {name} is not in this bundle")
                continue
            own = installments[name] if section == "installment" else self.own_part(answers[name], row["contract_id"])
            require(
                own == amount(told),
                f"the statement says {self.money(told)} of {name}, and it is {self.decimal(own[0])} {own[1]}",
            )
            self.say("proven", f"the statement's {name}: {self.money(told)}")
            if section == "answer" and row["client_price"]:
                self.check_priced(name, row)
        for section, place, currency in sorted(found):
            if section == "closing":
                opened, moved = found.get(("opening", place, currency), 0), found.get(("moved", place, currency), 0)
                require(
                    opened + moved == found[section, place, currency],
                    f"the statement does not add up: {place}, {currency}",
                )
        self.say("proven", "the statement adds up: what was there, and moved, is what is there")

    def own_part(self, answer: Any, contract: str) -> tuple[int, str]:
        """What the reader of the statement earns by an answer: the pay, or the margin under that contract."""
        if answer["claim"] is not None:
            return amount(self.parts[answer["chain"], "pay"]["pay"])
        for part in PARTS[1:-1]:
            line = self.parts.get((answer["chain"], part), {})
            if line.get("contract") == contract:
                return amount(line["buys"])[0] - amount(line["sells"])[0], line["buys"]["currency"]
        raise Wrong(f"the statement says that {answer['id']} earned something under {contract}, which it did not")

    def check_priced(self, name: str, row: dict[str, str]) -> None:
        """The statement's prices of an answer are those of its chain, and its parts sum to the client's price."""
        chain = next(one["chain"] for one in self.told["answers"] if one["id"] == name)
        terms = self.parts[chain, "terms"]
        parts = [amount({"amount": row[part], "currency": ""})[0] for part in ("fee", "margins_shown", "hidden", "pay")]
        require(
            sum(parts) == amount({"amount": row["client_price"], "currency": ""})[0] == amount(terms["client_price"])[0]
            and parts[0] == amount(terms["fee"])[0],
            f"the statement says other prices of {name} than its chain",
        )

    @staticmethod
    def money(value: Any) -> str:
        """An amount for people."""
        return f"{value['amount']} {value['currency']}"

    @staticmethod
    def decimal(scaled: int) -> str:
        """An amount scaled to 12 decimals as text."""
        whole, fraction = divmod(scaled, 10**12)
        return f"{whole}.{fraction:012d}".rstrip("0").rstrip(".")


class Receipt(NamedTuple):
    """What a receipt promises: the event, the hash of its leaf, and by when it will be in the tree."""

    event: str
    leaf: str
    by: str


def read_receipt(note: str, key: Key) -> Receipt:
    """A receipt signed by the key."""
    lines = open_note(note, key).split("\n")
    require(len(lines) == 7 and lines[0] == RECEIPT and lines[1] == key[0], "it is no receipt of this log")
    return Receipt(lines[2], lines[3], lines[5])


def now() -> str:
    """The present moment as the log writes moments, which sort as texts."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def root_of(ordered: list[bytes]) -> bytes:
    """The root over all leaf hashes of a tree."""
    stack: list[tuple[int, bytes]] = []
    for one in ordered:
        stack.append((0, one))
        while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
            level, right = stack.pop()
            stack.append((level + 1, node(stack.pop()[1], right)))
    root = stack.pop()[1] if stack else hashlib.sha256().digest()
    while stack:
        root = node(stack.pop()[1], root)
    return root


def bundle_in(content: bytes) -> bytes:
    """The bundle, also out of a statement that holds it."""
    found = EMBEDDED.search(content)
    if content[:1] == b"{" or found is None:
        return content
    try:
        return unpacked(found[1])
    except ValueError:
        raise Wrong("the bundle in the statement is not base64") from None


def checkpoint_in(text: str) -> str:
    """The checkpoint, also out of a statement that holds a bundle."""
    if EMBEDDED.search(text.encode()) is None:
        return text
    return str(parse(bundle_in(text.encode()).decode())["log"]["checkpoint"])


def check_leaves(content: bytes, checkpoint: str, key: Key, receipts: list[str]) -> list[Line]:
    """Lines that say of each receipt whether it was kept: the leaves are all that the checkpoint covers, or Wrong."""
    size, root = read_checkpoint(checkpoint, key)
    ordered = [content[place : place + 32] for place in range(0, len(content), 32)]
    require(
        len(content) == 32 * size and root_of(ordered) == root, f"these are not the {size} leaves of the checkpoint"
    )
    lines = [("proven", f"these are all {size} leaves of the checkpoint")]
    numbers = {one.hex(): number for number, one in enumerate(ordered)}
    for note in receipts:
        receipt = read_receipt(note, key)
        if receipt.leaf in numbers:
            lines.append(("proven", f"the receipt of {receipt.event} was kept: it is leaf {numbers[receipt.leaf]}"))
        else:
            require(now() <= receipt.by, f"broken: {receipt.event} was promised by {receipt.by} and is not in the log")
            lines.append(("not sealed yet", f"{receipt.event} is promised by {receipt.by}"))
    return lines


def verify(
    content: bytes,
    key: str | None = None,
    older: str | None = None,
    receipts: Sequence[str] = (),
    statement: str | None = None,
    roots: Sequence[x509.Certificate] = (),
) -> tuple[list[Line], str | None]:
    """(lines, None) for a bundle in which nothing is wrong, else (the lines until then, what is wrong)."""
    bundle = None
    try:
        bundle = Bundle(bundle_in(content), key)
        if older is not None:
            bundle.check_older(checkpoint_in(older))
        for check in (
            bundle.check_events,
            bundle.check_openings,
            bundle.check_chains,
            bundle.check_answers,
            bundle.check_totals,
            bundle.check_extras,
            bundle.check_installments,
            bundle.check_payouts,
        ):
            check()
        bundle.check_stamp(list(roots))
        for receipt in receipts:
            bundle.check_receipt(receipt)
        if statement is not None:
            bundle.check_statement(statement)
    except Wrong as wrong:
        return ([] if bundle is None else bundle.lines), str(wrong)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
        return ([] if bundle is None else bundle.lines), f"it is malformed ({type(problem).__name__}: {problem})"
    for event in bundle.told["waiting"]:
        bundle.say("not sealed yet", f"event {event}: ask again in a minute")
    return bundle.lines, None


def self_test() -> bool:
    """The tree of RFC 6962's published vectors (Certificate Transparency): seven leaves and more, with their roots."""
    leaves = [
        bytes.fromhex(data)
        for data in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    ]
    roots = (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )

    def root(some: list[bytes]) -> bytes:
        if len(some) == 1:
            return leaf(some[0])
        middle = 1 << (len(some) - 1).bit_length() - 1
        return node(root(some[:middle]), root(some[middle:]))

    return all(root(leaves[:size]).hex() == roots[size - 1] for size in range(1, 9))


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    """What the command was asked for; ends the program where that makes no sense."""
    parser = argparse.ArgumentParser(prog="piecework-verify", description="Prove or refute a bundle of the log.")
    parser.add_argument(
        "bundle", type=Path, nargs="?", help="the file that was downloaded: a bundle, or a statement with its proof"
    )
    parser.add_argument("--key", help="the log's key, name+id+key, from a place you trust")
    parser.add_argument("--older", type=Path, help="a checkpoint that you kept before, or the statement with it")
    parser.add_argument("--statement", type=Path, help="the statement (CSV) that the bundle is of")
    parser.add_argument("--receipt", type=Path, action="append", default=[], help="a receipt that you kept; repeatable")
    parser.add_argument("--leaves", type=Path, help="instead of a bundle: all leaf hashes (tiles of level 0, joined)")
    parser.add_argument("--timestamp", type=Path, help="instead of a bundle: the time stamp (RFC 3161) of --checkpoint")
    parser.add_argument("--checkpoint", type=Path, help="the checkpoint that the leaves, or the time stamp, are of")
    parser.add_argument("--timestamp-root", type=Path, help="certificates (PEM) of the time authority that you trust")
    parser.add_argument("--self-test", action="store_true", help="try this file on published test vectors")
    options = parser.parse_args(arguments)
    if not options.self_test:
        if sum(one is not None for one in (options.bundle, options.leaves, options.timestamp)) != 1:
            parser.error("name the file of the bundle, or --leaves or --timestamp, and --checkpoint")
        if options.bundle is None and (options.checkpoint is None or options.key is None):
            parser.error("--leaves and --timestamp need --checkpoint and --key")
    return options


def looked_at(options: argparse.Namespace) -> tuple[list[Line], str | None]:
    """Lines, and what is wrong; raises OSError or UnicodeDecodeError for a file that cannot be read."""
    content = (options.bundle or options.leaves or options.timestamp).read_bytes()
    older, statement, checkpoint = (
        None if path is None else path.read_text(encoding="utf-8-sig")
        for path in (options.older, options.statement, options.checkpoint)
    )
    receipts = [path.read_text(encoding="utf-8") for path in options.receipt]
    held = None if options.timestamp_root is None else options.timestamp_root.read_bytes()
    try:
        roots = [] if held is None else roots_in(held)
        if options.bundle is not None:
            return verify(content, options.key, older, receipts, statement, roots)
        key = read_key(options.key)
        if options.leaves is not None:
            return check_leaves(content, str(checkpoint), key, receipts), None
        size, _ = read_checkpoint(str(checkpoint), key)
        return [stamped(content, str(checkpoint), size, roots)[1]], None
    except Wrong as found:
        return [], str(found)


def roots_in(held: bytes) -> list[x509.Certificate]:
    """The certificates in PEM that one trusts."""
    try:
        return x509.load_pem_x509_certificates(held)
    except ValueError:
        raise Wrong("the file with the authority of time holds no certificate in PEM") from None


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status: 0 proven, 1 wrong, 2 cannot be read."""
    options = options_of(arguments)
    if options.self_test:
        holds = self_test()
        print("The published test vectors hold." if holds else "WRONG: the published test vectors do not hold.")
        return 0 if holds else 1
    try:
        lines, wrong = looked_at(options)
    except (OSError, UnicodeDecodeError) as problem:
        print(f"It cannot be read: {problem}")
        return 2
    for word, line in lines:
        print(f"{word}: {line}")
    print("Nothing is wrong." if wrong is None else f"WRONG: {wrong}")
    return 0 if wrong is None else 1


if __name__ == "__main__":
    sys.exit(main())
